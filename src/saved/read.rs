//! Reads a saved trace back, as far as it can be read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{EXTENSION, Head, OLDEST_VERSION, VERSION};
use crate::lab::Setup;
use crate::model::{Message, Settings};
use crate::trace::{Keep, Record, Trace, What};

/// The longest line: a record with the bytes of one write, in base64, or a head with full totals.
const LONGEST_LINE: u64 = 64 << 20;

/// The largest number in a record: a hundred days in nanoseconds, and more bytes than any disk holds.
const LARGEST: f64 = (1_u64 << 53) as f64;

/// How many digits a number may have that is certainly not larger.
const DIGITS: usize = 15;

/// What of a setup may be any number: nothing is reckoned with it.
const FREE: [&str; 3] = ["seed", "births", "max_connections"];

/// A trace from a file.
#[derive(Debug)]
pub struct Saved {
    /// How its experiment began.
    pub setup: Setup,
    /// What happened.
    pub trace: Trace,
    /// Why it ends before the file does, if so.
    pub cut: Option<Cut>,
}

/// Where a file stops being readable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}; what comes before it is shown")]
pub struct Cut {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong there.
    pub why: String,
}

/// Why a file can't be shown at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be read.
    #[error("{0}")]
    Unreadable(#[from] io::Error),
    /// It is something else.
    #[error("line 1: {why}; a trace is a .{EXTENSION} file that Wirelab has written (key w)")]
    NoTrace {
        /// What is wrong there.
        why: String,
    },
    /// It is of another version.
    #[error(
        "line 1: version {found} of the format, and this program reads versions {OLDEST_VERSION} to {VERSION}; try the Wirelab that wrote it ({program})"
    )]
    Version {
        /// The file's.
        found: u64,
        /// The program that wrote it.
        program: String,
    },
}

/// A file that can't be shown.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
pub struct NotShown {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub error: Error,
}

/// Reads the trace in the file at `path`.
///
/// # Errors
/// As [`read`], and if there is no such file.
pub fn open(path: &Path) -> Result<Saved, NotShown> {
    let file = File::open(path).map_err(Error::from);
    let saved = file.and_then(|file| read(BufReader::new(file)));
    saved.map_err(|error| NotShown { path: path.to_owned(), error })
}

/// Reads a trace. A file that is damaged further down is read up to there.
///
/// # Errors
/// If `input` fails, or its first line is not the head of a trace of this version.
pub fn read(mut input: impl BufRead) -> Result<Saved, Error> {
    let mut line = Vec::new();
    next_line(&mut input, &mut line)?;
    let Head { setup, base, .. } = head(&line)?;
    let all = Keep { span: std::time::Duration::MAX, memory: usize::MAX };
    let mut trace = Trace::from_base(base, all);
    for number in 2.. {
        if !next_line(&mut input, &mut line)? {
            break;
        }
        match record(&line) {
            Ok(record) => trace.apply(record),
            Err(why) => return Ok(Saved { setup, trace, cut: Some(Cut { line: number, why }) }),
        }
    }
    Ok(Saved { setup, trace, cut: None })
}

/// Reads a line with its end; whether there was one.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(input.take(LONGEST_LINE).read_until(b'\n', line)? > 0)
}

fn head(line: &[u8]) -> Result<Head, Error> {
    let head: Value =
        serde_json::from_slice(line).map_err(|_| Error::NoTrace { why: "no JSON".to_owned() })?;
    match head.get("wirelab_trace").and_then(Value::as_u64) {
        None => Err(Error::NoTrace { why: "no `wirelab_trace`".to_owned() }),
        Some(found) if !(u64::from(OLDEST_VERSION)..=u64::from(VERSION)).contains(&found) => {
            let program = head.get("program").and_then(Value::as_str).unwrap_or("unknown");
            Err(Error::Version { found, program: program.to_owned() })
        }
        Some(_) => beginning(head).map_err(|why| Error::NoTrace { why }),
    }
}

fn beginning(head: Value) -> Result<Head, String> {
    if !head.get("base").is_some_and(are_small) {
        return Err("totals that can't be".to_owned());
    }
    let setup = head.get("setup").and_then(Value::as_object).into_iter().flatten();
    let set_up_well =
        setup.filter(|(name, _)| !FREE.contains(&name.as_str())).all(|(_, value)| are_small(value));
    let head: Head = serde_json::from_value(head).map_err(|error| plain(&error))?;
    let stood_well = [&head.setup.settings, &head.base.settings].into_iter().all(can_stand);
    if set_up_well && stood_well && head.base.pinned.iter().all(is_sound) {
        Ok(head)
    } else {
        Err("an experiment that can't be".to_owned())
    }
}

fn record(line: &[u8]) -> Result<Record, String> {
    let whole = line.ends_with(b"\n");
    let record = serde_json::from_slice(line).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof if !whole => "cut off".to_owned(),
        _ => {
            format!("no record: {}", plain(&error))
        }
    })?;
    if has_small_numbers(line) && is_sound(&record) {
        Ok(record)
    } else {
        Err("a record of what can't be".to_owned())
    }
}

/// What serde says, without where in the line, and without the names of our types: they tell a reader
/// nothing.
fn plain(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "it ends too soon".to_owned();
    }
    let why = error.to_string();
    let names = [" at line ", ", expected struct ", ", expected enum ", ", expected tuple "];
    names.iter().fold(&*why, |why, name| why.split(name).next().unwrap_or_default()).to_owned()
}

/// Whether no number of a record is larger than an experiment's can be. Nearly all lines have none of so
/// many digits and need not be read twice.
fn has_small_numbers(line: &[u8]) -> bool {
    let mut numbers = line.split(|byte| !byte.is_ascii_digit());
    numbers.all(|digits| digits.len() <= DIGITS)
        || serde_json::from_slice(line).is_ok_and(|line| are_small(&line))
}

/// Whether no number in `value` is larger than an experiment's can be.
fn are_small(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(|number| number.abs() <= LARGEST),
        Value::Array(values) => values.iter().all(are_small),
        Value::Object(fields) => fields.values().all(are_small),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Whether the record, whose numbers are small, tells of what an experiment can bring about. Nobody's
/// totals overflow then, and no message has more bytes than passed.
fn is_sound(record: &Record) -> bool {
    match &record.what {
        What::Sent { message, .. } => is_whole(message),
        What::Changed(settings) => can_stand(settings),
        What::FaultTriggered(broken) => broken.fault.is_possible(),
        What::Dropped(dropped) => dropped.kept.iter().all(is_sound),
        What::Born { .. }
        | What::Visited { .. }
        | What::Opened { .. }
        | What::Routed { .. }
        | What::Closed { .. }
        | What::Passed { .. }
        | What::Arrived { .. }
        | What::Rescheduled { .. }
        | What::Lost { .. }
        | What::Released { .. }
        | What::Shown(_)
        | What::Client { .. }
        | What::Crowd(_)
        | What::Gauged(_)
        | What::Reset => true,
    }
}

fn is_whole(message: &Message) -> bool {
    message.bytes.total() <= message.end && message.events.is_none_or(|events| events.first <= events.last)
}

/// Whether these settings can stand like this: a division by what is nothing, or less, has no result.
fn can_stand(settings: &Settings) -> bool {
    (0.0..=10_000.0).contains(&settings.feed.rate)
        && settings.link.bandwidth != Some(0)
        && settings.faults.iter().all(|broken| broken.fault.is_possible())
}
