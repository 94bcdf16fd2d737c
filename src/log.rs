//! The log: to a file and to the dashboard's log pane, never to the terminal that the dashboard draws on.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use crate::cli::{Error, LogPlan};
use crate::logbook::Logbook;

/// Writes what happens from now on into `book`, and appends it to the file of `plan`, if there is one.
///
/// # Errors
/// If the file can't be written or the filter can't be understood.
pub fn start(plan: Option<&LogPlan>, book: &Logbook) -> Result<(), Error> {
    let to_file = plan.map(file_layer).transpose()?;
    let ours = Targets::new().with_target("wirelab", LevelFilter::DEBUG).with_default(LevelFilter::WARN);
    tracing_subscriber::registry().with(to_file).with(book.clone().with_filter(ours)).init();
    Ok(())
}

fn file_layer<S>(plan: &LogPlan) -> Result<impl tracing_subscriber::Layer<S> + use<S>, Error>
where
    S: tracing::Subscriber + for<'span> tracing_subscriber::registry::LookupSpan<'span>,
{
    let LogPlan { path, filter } = plan;
    let rules = EnvFilter::try_new(filter)
        .map_err(|error| Error::LogFilter { filter: filter.clone(), why: error.to_string() })?;
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .map_err(|error| Error::Log { path: path.clone(), error })?;
    let to_file = tracing_subscriber::fmt::layer()
        .with_writer(Mutex::new(file))
        .with_ansi(false)
        .with_span_events(FmtSpan::NONE);
    Ok(to_file.with_filter(rules))
}
