//! The `wirelab` command: parses, picks the mode, tells the exit code.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use wirelab::cli::options::Format;
use wirelab::cli::{self, ListenPlan, LogPlan, Plan, ReportPlan};
use wirelab::report::{self, ProgressBar, Report};
use wirelab::{listen, log, serve};

/// Bad input: nothing was started.
const BAD_INPUT: u8 = 2;
/// What a shell reports for a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(plan) => run(plan),
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("wirelab: error: {}", one_line(&format!("{error:#}")));
        ExitCode::from(if is_bad_input(&error) { BAD_INPUT } else { 1 })
    })
}

/// The text with its control characters escaped: an operand may hold a line end, or worse.
fn one_line(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

fn is_bad_input(error: &anyhow::Error) -> bool {
    error.is::<cli::Error>() || matches!(error.downcast_ref(), Some(report::Error::Start(_)))
}

fn run(plan: Plan) -> anyhow::Result<ExitCode> {
    match plan {
        Plan::Print(text) => print(&text),
        Plan::Report(plan) => runtime()?.block_on(measure(*plan)),
        Plan::Dashboard { .. } => bail!("this mode is not connected"),
        Plan::Serve { setup, log } => {
            start_log(log.as_ref())?;
            runtime()?.block_on(serve::run(*setup, std::io::stdout()))?;
            Ok(ExitCode::SUCCESS)
        }
        Plan::Listen(plan) => runtime()?.block_on(listen(plan)),
    }
}

fn start_log(plan: Option<&LogPlan>) -> Result<(), cli::Error> {
    plan.map_or(Ok(()), log::start)
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no runtime")
}

async fn listen(plan: ListenPlan) -> anyhow::Result<ExitCode> {
    let options = listen::Options {
        protocol: plan.protocol,
        url: plan.url.to_string(),
        last_event_id: plan.last_event_id,
        headers: plan
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
            .collect(),
        echo: plan.echo,
        duration: plan.span,
        reconnect: !plan.echo,
    };
    let stop = CancellationToken::new();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let interrupted = stop.clone();
    tokio::spawn(async move {
        interrupt.recv().await;
        interrupted.cancel();
    });
    let outcome = listen::run(options, std::io::stdout(), stop).await;
    Ok(ExitCode::from(outcome.exit_code()))
}

async fn measure(plan: ReportPlan) -> anyhow::Result<ExitCode> {
    start_log(plan.log.as_ref())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let interrupted = async move {
        interrupt.recv().await;
    };
    let stderr = std::io::stderr();
    let mut bar = stderr.is_terminal().then(|| ProgressBar::new(stderr));
    // A terminal that can't show the progress is no reason to stop measuring.
    let tell = |progress| drop(bar.as_mut().map(|bar| bar.draw(progress)));
    let report = report::measure(plan.setup, plan.span, tell, interrupted).await;
    drop(bar.as_mut().map(ProgressBar::finish));
    let report = report?;
    print(render(&report, plan.format)?.as_bytes())?;
    Ok(ExitCode::from(if report.conditions.partial { INTERRUPTED } else { 0 }))
}

fn render(report: &Report, format: Format) -> anyhow::Result<String> {
    Ok(match format {
        Format::Table => report::table(report),
        Format::Json => report::json(report),
        Format::Csv => report::csv(report)?,
        Format::Markdown => report::markdown(report),
    })
}

/// Writes to stdout; a reader that has seen enough is no error.
fn print(text: &[u8]) -> anyhow::Result<ExitCode> {
    match std::io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error).context("stdout"),
        _ => Ok(ExitCode::SUCCESS),
    }
}
