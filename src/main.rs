//! The `wirelab` command: parses, picks the mode, tells the exit code.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use wirelab::cli::options::{Color, Format, TableFormat, Theme, To};
use wirelab::cli::{self, ExportPlan, LogPlan, Plan, ReportPlan, Screen};
use wirelab::clock::Clock;
use wirelab::lab::{self, Lab, Setup};
use wirelab::logbook::Logbook;
use wirelab::report::{self, Progress, ProgressBar, Report};
use wirelab::saved::{self, Saved};
use wirelab::scenario::Scenario;
use wirelab::signals::{self, Signals};
use wirelab::trace::Trace;
use wirelab::{export, listen, log, serve, tui};

/// Bad input: nothing was started.
const BAD_INPUT: u8 = 2;
/// So long after the end of births, in real time, it is said that something is still waited for.
const OVERTIME: Duration = Duration::from_secs(3);
/// What a shell reports for a program that SIGINT ended.
const INTERRUPTED: u8 = 130;

fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(plan) => run(plan),
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("wirelab: error: {}", one_line(&causes(&error)));
        ExitCode::from(if is_bad_input(&error) { BAD_INPUT } else { 1 })
    })
}

/// The error and its causes, each said once: some messages quote their cause.
fn causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        _ if said.contains(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

/// The text with its control characters escaped: an operand may hold a line end, or worse.
fn one_line(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

fn is_bad_input(error: &anyhow::Error) -> bool {
    error.is::<cli::Error>()
        || error.is::<NoTerminal>()
        || matches!(error.downcast_ref(), Some(lab::Error::Listen { .. }))
        || matches!(error.downcast_ref(), Some(serve::Error::Lab(lab::Error::Listen { .. })))
        || matches!(error.downcast_ref(), Some(report::Error::Start(_)))
        || error.is::<saved::NotShown>()
        || error.is::<NoText>()
        || error.is::<NoOutput>()
        || error.is::<SameFile>()
}

fn run(plan: Plan) -> anyhow::Result<ExitCode> {
    signals::survive_limits()?;
    if !matches!(plan, Plan::Print(_) | Plan::ReportOn { .. } | Plan::Export(_)) {
        lab::make_room_for_program()?;
    }
    match plan {
        Plan::Print(text) => print(&text),
        Plan::Report(plan) => block_on(measure(*plan)),
        Plan::Dashboard { setup, screen, scenario, log } => {
            require_terminal()?;
            let logbook = Logbook::default();
            log::start(log.as_ref(), &logbook)?;
            dashboard(*setup, screen, *scenario, logbook)
        }
        Plan::Serve { setup, log } => {
            start_log(log.as_ref())?;
            block_on(async { Ok(serve::run(*setup, std::io::stdout()).await?) })?;
            Ok(ExitCode::SUCCESS)
        }
        Plan::Listen(options) => block_on(listen(*options)),
        Plan::Faults(format) => block_on(faults(format)),
        Plan::ReportOn { file, format } => {
            let Saved { setup, trace, cut } = saved::open(&file)?;
            warn(cut);
            print(render(&Report::of(&setup, &trace), format)?.as_bytes())
        }
        Plan::Export(plan) => export(&plan),
        Plan::Open { file, screen, log } => {
            require_terminal()?;
            start_log(log.as_ref())?;
            open(&file, screen)
        }
    }
}

/// Starts the log, if anybody asked for one.
fn start_log(plan: Option<&LogPlan>) -> Result<(), cli::Error> {
    plan.map_or(Ok(()), |plan| log::start(Some(plan), &Logbook::default()))
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| anyhow!("no runtime: {error}"))
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = runtime()?;
    let outcome = runtime.block_on(work);
    // The lookup of a server's name can't be cancelled, and nobody waits for it any more.
    runtime.shutdown_background();
    outcome
}

/// Refuses to draw where nobody could see it.
fn require_terminal() -> Result<(), NoTerminal> {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    let here = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    if here && !dumb { Ok(()) } else { Err(NoTerminal { dumb: here }) }
}

/// There is no terminal to draw on.
#[derive(Debug, thiserror::Error)]
#[error("{}; try `wirelab report`, which needs no screen", if *.dumb { "this terminal can't place text (TERM is dumb or not set)" } else { "stdin and stdout are no terminal" })]
struct NoTerminal {
    /// Whether there is a terminal, but one that can't place text.
    dumb: bool,
}

fn dashboard(setup: Setup, screen: Screen, scenario: Scenario, logbook: Logbook) -> anyhow::Result<ExitCode> {
    let runtime = runtime()?;
    let setup = Setup { capture: true, ..setup };
    let (lab, collector) = runtime.block_on(Lab::start(setup.clone(), None))?;
    logbook.attach(lab.clock().clone());
    let session = tui::Session {
        clock: lab.clock().clone(),
        setup,
        scenario,
        logbook,
        source: tui::Source::Lab { collector, commands: lab.commands(), ended: lab.ended() },
        options: look(screen),
    };
    let ending = tui::run(session);
    let stopped = runtime.block_on(lab.stop());
    runtime.shutdown_background();
    // What broke the lab is the cause of whatever the screen says.
    stopped?;
    Ok(exit_code(ending?))
}

fn exit_code(ending: tui::Ending) -> ExitCode {
    match ending {
        tui::Ending::Quit | tui::Ending::LabEnded => ExitCode::SUCCESS,
        tui::Ending::Signal(signal) => ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX)),
    }
}

/// Says on stderr where a file stops being readable.
fn warn(cut: Option<saved::Cut>) {
    if let Some(cut) = cut {
        eprintln!("wirelab: {}", one_line(&cut.to_string()));
    }
}

/// Packets are no text.
#[derive(Debug, thiserror::Error)]
#[error("--to {0} is no text for a terminal; try --output FILE")]
struct NoText(export::Format);

/// The file can't be written.
#[derive(Debug, thiserror::Error)]
#[error("--output {}: {error}; try a file in a directory that you can write to", path.display())]
struct NoOutput {
    path: PathBuf,
    error: std::io::Error,
}

/// The export would overwrite the trace.
#[derive(Debug, thiserror::Error)]
#[error("--output {} is the trace itself; try another file", .0.display())]
struct SameFile(PathBuf);

fn is_same_file(one: &Path, other: &Path) -> bool {
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn export(plan: &ExportPlan) -> anyhow::Result<ExitCode> {
    let format = match plan.to {
        To::Csv => Some(export::Format::Csv),
        To::Json => Some(export::Format::Json),
        To::Mermaid => Some(export::Format::Mermaid),
        To::Pcapng => Some(export::Format::Pcapng),
        To::Har => Some(export::Format::Har),
        To::Svg => None,
    };
    if let (None, Some(format @ export::Format::Pcapng)) = (&plan.output, format)
        && std::io::stdout().is_terminal()
    {
        return Err(NoText(format).into());
    }
    if let Some(path) = plan.output.as_ref().filter(|path| is_same_file(path, &plan.file)) {
        return Err(SameFile(path.clone()).into());
    }
    let Saved { trace, cut, .. } = saved::open(&plan.file)?;
    warn(cut);
    let mut content = Vec::new();
    match format {
        Some(format) => export::export(&trace, format, &mut content)?,
        None => content.extend(picture(&trace).into_bytes()),
    }
    match &plan.output {
        None => print(&content),
        Some(path) => {
            std::fs::write(path, content).map_err(|error| NoOutput { path: path.clone(), error })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The dashboard as it stood at last, in the size of a laptop's terminal.
fn picture(trace: &Trace) -> String {
    tui::svg(&tui::Projector::new(&tui::Options::default(), (120, 40)).screen(trace, trace.latest()))
}

/// Shows a saved trace with every view and no sockets.
fn open(file: &Path, screen: Screen) -> anyhow::Result<ExitCode> {
    let Saved { setup, trace, cut } = saved::open(file)?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let session = tui::Session {
        clock: Clock::frozen_at(trace.latest()),
        setup,
        scenario: Scenario::default(),
        logbook: Logbook::default(),
        source: tui::Source::Saved { trace: Box::new(trace), name, note: cut.map(|cut| cut.to_string()) },
        options: look(screen),
    };
    Ok(exit_code(tui::run(session)?))
}

/// How the screen looks: what was asked for, else what the environment describes.
fn look(screen: Screen) -> tui::Options {
    let detected = tui::Options::detect(|name| std::env::var(name).ok());
    tui::Options {
        theme: match screen.theme {
            Theme::Dark => tui::ThemeName::Dark,
            Theme::Light => tui::ThemeName::Light,
            Theme::HighContrast => tui::ThemeName::Contrast,
            Theme::Mono => tui::ThemeName::Mono,
        },
        color: match screen.color {
            Color::Auto => detected.color,
            Color::Always => tui::ColorDepth::True,
            Color::Never => tui::ColorDepth::None,
            Color::Palette => tui::ColorDepth::Ansi256,
            Color::Sixteen => tui::ColorDepth::Ansi16,
        },
        ascii: screen.ascii || detected.ascii,
        mouse: screen.mouse,
        window: screen.window,
        keep: screen.keep,
        ..detected
    }
}

async fn listen(options: listen::Options) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::new()?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        signals.next().await;
        told.cancel();
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
    let patience = OVERTIME.mul_f64(plan.setup.knobs.rate.factor());
    let mut told = false;
    // A terminal that can't show the progress is no reason to stop measuring.
    let tell = |progress: Progress| match (bar.as_mut(), progress.overtime(patience)) {
        (Some(bar), _) => drop(bar.draw(progress)),
        (None, Some(left)) if !std::mem::replace(&mut told, true) => {
            let left = left.as_secs_f64();
            eprintln!("wirelab: waiting for what is late, for {left:.0} s of world time at most");
        }
        (None, _) => {}
    };
    let report = report::play(plan.setup, plan.span, plan.scenario, tell, interrupted).await;
    drop(bar.as_mut().map(ProgressBar::finish));
    let report = report?;
    print(render(&report, plan.format)?.as_bytes())?;
    Ok(match &report {
        _ if report.conditions.partial => ExitCode::from(INTERRUPTED),
        _ if report.aftermath.is_as_claimed() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Breaks everything, one after the other.
async fn faults(format: TableFormat) -> anyhow::Result<ExitCode> {
    let stderr = std::io::stderr();
    let shown = stderr.is_terminal();
    let faults = report::faults::measure(|done, all| {
        if shown {
            eprint!("\r{done} of {all} experiments");
        }
    })
    .await?;
    if shown {
        eprint!("\r{:40}\r", "");
    }
    let text = match format {
        TableFormat::Table => report::faults::table(&faults),
        TableFormat::Markdown => report::faults::markdown(&faults),
        TableFormat::Json => report::faults::json(&faults),
    };
    print(text.as_bytes())?;
    Ok(if faults.agree() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
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
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(anyhow!("stdout: {error}")),
        _ => Ok(ExitCode::SUCCESS),
    }
}
