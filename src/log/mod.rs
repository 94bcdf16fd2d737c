//! The log: to a file and to the dashboard's log pane, never to the terminal that the dashboard draws on.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::{plain, tell};

mod book;

pub use book::{Entry, Logbook};

/// Where to log, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The file, which is appended to.
    pub path: PathBuf,
    /// As `RUST_LOG` says it.
    pub filter: String,
    /// Who said so.
    pub said: Names,
}

/// What the options of the log are called where they were said: flags, or environment variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The file's.
    pub path: String,
    /// The filter's.
    pub filter: String,
}

impl Plan {
    /// What is logged when nothing is said.
    pub const FILTER: &str = "info";
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file's name means no file.
    #[error("{0}")]
    NoFile(String),
    /// The log can't be written.
    #[error("{said} {path}: {error}; try a file in a directory that you can write to")]
    Unwritable {
        /// The flag or the variable that named it.
        said: String,
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The log's filter can't be understood.
    #[error("{said} {filter}: {why}; try info, or wirelab::link=trace")]
    Filter {
        /// The flag or the variable that said it.
        said: String,
        /// The filter.
        filter: String,
        /// Why.
        why: String,
    },
}

/// Writes what happens from now on into `book`, and appends it to the file of `plan`, if there is one. A file
/// that can't be written further ends there; the book says so, and stderr if it is `told` there.
///
/// # Errors
/// If the file can't be written or the filter can't be understood.
pub fn start(plan: Option<&Plan>, book: &Logbook, told: bool) -> Result<(), Error> {
    let to_file = plan.map(|plan| file_layer(plan, book.clone(), told)).transpose()?;
    let ours = Targets::new().with_target("wirelab", LevelFilter::DEBUG).with_default(LevelFilter::WARN);
    tracing_subscriber::registry().with(to_file).with(book.clone().with_filter(ours)).init();
    Ok(())
}

fn file_layer<S>(
    plan: &Plan,
    book: Logbook,
    told: bool,
) -> Result<impl tracing_subscriber::Layer<S> + use<S>, Error>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    let Plan { path, filter, said } = plan;
    if path.as_os_str() == "-" {
        let why = format!("{} - is no file, and a log needs one; try {} wirelab.log", said.path, said.path);
        return Err(Error::NoFile(why));
    }
    let rules = EnvFilter::try_new(filter).map_err(|error| Error::Filter {
        said: said.filter.clone(),
        filter: filter.clone(),
        why: error.to_string(),
    })?;
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| Error::Unwritable { said: said.path.clone(), path: path.clone(), error })?;
    let to_file = tracing_subscriber::fmt::layer()
        .with_writer(Mutex::new(Records { out: Some(file), path: path.clone(), book, told }))
        .with_ansi(false)
        .log_internal_errors(false)
        .with_span_events(FmtSpan::NONE);
    Ok(to_file.with_filter(rules))
}

/// Writes records, a line each, until the file takes no more: a log with a gap would be a lie.
struct Records<W> {
    out: Option<W>,
    path: PathBuf,
    book: Logbook,
    told: bool,
}

impl<W: Write> Write for Records<W> {
    /// Takes a whole record.
    fn write(&mut self, record: &[u8]) -> io::Result<usize> {
        if let Some(out) = &mut self.out
            && let Err(error) = write_line(out, record)
        {
            self.out = None;
            let said = format!("the log in {} ends here: {error}", self.path.display());
            if self.told {
                tell::aside(&said);
            }
            self.book.lose_file(&said);
        }
        Ok(record.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_line(out: &mut impl Write, record: &[u8]) -> io::Result<()> {
    let record = String::from_utf8_lossy(record);
    let line = plain::line(record.trim_end_matches('\n'));
    out.write_all(format!("{line}\n").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records<W>(out: W, book: &Logbook) -> Records<W> {
        Records { out: Some(out), path: PathBuf::from("run.log"), book: book.clone(), told: false }
    }

    #[test]
    fn a_record_is_a_line_whatever_it_says() {
        let mut records = records(Vec::new(), &Logbook::default());
        records.write_all("WARN why=\u{1b}[2J\nERROR \u{202e}forged\n".as_bytes()).unwrap();
        let written = records.out.map(String::from_utf8);
        assert_eq!(written, Some(Ok("WARN why=\\u{1b}[2J\\nERROR \\u{202e}forged\n".to_owned())));
    }

    #[test]
    fn a_file_that_takes_no_more_is_told_once_and_ends_there() {
        let book = Logbook::default();
        let mut room = [0_u8; 20];
        let mut records = records(&mut room[..], &book);
        for line in ["the first record\n", "the second record\n", "c\n"] {
            records.write_all(line.as_bytes()).unwrap();
        }
        assert!(book.has_lost_its_file());
        let told = book.newest(10, |_| true);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].text, "the log in run.log ends here: failed to write whole buffer");
    }
}
