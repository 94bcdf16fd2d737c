//! The presets of a setting or a strength: the values that keys step through.

use std::time::Duration;

/// Which way something is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notch {
    /// To the next larger value.
    Up,
    /// To the next smaller value.
    Down,
}

impl Notch {
    /// The next value beyond `now` in a sorted table; `None` at its end. From a value between two presets it
    /// is that one's neighbour.
    pub fn next<T: PartialOrd + Copy>(self, presets: &[T], now: T) -> Option<T> {
        let mut values = presets.iter().copied();
        match self {
            Self::Up => values.find(|value| *value > now),
            Self::Down => values.rfind(|value| *value < now),
        }
    }
}

/// So many milliseconds each.
pub(super) const fn millis<const N: usize>(each: [u64; N]) -> [Duration; N] {
    let mut all = [Duration::ZERO; N];
    let mut index = 0;
    while index < N {
        all[index] = Duration::from_millis(each[index]);
        index += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_between_presets_goes_to_its_neighbour() {
        let presets = [1, 10, 100];
        assert_eq!((Notch::Up.next(&presets, 7), Notch::Down.next(&presets, 7)), (Some(10), Some(1)));
        assert_eq!((Notch::Up.next(&presets, 100), Notch::Down.next(&presets, 1)), (None, None));
    }
}
