//! Text as the cells of a terminal: what a reader takes for one character (a grapheme cluster, UAX 29)
//! stands in as many columns as it is wide (UAX 11).
//!
//! ```text
//!  text    日         本         é (e and U+0301)   👩‍💻 (three characters)
//!  cells   [日][  ]   [本][  ]   [é]                [👩‍💻][  ]
//! ```
//!
//! A glyph's first cell holds all of it; those after it are *covered*: their symbol is empty.

use ratatui::buffer::Cell;
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::plain::is_plain;

/// What stands for text that can't be shown.
const UNKNOWN: Glyph<'static> = Glyph { text: "?", width: 1 };

/// The most characters of a cluster: families and flags have fewer, and of marks that someone heaped upon a
/// letter the rest is left out.
const LONGEST: usize = 16;

/// What stands in one cell, or in one and those that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph<'a> {
    pub(super) text: &'a str,
    /// In columns, at least one.
    pub(super) width: u16,
}

impl<'a> Glyph<'a> {
    /// A cluster as it is shown. What is not plain, and what has no width of its own, shows as `?`:
    /// text from the wire must not move the rest of the line.
    fn of(cluster: &'a str) -> Self {
        let end = cluster.char_indices().nth(LONGEST).map_or(cluster.len(), |(end, _)| end);
        let text = &cluster[..end];
        match u16::try_from(text.width()) {
            Ok(width @ 1..) if text.chars().all(is_plain) => Self { text, width },
            _ => UNKNOWN,
        }
    }
}

/// The glyphs of `text`, in order.
pub(super) fn glyphs(text: &str) -> impl Iterator<Item = Glyph<'_>> {
    text.graphemes(true).map(Glyph::of)
}

/// How many columns `text` takes.
pub(super) fn width(text: &str) -> u16 {
    glyphs(text).fold(0, |sum, glyph| sum.saturating_add(glyph.width))
}

/// As much of the beginning of `text` as `room` columns hold.
pub(super) fn beginning(text: &str, room: u16) -> &str {
    &text[..fitting(text.grapheme_indices(true).map(|(at, cluster)| (at + cluster.len(), cluster)), room, 0)]
}

/// As much of the end of `text` as `room` columns hold.
pub(super) fn ending(text: &str, room: u16) -> &str {
    &text[fitting(text.grapheme_indices(true).rev(), room, text.len())..]
}

/// `text` without its last glyph.
pub(super) fn without_last(text: &str) -> &str {
    &text[..text.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)]
}

/// Where the last of the clusters that fit into `room` ends, or `none` if none does.
fn fitting<'a>(clusters: impl Iterator<Item = (usize, &'a str)>, room: u16, none: usize) -> usize {
    let mut taken = 0_u16;
    let fits = |(_, cluster): &(usize, &str)| {
        taken = taken.saturating_add(Glyph::of(cluster).width);
        taken <= room
    };
    clusters.take_while(fits).last().map_or(none, |(at, _)| at)
}

/// `text` in rows of at most `room` columns, split between glyphs. One that is wider has its own row.
pub(super) fn rows(mut text: &str, room: u16) -> Vec<&str> {
    let mut rows = Vec::new();
    while !text.is_empty() {
        let row = beginning(text, room);
        let end = if row.is_empty() { text.graphemes(true).next().map_or(1, str::len) } else { row.len() };
        let (row, rest) = text.split_at(end);
        rows.push(row);
        text = rest;
    }
    rows
}

/// Whether the cell is covered by a glyph that began before it.
pub(super) fn is_covered(cell: &Cell) -> bool {
    cell.symbol().is_empty()
}

/// The most columns that terminals may give `symbol`, if they don't agree: there are those that know no
/// clusters and show their characters one after the other.
pub(super) fn disputed_width(symbol: &str) -> Option<usize> {
    if symbol.is_ascii() || symbol.chars().nth(1).is_none() {
        return None;
    }
    let apart: usize = symbol.chars().map(|char| char.width().unwrap_or(0)).sum();
    let is_flag = symbol.starts_with(|char| matches!(char, '\u{1f1e6}'..='\u{1f1ff}'));
    (is_flag || apart != symbol.width()).then(|| 2 * symbol.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts, each of one cluster, and how wide it is.
    const CLUSTERS: [(&str, u16); 12] = [
        ("a", 1),
        ("\u{e4}", 1),
        ("e\u{301}", 1),
        ("日", 2),
        ("ｱ", 1),
        ("한", 2),
        ("\u{1112}\u{1161}\u{11ab}", 2),
        ("🙂", 2),
        ("👍\u{1f3fd}", 2),
        ("👩\u{200d}💻", 2),
        ("🇯🇵", 2),
        ("❤\u{fe0f}", 2),
    ];

    #[test]
    fn a_cluster_is_one_glyph_of_its_width() {
        for (text, wide) in CLUSTERS {
            let all: Vec<_> = glyphs(text).collect();
            assert_eq!(all, [Glyph { text, width: wide }], "{text:?}");
        }
        let all: String = CLUSTERS.iter().map(|(text, _)| *text).collect();
        assert_eq!(width(&all), CLUSTERS.iter().map(|(_, width)| width).sum::<u16>());
    }

    #[test]
    fn what_can_not_be_shown_is_a_question_mark() {
        for text in
            ["\u{1b}", "\u{9b}", "\n", "\r\n", "\u{7f}", "\u{301}", "\u{200b}", "\u{200d}", "\u{202e}"]
        {
            assert_eq!(glyphs(text).collect::<Vec<_>>(), [UNKNOWN], "{text:?}");
        }
        let heap = format!("a{}", "\u{301}".repeat(10_000));
        let shown = glyphs(&heap).next().unwrap();
        assert_eq!((shown.text.chars().count(), shown.width), (LONGEST, 1));
    }

    #[test]
    fn a_cut_is_between_glyphs() {
        let text = "日本e\u{301}👩\u{200d}💻x";
        let begun: Vec<_> = (0..9).map(|room| beginning(text, room).chars().count()).collect();
        assert_eq!(begun, [0, 0, 1, 1, 2, 4, 4, 7, 8]);
        let ended: Vec<_> = (0..9).map(|room| ending(text, room).chars().count()).collect();
        assert_eq!(ended, [0, 1, 1, 4, 6, 6, 7, 7, 8]);
        assert_eq!(rows(text, 3), ["日", "本e\u{301}", "👩\u{200d}💻x"]);
        assert_eq!(rows("日x", 1), ["日", "x"], "wider than a row");
        assert_eq!(rows("日x", 0), ["日", "x"]);
        assert!(rows("", 3).is_empty());
        assert_eq!(
            (without_last("ae\u{301}"), without_last("👩\u{200d}💻"), without_last("")),
            ("a", "", "")
        );
    }

    #[test]
    fn terminals_agree_on_most() {
        for agreed in ["a", "日", "e\u{301}", "🙂", "\u{1112}\u{1161}\u{11ab}"] {
            assert_eq!(disputed_width(agreed), None, "{agreed}");
        }
        for disputed in ["👩\u{200d}💻", "👍\u{1f3fd}", "🇯🇵", "❤\u{fe0f}"] {
            assert!(disputed_width(disputed).is_some_and(|most| most >= 4), "{disputed}");
        }
    }
}
