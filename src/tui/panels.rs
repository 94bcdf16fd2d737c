//! The table of views at work: the state of each, and their rows of keys beside all others.

use std::io;

use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::faults;
use super::keys::{self, Conflict, Rebound, Row, Section};
use super::panel::{Message, Panel, Wish};
use super::scene::Scene;
use super::views::{View, views};
use crate::lab::Setup;

macro_rules! states {
    ($($view:ident $folder:ident $shows:literal $($key:literal $word:literal)?;)*) => {
        /// The state of each view.
        #[derive(Clone, Debug, Default)]
        pub(super) struct States {
            $(pub(super) $folder: super::$folder::State,)*
        }

        impl States {
            /// Draws a view.
            pub(super) fn render(&self, view: View, scene: &Scene, area: Rect, buf: &mut Buffer) {
                match view { $(View::$view => self.$folder.render(scene, area, buf),)* }
            }

            /// Does what a view's own key does, and says what it wishes for; `None` if it has no such key.
            pub(super) fn key(
                &mut self,
                view: View,
                key: KeyEvent,
                scene: &Scene,
                area: Rect,
            ) -> Option<Vec<Wish>> {
                match view { $(View::$view => step(&mut self.$folder, key, scene, area),)* }
            }

            /// Opens a view, coming from another.
            pub(super) fn open(&mut self, view: View, from: View, scene: &Scene) {
                let message = self.message(from, scene);
                match view { $(View::$view => self.$folder = self.$folder.opened(scene, message),)* }
            }

            fn message<'a>(&self, view: View, scene: &Scene<'a>) -> Option<Message<'a>> {
                match view { $(View::$view => self.$folder.message(scene),)* }
            }

            /// What an export writes beside the picture.
            ///
            /// # Errors
            /// If it can't be written.
            pub(super) fn export(
                &self,
                view: View,
                scene: &Scene,
                setup: &Setup,
            ) -> io::Result<Option<(&'static str, Vec<u8>)>> {
                match view { $(View::$view => self.$folder.export(scene, setup),)* }
            }

            /// Lets a view take a key that is typed into a text of its own; returns whether it did.
            pub(super) fn types(&mut self, view: View, key: KeyEvent) -> bool {
                match view { $(View::$view => self.$folder.types(key),)* }
            }

            /// Tells a view that the settings that it wished for are set.
            pub(super) fn granted(&mut self, view: View) {
                match view { $(View::$view => self.$folder.granted(),)* }
            }

            /// A number that changes when a view looks different though nothing else did.
            pub(super) fn changes(&self, view: View) -> u64 {
                match view { $(View::$view => self.$folder.changes(),)* }
            }
        }

        /// A view's own rows.
        fn rows(view: View) -> Vec<Row> {
            match view { $(View::$view => listed(<super::$folder::State as Panel>::KEYS, Section::In(view)),)* }
        }
    };
}
views!(states);

fn step<P: Panel>(panel: &mut P, key: KeyEvent, scene: &Scene, area: Rect) -> Option<Vec<Wish>> {
    let step = keys::find(P::KEYS.iter(), key)?;
    let (after, wishes) = panel.stepped(step, scene, area);
    *panel = after;
    Some(wishes)
}

fn listed<Does: PartialEq>(bindings: &[keys::Binding<Does>], section: Section) -> Vec<Row> {
    let is_for_a_lab = section == Section::Faults;
    bindings.iter().map(|binding| binding.row(section, is_for_a_lab)).collect()
}

/// The rows of the menu, or of a view.
pub(super) fn own(section: Section) -> Vec<Row> {
    match section {
        Section::In(view) => rows(view),
        _ => listed(&faults::KEYS, section),
    }
}

/// All rows, by section in the order of the README.
pub(super) fn every() -> Vec<(Section, Vec<Row>)> {
    let of = |section| (section, keys::rows().filter(|row| row.section == section).collect());
    let views = View::ALL.iter().map(|view| Section::In(*view));
    let own = [Section::Faults].into_iter().map(|section| (section, own(section)));
    let shared = Section::SHARED.into_iter().map(of).chain(own).chain([of(Section::Past)]);
    shared
        .chain(views.map(|section| (section, self::own(section))))
        .filter(|(_, rows)| !rows.is_empty())
        .collect()
}

/// All rows.
pub(super) fn rows_of_all() -> Vec<Row> {
    every().into_iter().flat_map(|(_, rows)| rows).collect()
}

/// Which keys do the work of which others: pairs of names, that of the key that is pressed first.
///
/// # Errors
/// The first pair that names no key, one that stays what it is, or one that has work of its own.
pub fn rebound<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Rebound, Conflict> {
    Rebound::new(pairs, &rows_of_all())
}

/// The tables of keys as Markdown, for `assets/keys.md`; the README has some of its rows.
#[must_use]
pub fn keys_markdown() -> String {
    let mut table = String::from("| Key | What it does |\n|---|---|\n");
    for (section, rows) in every() {
        if !Section::SHARED.contains(&section) {
            table.extend(["| | **", section.title(), "** |\n"]);
        }
        for row in rows {
            let keys: Vec<_> = row.names().map(|key| format!("`{key}`")).collect();
            table.extend(["| ", &keys.join(" "), " | ", &row.help(), " |\n"]);
        }
    }
    table
}
