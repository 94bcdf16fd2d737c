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
use crate::tui::scene::Scene;
use crate::tui::users;

/// Both ends of a connection are sockets of ours.
const ENDS: u64 = 2;

/// With fewer connections than this, what the program itself grows by hides what they take.
const FEWEST: u64 = 100;

/// Draws it in the one or two rows of `area`.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let gauge = scene.trace.gauge(scene.now);
    if !users::is_crowd(scene.settings()) || *gauge == Gauge::default() {
        return;
    }
    let rows = if area.height > 1 {
        vec![processor(gauge), memory(gauge, scene.trace.memory())]
    } else {
        vec![both(gauge)]
    };
    for (y, texts) in (area.y..area.bottom()).zip(rows) {
        if let Some(text) = texts.iter().find(|text| width(text) <= area.width) {
            write(buf, area.x, y, area.right(), text, scene.theme().text);
        }
    }
}

fn percent(gauge: &Gauge) -> u64 {
    gauge.cpu / 10
}

fn sockets(gauge: &Gauge) -> Option<String> {
    Some(format!("{} sockets", count(gauge.sockets?)))
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

/// What the program grew by, but for the trace, for each of the most connections that there were: memory is
/// not given back when they close.
fn memory(gauge: &Gauge, trace: u64) -> Vec<String> {
    let most = gauge.most_sockets / ENDS;
    let grown =
        gauge.memory.zip(gauge.memory_before).and_then(|(now, before)| now.checked_sub(before + trace));
    let each = grown.filter(|_| most >= FEWEST).map(|grown| format!("{} a connection", bytes(grown / most)));
    let sockets = sockets(gauge);
    let both = sockets.as_ref().zip(each).map(|(sockets, each)| format!("{sockets}, {each}"));
    both.into_iter().chain(sockets).collect()
}

fn both(gauge: &Gauge) -> Vec<String> {
    let percent = percent(gauge);
    let with_sockets = sockets(gauge).map(|sockets| {
        [format!("program's CPU {percent} %, {sockets}"), format!("CPU {percent} %, {sockets}")]
    });
    with_sockets.into_iter().flatten().chain([format!("CPU {percent} %")]).collect()
}
