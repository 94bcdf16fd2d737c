//! Conditions: what a step waits for, and what a scenario claims.
//!
//! ```text
//!   sse.shown                          at least one
//!   sse.missed = 0                     = != < <= > >=
//!   websocket.noticed-after = 30s ± 1s (or +-)
//!   polling.noticed-after within 10s..11s
//!   sse.noticed-after = never
//!   websocket.server-noticed-how = no-pong
//! ```

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::figure::{Figure, Kind, Measured, Reading};
use crate::clock::span::parse_span;
use crate::model::{Protocol, Symptom};

/// A text that is no condition, and what to try.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadCondition(String);

fn bad(why: impl Into<String>) -> BadCondition {
    BadCondition(why.into())
}

/// Something that is true of a lane or not.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Whose.
    pub lane: Protocol,
    /// What of it.
    pub figure: Figure,
    test: Test,
    text: String,
}

/// What a figure is held against. Counts and times are both numbers: a time is one of nanoseconds.
#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// At least one, or ever.
    Any,
    Is(Is, Value),
    /// From the first to the second, both included.
    Within(u128, u128),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Is {
    Equal,
    Other,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Clone, Debug, PartialEq)]
enum Value {
    Number(u128),
    Never,
    How(&'static str),
}

/// The operators, the longer ones first: `<=` begins with `<`.
const OPERATORS: [(&str, Is); 6] = [
    ("!=", Is::Other),
    ("<=", Is::AtMost),
    (">=", Is::AtLeast),
    ("=", Is::Equal),
    ("<", Is::Less),
    (">", Is::More),
];

impl FromStr for Condition {
    type Err = BadCondition;

    fn from_str(text: &str) -> Result<Self, BadCondition> {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.';
        let (name, rest) = text.split_at(text.find(|c| !is_name(c)).unwrap_or(text.len()));
        let (lane, figure) = name
            .split_once('.')
            .ok_or_else(|| bad("not a condition; try LANE.FIGURE, such as sse.shown >= 10"))?;
        let lane: Protocol = lane.parse().map_err(|_| {
            let lanes = Protocol::slugs(", ");
            bad(format!("unknown lane `{lane}`; try one of {lanes}"))
        })?;
        let figure = Figure::ALL.into_iter().find(|one| one.slug() == figure).ok_or_else(|| {
            let figures = Figure::ALL.map(Figure::slug).join(", ");
            bad(format!("unknown figure `{figure}`; try one of {figures}"))
        })?;
        let against = Test::parse(figure.kind(), rest.trim())?;
        Ok(Self { lane, figure, test: against, text })
    }
}

fn value_of(kind: Kind, text: &str) -> Result<Value, BadCondition> {
    match kind {
        Kind::Time | Kind::How if text == "never" => Ok(Value::Never),
        Kind::Count | Kind::Time => number(kind, text).map(Value::Number),
        Kind::How => {
            let slug = Symptom::slugs().into_iter().find(|slug| *slug == text);
            let words = || {
                bad(format!("unknown symptom `{text}`; try one of {}, never", Symptom::slugs().join(", ")))
            };
            slug.map(Value::How).ok_or_else(words)
        }
    }
}

fn number(kind: Kind, text: &str) -> Result<u128, BadCondition> {
    match kind {
        Kind::Count => {
            let count: Result<u64, _> = text.parse();
            count.map(u128::from).map_err(|_| bad(format!("`{text}` is not a whole number")))
        }
        Kind::Time => {
            parse_span(text).map(|span| span.as_nanos()).map_err(|error| bad(format!("`{text}`: {error}")))
        }
        Kind::How => Err(bad("a symptom is a word, not a number; try = timeout")),
    }
}

impl Condition {
    /// What was measured in words, and what should be: `SSE missed 3 events (= 0)`.
    #[must_use]
    pub fn in_words(&self, measured: &Measured) -> String {
        let so = match measured {
            Measured::Off => measured.to_string(),
            _ => self.figure.in_words(measured),
        };
        let wanted = self.text.find([' ', '=', '<', '>', '!']).map(|at| self.text[at..].trim());
        let wanted = wanted.map_or_else(String::new, |wanted| format!(" ({wanted})"));
        format!("{} {so}{wanted}", self.lane.short())
    }

    /// The figure as it is now, and whether that is as it should be.
    #[must_use]
    pub fn read(&self, reading: &Reading<'_>) -> (Measured, bool) {
        let measured = reading.of(self.lane, self.figure);
        (measured, self.test.holds(&measured))
    }
}

impl Test {
    /// Reads what stands behind the figure.
    fn parse(kind: Kind, text: &str) -> Result<Self, BadCondition> {
        if text.is_empty() {
            return Ok(Self::Any);
        }
        if let Some(range) = text.strip_prefix("within ") {
            let (from, to) = range
                .split_once("..")
                .ok_or_else(|| bad("not a range; try within 10s..12s, or within 1..3"))?;
            let (from, to) = (number(kind, from.trim())?, number(kind, to.trim())?);
            return if from <= to {
                Ok(Self::Within(from, to))
            } else {
                Err(bad("the range ends before it begins"))
            };
        }
        let operator = OPERATORS.into_iter().find_map(|(sign, is)| Some((is, text.strip_prefix(sign)?)));
        let (is, value) =
            operator.ok_or_else(|| bad("unknown operator; try one of = != < <= > >= within"))?;
        let tolerance = value.split_once('±').or_else(|| value.split_once("+-"));
        if let Some((value, tolerance)) = tolerance {
            let (value, tolerance) = (number(kind, value.trim())?, number(kind, tolerance.trim())?);
            return match is {
                Is::Equal => Ok(Self::Within(value.saturating_sub(tolerance), value + tolerance)),
                _ => Err(bad("a tolerance goes with = only; try = 30s ± 1s")),
            };
        }
        let value = value_of(kind, value.trim())?;
        let ordered = !matches!(is, Is::Equal | Is::Other);
        if ordered && !matches!(value, Value::Number(_)) {
            return Err(bad("a word is neither more nor less; try = or !="));
        }
        Ok(Self::Is(is, value))
    }

    fn holds(&self, measured: &Measured) -> bool {
        let number = match measured {
            Measured::Count(count) => Some(u128::from(*count)),
            Measured::Time(span) => span.as_ref().map(Duration::as_nanos),
            Measured::Off => return false,
            Measured::How(how) => {
                let slug = how.map(Symptom::slug);
                return match self {
                    Self::Any => slug.is_some(),
                    Self::Is(is, value) => {
                        let same = match value {
                            Value::How(wanted) => slug == Some(wanted),
                            Value::Never | Value::Number(_) => slug.is_none(),
                        };
                        same == (*is == Is::Equal)
                    }
                    Self::Within(..) => false,
                };
            }
        };
        match (self, number) {
            (Self::Any, number) => number.is_some_and(|number| number > 0),
            (Self::Within(from, to), Some(number)) => (*from..=*to).contains(&number),
            (Self::Is(is, Value::Number(value)), Some(number)) => match is {
                Is::Equal => number == *value,
                Is::Other => number != *value,
                Is::Less => number < *value,
                Is::AtMost => number <= *value,
                Is::More => number > *value,
                Is::AtLeast => number >= *value,
            },
            (Self::Is(is, Value::Never), number) => number.is_none() == (*is == Is::Equal),
            (Self::Is(is, _), None) => *is == Is::Other,
            (Self::Is(_, Value::How(_)), Some(_)) | (Self::Within(..), None) => false,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
