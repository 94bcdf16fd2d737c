//! What the whole program takes of the machine, above the lanes' figures, as long as there is a crowd.
//!
//! ```text
//!  │ whole program: CPU 137 % of a core
//!  │ 4 000 sockets, 41 KB a connection    or: this machine is the limit
//! ```
//!
//! Server, clients, link and screen are one program: nobody can tell whose processor time it is.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::report::verdict::is_too_slow;
use crate::trace::Gauge;
use crate::tui::format::{bytes, count};
use crate::tui::paint::{width, write};
use crate::tui::scene::Scene;
use crate::tui::users;

/// Both ends of a connection are sockets of ours.
const ENDS: u64 = 2;

/// With fewer connections than this, what the program itself grows by hides what they take.
const FEWEST: u64 = 100;

/// That what is late is late because of the machine.
const LIMIT: [&str; 3] = [" this machine is the limit ", " machine is the limit ", " machine's limit "];

/// Draws it in the one or two rows of `area`.
pub(super) fn render(scene: &Scene, area: Rect, buf: &mut Buffer) {
    let gauge = scene.trace.gauge(scene.now);
    if !users::is_crowd(scene.settings()) || *gauge == Gauge::default() {
        return;
    }
    let theme = scene.theme();
    let limit = is_limit(scene, gauge).then(|| (LIMIT.map(str::to_owned).to_vec(), theme.alarm));
    let taken = |texts| (texts, theme.text);
    let rows = match limit {
        Some(limit) if area.height > 1 => vec![taken(processor(gauge)), limit],
        Some(limit) => vec![limit],
        None if area.height > 1 => {
            vec![taken(processor(gauge)), taken(memory(gauge, scene.trace.memory()))]
        }
        None => vec![taken(both(gauge))],
    };
    for (y, (texts, style)) in (area.y..area.bottom()).zip(rows) {
        if let Some(text) = texts.iter().find(|text| width(text) <= area.width) {
            write(buf, area.x, y, area.right(), text, style);
        }
    }
}

/// Whether the machine can't keep up, so that no protocol's figures hold.
fn is_limit(scene: &Scene, gauge: &Gauge) -> bool {
    let settings = scene.settings();
    let late = Duration::from_nanos(gauge.late).as_secs_f64() * settings.rate.factor();
    is_too_slow(late, settings.link.delay.as_secs_f64())
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
