//! The log: to a file, never to the terminal that the dashboard draws on.

use std::fs::OpenOptions;
use std::sync::Mutex;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::cli::{Error, LogPlan};

/// Appends what happens from now on to the file of `plan`.
///
/// # Errors
/// If the file can't be written or the filter can't be understood.
pub fn start(plan: &LogPlan) -> Result<(), Error> {
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
    tracing_subscriber::registry().with(rules).with(to_file).init();
    Ok(())
}
