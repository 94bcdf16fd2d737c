//! What the whole program takes of the machine, above the lanes' figures, as long as there is a crowd.
//!
//! ```text
//!  │ whole program: CPU 137 % of a core
//!  │ 4 000 sockets, 41 KB a connection
//! ```
//!
//! Server, clients, link and screen are one program: nobody can tell whose processor time it is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::trace::Gauge;
use crate::tui::format::{bytes, count};
use crate::tui::paint::{width, write};
use crate::tui::users;
use crate::tui::view::Scene;

/// Both ends of a connection are sockets of ours.
const SOCKETS: u64 = 2;

/// With fewer connections than this, what the program itself grows by hides what they take.
const FEWEST: u64 = 100;

/// Draws it in the one or two rows of `area`.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let gauge = scene.trace.gauge(scene.now);
    if !users::is_crowd(scene.knobs()) || *gauge == Gauge::default() {
        return;
    }
    let open = scene.tallies().open.max(0).unsigned_abs();
    let rows =
        if area.height > 1 { vec![processor(gauge), memory(gauge, open)] } else { vec![both(gauge, open)] };
    for (y, texts) in (area.y..area.bottom()).zip(rows) {
        if let Some(text) = texts.iter().find(|text| width(text) <= area.width) {
            write(buf, area.x, y, area.right(), text, scene.theme().text);
        }
    }
}

fn percent(gauge: &Gauge) -> u64 {
    gauge.cpu / 10
}

fn sockets(open: u64) -> String {
    format!("{} sockets", count(open * SOCKETS))
}

/// What fits of these is said, the longest first.
fn processor(gauge: &Gauge) -> Vec<String> {
    let percent = percent(gauge);
    vec![
        format!("whole program: CPU {percent} % of a core"),
        format!("program: CPU {percent} % of a core"),
        format!("program's CPU {percent} %"),
    ]
}

fn memory(gauge: &Gauge, open: u64) -> Vec<String> {
    let grown = gauge.memory.zip(gauge.memory_before).and_then(|(now, before)| now.checked_sub(before));
    let each =
        grown.filter(|_| open >= FEWEST).map(|grown| format!(", {} a connection", bytes(grown / open)));
    let sockets = sockets(open);
    let both = each.map(|each| format!("{sockets}{each}"));
    both.into_iter().chain([sockets]).collect()
}

fn both(gauge: &Gauge, open: u64) -> Vec<String> {
    let percent = percent(gauge);
    vec![
        format!("program's CPU {percent} %, {}", sockets(open)),
        format!("CPU {percent} %, {}", sockets(open)),
        format!("CPU {percent} %"),
    ]
}
