//! Keys that do the work of others: the config file's table `[keys]`. No flag says this, since it is a habit of
//! hands and not of one experiment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::error::Error;

/// What a config file says of keys.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(from = "BTreeMap<Spanned<String>, String>", into = "BTreeMap<String, String>")]
pub struct Keys {
    pairs: Vec<Pair>,
    /// The file, and what it says.
    path: PathBuf,
    text: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Pair {
    /// The key that is pressed.
    pressed: String,
    /// The key whose work it does.
    does: String,
    /// Where in the file's text.
    offset: usize,
}

impl From<BTreeMap<Spanned<String>, String>> for Keys {
    fn from(said: BTreeMap<Spanned<String>, String>) -> Self {
        let pair = |(pressed, does): (Spanned<String>, String)| {
            let offset = pressed.span().start;
            Pair { pressed: pressed.into_inner(), does, offset }
        };
        Self { pairs: said.into_iter().map(pair).collect(), ..Self::default() }
    }
}

impl From<Keys> for BTreeMap<String, String> {
    fn from(keys: Keys) -> Self {
        keys.pairs.into_iter().map(|pair| (pair.pressed, pair.does)).collect()
    }
}

impl Keys {
    /// Remembers where they are from, if anything is said.
    pub(super) fn said_in(&mut self, path: &Path, text: &str) {
        if !self.pairs.is_empty() {
            (self.path, self.text) = (path.to_owned(), text.to_owned());
        }
    }

    /// The names of the key that is pressed and of the one whose work it does, for each pair.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|pair| (&*pair.pressed, &*pair.does))
    }

    /// Why the pair at `index` can't be, with its place in the file.
    #[must_use]
    pub fn refused(&self, index: usize, why: String) -> Error {
        let offset = self.pairs.get(index).map_or(0, |pair| pair.offset);
        Error::at(&self.path, &self.text, offset, why)
    }
}
