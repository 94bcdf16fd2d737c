//! Options that are settings: each is a flag, an environment variable, a key of the config file and a word of
//! a scenario's `set`, all made of its [row](Row).
//!
//! ```text
//!   ROWS ─┬─▸ [`Group`]: the rows of a heading, between that heading's other options
//!         └─▸ [`Words`]: those of a table, between its other keys
//! ```

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

use clap::error::Error as ClapError;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};
use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer as _};
use serde::de::{MapAccess, Visitor};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};

use super::scalar::Scalar;
use super::value::{BadValue, Bandwidth, Feed, WorldRate, span_within, whole_within};
use crate::lab::Setup;
use crate::model::{ROWS, Row, Setting, SettingKind, Settings, Table};

/// The environment variable of each row.
static VARIABLES: LazyLock<Vec<String>> = LazyLock::new(|| {
    ROWS.iter().map(|row| format!("WIRELAB_{}", row.word.to_uppercase().replace('-', "_"))).collect()
});

/// The settings that `text` says for a row: one, or the feed's two.
fn parse(row: &Row, text: &str) -> Result<Vec<Setting>, BadValue> {
    Ok(match &row.kind {
        SettingKind::Time { field, said, .. } => vec![(field.make)(span_within(text, said)?)],
        SettingKind::Pause { field, said } => vec![(field.make)(Some(span_within(text, said)?))],
        SettingKind::Pace { .. } => vec![Setting::WorldRate(text.parse::<WorldRate>()?.0)],
        SettingKind::Feed { rhythm, rate, .. } => {
            let feed: Feed = text.parse()?;
            vec![(rhythm.make)(feed.rhythm), (rate.make)(feed.rate)]
        }
        SettingKind::Bytes { field, range, .. } => {
            let range = *range.start() as u64..=*range.end() as u64;
            vec![(field.make)(usize::try_from(whole_within(text, &range)?).unwrap_or(usize::MAX))]
        }
        SettingKind::Bandwidth { field, .. } => vec![(field.make)(text.parse::<Bandwidth>()?.0)],
    })
}

const fn value_name(row: &Row) -> &'static str {
    match row.kind {
        SettingKind::Time { .. } | SettingKind::Pause { .. } => "TIME",
        SettingKind::Pace { .. } | SettingKind::Bandwidth { .. } => "RATE",
        SettingKind::Feed { .. } => "FEED",
        SettingKind::Bytes { .. } => "BYTES",
    }
}

/// What was said of settings, by the index of their rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Said(BTreeMap<usize, Vec<Setting>>);

impl Said {
    /// All settings, in the order of the table.
    pub(super) fn settings(&self) -> impl Iterator<Item = Setting> {
        self.0.values().flatten().copied()
    }

    /// What was said of a row, as its flag would say it.
    fn text(&self, index: usize) -> Option<String> {
        let parts: Option<Vec<_>> = self.0.get(&index)?.iter().map(|setting| setting.value()).collect();
        Some(parts?.join(":"))
    }
}

/// The options of a heading that are no settings.
pub trait Heading: Args + Clone + Default + Serialize + DeserializeOwned {
    /// The heading.
    const TABLE: Table;

    /// Does what was said.
    fn apply(&self, setup: &mut Setup);
}

/// The options of a heading: its settings, and the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Group<R> {
    said: Said,
    others: R,
}

impl<R> std::ops::Deref for Group<R> {
    type Target = R;

    fn deref(&self) -> &R {
        &self.others
    }
}

impl<R: Heading> Group<R> {
    /// Everything as it stands in `settings`, and `others`.
    pub(super) fn standing(settings: &Settings, others: R) -> Self {
        let mut said = Said::default();
        for (index, row) in rows::<R>() {
            // What has no value is not said.
            let now = row.now(settings);
            if now.iter().all(|setting| setting.value().is_some()) {
                said.0.insert(index, now);
            }
        }
        Self { said, others }
    }

    /// Does what was said.
    pub(super) fn apply(&self, setup: &mut Setup) {
        self.said.settings().for_each(|setting| setup.settings.put(setting));
        self.others.apply(setup);
    }
}

fn rows<R: Heading>() -> impl Iterator<Item = (usize, &'static Row)> {
    ROWS.iter().enumerate().filter(|(_, row)| row.table == R::TABLE)
}

/// The flags of a heading in the order of the help: each setting before the option that its row names, or
/// else at the end.
fn args<R: Heading>() -> Vec<Arg> {
    let others = R::augment_args(Command::new("others"));
    let mut all: Vec<_> = others.get_arguments().cloned().collect();
    for (index, row) in rows::<R>() {
        let arg = Arg::new(row.word)
            .long(row.word)
            .help(row.help)
            .env(VARIABLES[index].as_str())
            .value_name(value_name(row))
            .allow_hyphen_values(true)
            .value_parser(move |text: &str| parse(row, text));
        let before = row.before.and_then(|word| all.iter().position(|arg| arg.get_long() == Some(word)));
        all.insert(before.unwrap_or(all.len()), arg);
    }
    all
}

impl<R: Heading> Args for Group<R> {
    fn augment_args(command: Command) -> Command {
        let heading: &'static str = R::TABLE.into();
        let first = command.get_arguments().count();
        let args = args::<R>().into_iter().enumerate();
        command.args(args.map(|(index, arg)| arg.help_heading(heading).display_order(first + index)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<R: Heading> FromArgMatches for Group<R> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, ClapError> {
        let mut group = Self { others: R::from_arg_matches(matches)?, said: Said::default() };
        for (index, row) in rows::<R>() {
            if let Some(said) = matches.get_one::<Vec<Setting>>(row.word) {
                group.said.0.insert(index, said.clone());
            }
        }
        Ok(group)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), ClapError> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<R: Heading> Serialize for Group<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut table = toml::Table::try_from(&self.others).map_err(S::Error::custom)?;
        for (index, row) in rows::<R>() {
            if let Some(text) = self.said.text(index) {
                table.insert(row.word.to_owned(), text.into());
            }
        }
        table.serialize(serializer)
    }
}

impl<'de, R: Heading> Deserialize<'de> for Group<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = args::<R>().iter().filter_map(Arg::get_long).map(str::to_owned).collect();
        let is_mine = |row: &Row| row.table == R::TABLE;
        let (said, others) = read(deserializer, Words { names, is_mine })?;
        Ok(Self { said, others })
    }
}

/// What a table may say: these keys, those of them that are settings as their rows have it.
pub(super) struct Words<F> {
    pub names: Vec<String>,
    /// Which rows belong to the table.
    pub is_mine: F,
}

/// Reads a table: its settings, and the rest of it.
pub(super) fn read<'de, D, R, F>(deserializer: D, words: Words<F>) -> Result<(Said, R), D::Error>
where
    D: Deserializer<'de>,
    R: Deserialize<'de>,
    F: Fn(&Row) -> bool,
{
    deserializer.deserialize_map(TableVisitor { words, rest: PhantomData })
}

struct TableVisitor<F, R> {
    words: Words<F>,
    rest: PhantomData<R>,
}

impl<'de, F: Fn(&Row) -> bool, R: Deserialize<'de>> Visitor<'de> for TableVisitor<F, R> {
    type Value = (Said, R);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut said = Said::default();
        let rest =
            R::deserialize(MapAccessDeserializer::new(Rest { map, words: &self.words, said: &mut said }))?;
        Ok((said, rest))
    }
}

/// What is left of a table once its settings are read.
struct Rest<'a, A, F> {
    map: A,
    words: &'a Words<F>,
    said: &'a mut Said,
}

impl<'de, A: MapAccess<'de>, F: Fn(&Row) -> bool> MapAccess<'de> for Rest<'_, A, F> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key_seed(Key(&self.words.names))? {
            let mine = |(_, row): &(usize, &Row)| row.word == key && (self.words.is_mine)(row);
            let Some((index, row)) = ROWS.iter().enumerate().find(mine) else {
                let key: StringDeserializer<A::Error> = key.into_deserializer();
                return seed.deserialize(key).map(Some);
            };
            self.said.0.insert(index, self.map.next_value_seed(Value(row))?);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// One of these keys.
struct Key<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let key = String::deserialize(deserializer)?;
        if self.0.contains(&key) {
            return Ok(key);
        }
        let names: Vec<_> = self.0.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        Err(D::Error::custom(format_args!("unknown field `{key}`, expected one of {names}")))
    }
}

/// The value of a row.
struct Value(&'static Row);

impl<'de> DeserializeSeed<'de> for Value {
    type Value = Vec<Setting>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Setting>, D::Error> {
        let Scalar(text) = Scalar::deserialize(deserializer)?;
        parse(self.0, &text).map_err(|error| D::Error::custom(format_args!("`{text}`: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::cli::{command, config, scenario};
    use crate::scenario::{Action, Change};

    fn standing(row: &Row) -> (Vec<Setting>, String) {
        let settings = Settings { say_every: Some(std::time::Duration::from_secs(1)), ..Settings::default() };
        let now = row.now(&settings);
        let value: Vec<_> = now.iter().filter_map(|setting| setting.value()).collect();
        (now, value.join(":"))
    }

    #[test]
    fn every_row_is_a_flag_with_its_variable() {
        let command = command();
        for (row, variable) in ROWS.iter().zip(VARIABLES.iter()) {
            let arg = command.get_arguments().find(|arg| arg.get_long() == Some(row.word)).unwrap();
            assert_eq!(arg.get_env(), Some(variable.as_ref()), "{}", row.word);
            assert!(row.before.is_none_or(|word| {
                let place = |word: &str| command.get_arguments().position(|arg| arg.get_long() == Some(word));
                place(word).is_some_and(|before| place(row.word) < Some(before))
            }));
            let (now, value) = standing(row);
            assert_eq!(parse(row, &value).as_ref(), Ok(&now), "{}", row.word);
        }
    }

    #[test]
    fn every_row_is_a_key_of_the_config_file_and_a_word_of_scenarios() {
        for row in ROWS {
            let (now, value) = standing(row);
            let table: &str = row.table.into();
            let text = format!("{}.{} = '{value}'", table.to_lowercase(), row.word);
            let options = config::parse(Path::new("c.toml"), &text).unwrap();
            let mut setup = Setup::default();
            options.world.apply(&mut setup);
            options.link.apply(&mut setup);
            options.clients.apply(&mut setup);
            options.server.apply(&mut setup);
            assert_eq!(row.now(&setup.settings), now);
            assert!(options != crate::cli::Options::default(), "{text}");
            let step = format!("title = 'T'\nfor = '5s'\n[[step]]\nset = {{ {} = '{value}' }}", row.word);
            let scenario = scenario::parse(Path::new("s.toml"), &step).unwrap().scenario;
            let changes = now.into_iter().map(Change::Knob).collect();
            assert_eq!(scenario.steps[0].action, Action::Set(changes), "{step}");
        }
    }
}
