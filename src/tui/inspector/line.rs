//! A line of what bytes mean: pieces of text, louder and quieter ones.

use crate::dissect::anatomy::{Class, Part};

/// How loud a piece of a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Strong,
    Plain,
    Dim,
    Warn,
}

/// One line of meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The class of the bytes that it begins to explain, and how many there are.
    pub(super) of: Option<(Class, usize)>,
    pub(super) text: Vec<(Tone, String)>,
}

impl Line {
    pub(super) fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self { of: None, text: vec![(tone, text.into())] }
    }

    pub(super) fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.text.push((tone, text.into()));
        self
    }

    pub(super) fn of(self, part: &Part) -> Self {
        Self { of: Some((part.sense.class(), part.range.len())), ..self }
    }
}

/// `81 27`
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}
