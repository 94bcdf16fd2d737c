//! How many clients a lane has: the presets that the keys go through.
//!
//! ```text
//!   1 ── 10 ── 100 ── 1 000 ── 2 000 ── 4 000 ── 8 000
//! ```

use super::format::grouped;
use crate::lab::{Notch, resized};
use crate::model::{Protocol, Settings};

/// Up to a thousand by powers of ten, then by doubling: there the machine's limits are near.
const NOTCHES: [u32; 7] = [1, 10, 100, 1000, 2000, 4000, 8000];

/// How many clients a lane has; of all lanes, what the largest of those that are on has.
pub(super) fn count(settings: &Settings, lane: Option<Protocol>) -> u32 {
    match lane {
        Some(protocol) => settings.clients(protocol),
        None => on(settings).map(|protocol| settings.clients(protocol)).max().unwrap_or(1),
    }
}

/// The next notch; `None` at the end.
pub(super) fn next(count: u32, notch: Notch) -> Option<u32> {
    notch.next(&NOTCHES, count)
}

/// The clients of every lane once this one, or all of them, have so many.
pub(super) fn after(settings: &Settings, lane: Option<Protocol>, count: u32) -> [u32; Protocol::COUNT] {
    resized(settings.clients, lane, count)
}

/// Whether any lane that is on has more than its featured client.
pub(super) fn is_crowd(settings: &Settings) -> bool {
    count(settings, None) > 1
}

/// `1 000 each`, `1 to 1 000`: how many clients the lanes that are on have.
pub(super) fn in_words(settings: &Settings) -> String {
    let least = on(settings).map(|protocol| settings.clients(protocol)).min().unwrap_or(1);
    let most = count(settings, None);
    let number = |count: u32| grouped(u64::from(count));
    if least == most {
        format!("{} each", number(most))
    } else {
        format!("{} to {}", number(least), number(most))
    }
}

/// What a change of the numbers comes to: all lanes alike, or one of them.
pub(super) fn change_in_words(before: &Settings, after: &Settings) -> Option<String> {
    let changed: Vec<_> = Protocol::ALL
        .into_iter()
        .filter(|protocol| before.clients(*protocol) != after.clients(*protocol))
        .collect();
    let [first, rest @ ..] = &changed[..] else { return None };
    let count = after.clients(*first);
    let clients = if count == 1 { "client" } else { "clients" };
    let number = grouped(u64::from(count));
    let whose = if rest.is_empty() { format!("{}: ", first.name()) } else { String::new() };
    let each = if rest.is_empty() { "" } else { " each" };
    Some(format!("{whose}{number} {clients}{each}"))
}

fn on(settings: &Settings) -> impl Iterator<Item = Protocol> {
    Protocol::ALL.into_iter().filter(|protocol| settings.is_on(*protocol))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_presets_go_up_and_down_again() {
        let mut up = vec![1];
        while let Some(count) = next(up[up.len() - 1], Notch::Up) {
            up.push(count);
        }
        assert_eq!(up, NOTCHES);
        assert_eq!(
            [next(1, Notch::Down), next(7, Notch::Down), next(5000, Notch::Up)],
            [None, Some(1), Some(8000)]
        );
    }

    #[test]
    fn lanes_that_differ_are_told_apart() {
        let mut settings = Settings::default();
        assert_eq!((in_words(&settings), is_crowd(&settings)), ("1 each".to_owned(), false));
        let before = settings.clone();
        settings.clients = after(&settings, None, 1000);
        assert_eq!(in_words(&settings), "1 000 each");
        assert_eq!(change_in_words(&before, &settings).as_deref(), Some("1 000 clients each"));
        let before = settings.clone();
        settings.clients = after(&settings, Some(Protocol::Sse), 1);
        assert_eq!(in_words(&settings), "1 to 1 000");
        assert_eq!(change_in_words(&before, &settings).as_deref(), Some("Server-Sent Events: 1 client"));
        assert_eq!(change_in_words(&settings, &settings), None);
    }

    #[test]
    fn a_lane_that_is_off_has_no_say() {
        let mut settings = Settings::default();
        settings.clients[Protocol::Http.index()] = 4000;
        assert_eq!((count(&settings, None), count(&settings, Some(Protocol::Http))), (1, 4000));
    }
}
