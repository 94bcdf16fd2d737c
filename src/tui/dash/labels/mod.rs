//! Words and signs on a lane: what flights are, what is broken, who noticed it and how, and what a crowd does.
//!
//! ```text
//!   captions ─┐
//!   incidents ├─▸ labels, the most important first ─▸ Board: a free place for each ─▸ drawn
//!   storms    │
//!   bundles ──┘
//! ```
//!
//! Whoever wants to say something says what, in which forms, and where it would stand, the best place first.
//! The board gives each label the first of its places that is free when its turn comes: over no other word and
//! no number. A label that finds none is not drawn.

mod board;
mod bundles;
mod captions;
mod incidents;
mod rows;
mod storms;

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use super::bands::Bands;
use super::plot::Plot;
use super::strokes::Stroke;
use crate::model::Direction;
use crate::tui::paint::{put, write, write_right};
use crate::tui::reading::message_style::Seen;
use board::Board;

/// A text, and how it looks.
type Text = (String, Style);

/// Something that is to be said on the lane.
struct Label<'a> {
    /// Its forms.
    texts: Vec<Text>,
    /// Where which form would stand, the best place first; worked out only as far as needed.
    wishes: Box<dyn Iterator<Item = Wish> + 'a>,
}

impl<'a> Label<'a> {
    /// A label of one form.
    fn one(
        text: impl Into<String>,
        style: Style,
        places: impl IntoIterator<Item = Place, IntoIter: 'a>,
    ) -> Self {
        let wishes = places.into_iter().map(|place| Wish { place, text: 0 });
        Self { texts: vec![(text.into(), style)], wishes: Box::new(wishes) }
    }

    /// A label whose forms each have their place.
    fn forms(forms: impl IntoIterator<Item = (Place, String)>, style: Style) -> Self {
        let (places, texts): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        let wishes = places.into_iter().enumerate().map(|(text, place)| Wish { place, text });
        Self { texts: texts.into_iter().map(|text| (text, style)).collect(), wishes: Box::new(wishes) }
    }
}

/// A place for one of a label's forms.
struct Wish {
    place: Place,
    /// Which form.
    text: usize,
}

/// Where something may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// At this cell, whatever is there.
    At(u16, u16),
    /// From this cell on, over what a rail or the gap shows where nothing happens.
    Over(u16, u16, Ground),
    /// Two lines, one per form, in these columns from this row on, with air on both sides.
    Block { from: u16, until: u16, y: u16, direction: Direction },
    /// On the row of names, from this column on: the name of a fault.
    Name(u16),
    /// The same for another text.
    Text(u16),
    /// One cell on the row of names.
    Sign(u16),
    /// Every cell on the row of names that nothing has taken, from the first up to, not including, the second.
    Line(u16, u16),
    /// On the first row beside the rails that has room near this column, unless a fault's name stands there.
    Words(u16),
    /// Right after the name that stands there.
    AfterName(u16),
    /// In the gap, right of the tower at this column, as low as there is room.
    BesideTower(u16),
}

/// What a label may cover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    /// Nothing at all.
    Empty,
    /// A rail in any state, but no mark on it, or nothing.
    AnyRail,
    /// The client's rail, and the ticks on it, but where a stream is held.
    ClientRail,
    /// A rail on which the picture is not stale.
    QuietRail,
}

/// Where a label stands.
enum Spot {
    /// In these columns, from the first on.
    Text(u16, u16),
    /// The same after a dot, which tells it from the title.
    AfterDot(u16, u16),
    /// Once in each of these columns.
    Columns(Vec<u16>, u16),
    /// Line by line.
    Block { from: u16, until: u16, y: u16, direction: Direction },
}

/// What a lane's messages are drawn as.
pub(super) struct Drawn<'a> {
    pub(super) seen: &'a [Seen<'a>],
    pub(super) strokes: &'a [Stroke],
    pub(super) bands: &'a Bands,
    /// The clients of its crowd, if what they do is told.
    pub(super) crowd: Option<u64>,
}

/// Draws all labels of a lane whose title leaves its row free from the column `free` on.
pub(super) fn render(plot: &Plot, drawn: &Drawn, free: u16, buf: &mut Buffer) {
    let mut labels = Vec::new();
    if plot.scene.choice.enlarged.is_some() {
        captions::collect(plot, drawn.seen, drawn.bands, &mut labels);
    }
    incidents::collect(plot, &mut labels);
    if let Some(clients) = drawn.crowd {
        storms::collect(plot, clients, &mut labels);
    }
    bundles::collect(plot, drawn.strokes, drawn.bands, &mut labels);
    incidents::collect_extents(plot, &mut labels);
    let mut board = Board::new(plot, free);
    for Label { texts, wishes } in labels {
        let found = wishes.into_iter().find_map(|wish| Some((board.place(&wish, &texts, buf)?, wish.text)));
        if let Some((spot, text)) = found {
            draw(plot, &spot, &texts, text, buf);
        }
    }
}

fn draw(plot: &Plot, spot: &Spot, texts: &[Text], chosen: usize, buf: &mut Buffer) {
    let (text, style) = &texts[chosen];
    match spot {
        Spot::Text(x, y) => drop(write(buf, *x, *y, u16::MAX, text, *style)),
        Spot::AfterDot(x, y) => {
            let theme = plot.theme();
            put(buf, x - (rows::SEPARATOR - 1), *y, theme.glyphs.dot, theme.dim);
            write(buf, *x, *y, u16::MAX, text, *style);
        }
        Spot::Columns(columns, y) => columns.iter().for_each(|x| put(buf, *x, *y, text, *style)),
        Spot::Block { from, until, y, direction } => {
            for (y, (line, style)) in (*y..).zip(texts) {
                match direction {
                    Direction::Up => write_right(buf, *from, y, *until, line, *style),
                    Direction::Down => drop(write(buf, *from, y, *until, line, *style)),
                }
            }
        }
    }
}
