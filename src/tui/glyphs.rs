//! Every glyph that the screens use, in two sets. Each is one cell wide; a test holds it.

use crate::model::{Asks, Protocol};

/// A set of glyphs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Glyphs {
    /// An event is born on the server.
    pub(super) born: &'static str,
    /// A client shows an event.
    pub(super) shown: &'static str,
    /// An answer without news.
    pub(super) empty: &'static str,
    /// A client's own message leaves.
    pub(super) say: &'static str,
    /// A client's own message has reached the server.
    pub(super) heard: &'static str,
    /// A message that was lost on its way; or a client of the crowd that lost its connection.
    pub(super) lost: &'static str,
    /// A fault, in force or just struck.
    pub(super) fault: &'static str,
    /// A side notices that something is wrong.
    pub(super) noticed: &'static str,
    /// The client is up to date again.
    pub(super) recovered: &'static str,
    /// A rail on which nothing is open.
    pub(super) rail: &'static str,
    /// A rail with an open stream, the client's and the server's: the walls of what lies between them.
    pub(super) open: [&'static str; 2],
    /// The client's rail while an event exists that it does not show yet.
    pub(super) stale: &'static str,
    /// The server holds a request.
    pub(super) held: &'static str,
    /// The server calculates an answer.
    pub(super) thinking: &'static str,
    /// A message leaves or reaches the server's rail.
    pub(super) server_tick: &'static str,
    /// A message leaves or reaches the client's rail.
    pub(super) client_tick: &'static str,
    /// The head of a message with news, by direction: up, down.
    pub(super) data_head: [&'static str; 2],
    /// The head of a request or an empty answer.
    pub(super) plain_head: [&'static str; 2],
    /// The head of a control frame.
    pub(super) control_head: [&'static str; 2],
    /// The same three heads where the way is across: up is to the right, down to the left.
    pub(super) data_side: [&'static str; 2],
    pub(super) plain_side: [&'static str; 2],
    pub(super) control_side: [&'static str; 2],
    /// The line of a control frame or a handshake where the way is across.
    pub(super) dotted: &'static str,
    /// A cell of a band of messages, from the weakest to the strongest.
    pub(super) band: [&'static str; 3],
    /// A handshake that has one column, from rail to rail.
    pub(super) handshake: &'static str,
    /// Whether flights are drawn with braille dots; else with slashes.
    pub(super) braille: bool,
    /// The world runs.
    pub(super) live: &'static str,
    /// The world stands still.
    pub(super) frozen: &'static str,
    /// The screen shows the past.
    pub(super) past: &'static str,
    /// A horizontal rule.
    pub(super) rule: &'static str,
    /// A vertical rule.
    pub(super) wall: &'static str,
    /// A bar's eighths, from one to eight.
    pub(super) eighths: [&'static str; 8],
    /// A cell of a bar: what is spent on overhead, what on payload.
    pub(super) overhead: &'static str,
    pub(super) payload: &'static str,
    /// A column's eighths, from one to eight.
    pub(super) levels: [&'static str; 8],
    /// Half blocks for big figures: lower half, upper half, full.
    pub(super) halves: Option<[&'static str; 3]>,
    /// The moment "now" on the axis.
    pub(super) now: &'static str,
    /// Up and down, for counts of frames.
    pub(super) up_down: [&'static str; 2],
    /// Between parts of a sentence.
    pub(super) dot: &'static str,
    /// Before a world rate.
    pub(super) times: &'static str,
    /// A figure agrees with its model, does not, or nobody can tell.
    pub(super) agrees: &'static str,
    pub(super) differs: &'static str,
    pub(super) unsure: &'static str,
    /// The row that keys act on.
    pub(super) selected: &'static str,
    /// Before a tolerance.
    pub(super) plus_minus: &'static str,
    /// A pop-up's corners and sides: top left, top right, bottom left, bottom right.
    pub(super) corners: [&'static str; 4],
}

/// For terminals that speak UTF-8.
pub(super) static UNICODE: Glyphs = Glyphs {
    born: "◆",
    shown: "●",
    empty: "∅",
    say: "▲",
    heard: "○",
    lost: "×",
    fault: "↯",
    noticed: "!",
    recovered: "✓",
    rail: "─",
    open: ["▀", "▄"],
    stale: "━",
    held: "█",
    thinking: "▆",
    server_tick: "┬",
    client_tick: "┴",
    data_head: ["▲", "▼"],
    plain_head: ["▴", "▾"],
    control_head: ["▵", "▿"],
    data_side: ["►", "◄"],
    plain_side: ["▸", "◂"],
    control_side: ["▹", "◃"],
    dotted: "┄",
    band: ["▒", "▓", "█"],
    handshake: "┆",
    braille: true,
    live: "●",
    frozen: "▮▮",
    past: "◂◂",
    rule: "─",
    wall: "│",
    eighths: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    overhead: "■",
    payload: "□",
    levels: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    halves: Some(["▄", "▀", "█"]),
    now: "▾",
    up_down: ["↑", "↓"],
    dot: "·",
    times: "×",
    agrees: "✓",
    differs: "✗",
    unsure: "?",
    selected: "▸",
    plus_minus: "±",
    corners: ["╭", "╮", "╰", "╯"],
};

/// For all others.
pub(super) static ASCII: Glyphs = Glyphs {
    born: "#",
    shown: "@",
    empty: "o",
    say: "^",
    heard: "h",
    lost: "x",
    fault: "!",
    noticed: "!",
    recovered: "*",
    rail: "-",
    open: ["=", "="],
    stale: "~",
    held: "%",
    thinking: "&",
    server_tick: "+",
    client_tick: "+",
    data_head: ["A", "V"],
    plain_head: ["^", "v"],
    control_head: ["'", ","],
    data_side: [">", "<"],
    plain_side: [">", "<"],
    control_side: [">", "<"],
    dotted: ".",
    band: [":", "=", "#"],
    handshake: "|",
    braille: false,
    live: "*",
    frozen: "||",
    past: "<<",
    rule: "-",
    wall: "|",
    eighths: [" ", " ", " ", "#", "#", "#", "#", "#"],
    overhead: "#",
    payload: "o",
    levels: ["_", "_", ".", "-", "=", "+", "*", "#"],
    halves: None,
    now: "v",
    up_down: ["up", "dn"],
    dot: "-",
    times: "x",
    agrees: "y",
    differs: "n",
    unsure: "?",
    selected: ">",
    plus_minus: "+-",
    corners: ["+", "+", "+", "+"],
};

impl Glyphs {
    /// Whether this is a rail, in whatever state, or nothing: what a number may stand beside.
    pub(super) fn is_rail(&self, symbol: &str) -> bool {
        let states = [self.stale, self.held, self.thinking];
        symbol == " " || symbol == self.rail || self.open.contains(&symbol) || states.contains(&symbol)
    }

    /// The server's rail while it has a request to answer that is a part of `protocol`.
    pub(super) fn answering(&self, protocol: Option<Protocol>) -> &'static str {
        match protocol.map(Protocol::asks) {
            Some(Asks::Held) => self.held,
            Some(Asks::ByHand | Asks::AtInterval | Asks::OnceForAStream) | None => self.thinking,
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn single(glyphs: &Glyphs) -> Vec<&'static str> {
        let g = glyphs;
        let mut all = vec![
            g.born,
            g.shown,
            g.empty,
            g.say,
            g.heard,
            g.lost,
            g.fault,
            g.noticed,
            g.recovered,
            g.rail,
            g.stale,
            g.held,
            g.thinking,
            g.live,
            g.rule,
            g.wall,
            g.now,
            g.dot,
            g.times,
            g.dotted,
            g.handshake,
            g.overhead,
            g.payload,
            g.agrees,
            g.differs,
            g.unsure,
            g.selected,
        ];
        let sides = [g.data_side, g.plain_side, g.control_side];
        all.extend([g.server_tick, g.client_tick]);
        let heads = [g.open, g.data_head, g.plain_head, g.control_head];
        for pair in heads.into_iter().chain(sides) {
            all.extend(pair);
        }
        all.extend(g.band);
        all.extend(g.eighths);
        all.extend(g.levels);
        all.extend(g.halves.into_iter().flatten());
        all.extend(g.corners);
        all
    }

    /// Glyphs that some fonts draw as two-cell pictures.
    fn is_emoji(glyph: &str) -> bool {
        let coloured = ["▶", "◀", "▪", "▫", "◻", "◼", "⏸", "⏵", "☎", "★", "⚡", "✔", "↔", "↕"];
        coloured.contains(&glyph) || glyph.contains('\u{fe0f}')
    }

    #[test]
    fn every_glyph_is_one_cell() {
        for glyph in single(&UNICODE).into_iter().chain(single(&ASCII)) {
            assert_eq!(glyph.width(), 1, "{glyph}");
            assert!(!is_emoji(glyph), "{glyph}");
        }
        for bits in 0x2800..=0x28ff {
            let braille = char::from_u32(bits).unwrap().to_string();
            assert_eq!((braille.width(), braille.width_cjk()), (1, 1));
        }
    }

    #[test]
    fn the_plain_set_is_ascii() {
        assert!(single(&ASCII).concat().is_ascii());
        assert!(ASCII.up_down.concat().is_ascii() && ASCII.plus_minus.is_ascii() && ASCII.frozen.is_ascii());
    }

    #[test]
    fn what_means_something_else_looks_different() {
        for g in [&UNICODE, &ASCII] {
            let marks = [g.born, g.shown, g.empty, g.say, g.heard, g.lost, g.noticed, g.recovered];
            let rails = [g.rail, g.open[0], g.stale, g.held, g.thinking];
            for set in [&marks[..], &rails[..]] {
                for (index, glyph) in set.iter().enumerate() {
                    assert!(!set[..index].contains(glyph), "{glyph}");
                }
            }
        }
    }
}
