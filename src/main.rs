//! The `wirelab` command: parses, picks the mode, tells the exit code.

mod exporting;

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use wirelab::cli::options::{Color, Format, TableFormat, Theme};
use wirelab::cli::{self, LogPlan, Plan, ReportPlan, Screen};
use wirelab::clock::Clock;
use wirelab::lab::{self, Lab, Setup};
use wirelab::logbook::Logbook;
use wirelab::outlet::{self, Outlet};
use wirelab::report::{self, Progress, Report};
use wirelab::saved::{self, Saved};
use wirelab::scenario::Scenario;
use wirelab::signals::{self, Signals};
use wirelab::{listen, log, serve, tell, tui};

/// Bad input: nothing was started.
const BAD_INPUT: u8 = 2;
/// So long after the end of births, in real time, it is said that something is still waited for.
const OVERTIME: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    let outcome = match cli::parse(std::env::args_os()) {
        Ok(plan) => run(plan),
        Err(error) => Err(error.into()),
    };
    let code = outcome.unwrap_or_else(|error| {
        tell::error(causes(&error));
        ExitCode::from(if is_bad_input(&error) { BAD_INPUT } else { 1 })
    });
    tell::wait();
    code
}

/// The error and its causes, each said once: some messages quote their cause.
fn causes(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        _ if said.contains(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

fn is_bad_input(error: &anyhow::Error) -> bool {
    error.is::<cli::Error>()
        || error.is::<NoTerminal>()
        || matches!(error.downcast_ref(), Some(lab::Error::Listen { .. }))
        || matches!(error.downcast_ref(), Some(serve::Error::Lab(lab::Error::Listen { .. })))
        || matches!(error.downcast_ref(), Some(report::Error::Start(_)))
        || error.is::<saved::NotShown>()
        || error.is::<exporting::Refusal>()
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
            log::start(log.as_ref(), &logbook, false)?;
            dashboard(*setup, screen, *scenario, logbook)
        }
        Plan::Serve { setup, log } => {
            start_log(log.as_ref())?;
            block_on(async { Ok(serve::run(*setup, outlet::stdout()?).await?) })?;
            Ok(ExitCode::SUCCESS)
        }
        Plan::Listen(options) => block_on(listen(*options)),
        Plan::Faults(format) => block_on(faults(format)),
        Plan::ReportOn { file, format } => {
            let Saved { setup, trace, cut } = saved::open(&file)?;
            let mut report = Report::of(&setup, &trace);
            report.conditions.partial = cut.is_some();
            let code = if cut.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            cut.into_iter().for_each(tell::note);
            print(render(&report, format)?.as_bytes())?;
            Ok(code)
        }
        Plan::Export(plan) => match exporting::export(&plan)? {
            Some(content) => print(&content),
            None => Ok(ExitCode::SUCCESS),
        },
        Plan::Open { file, screen, log } => {
            require_terminal()?;
            let logbook = Logbook::default();
            if log.is_some() {
                log::start(log.as_ref(), &logbook, false)?;
            }
            open(&file, screen, logbook)
        }
    }
}

/// Starts the log, if anybody asked for one.
fn start_log(plan: Option<&LogPlan>) -> Result<(), cli::Error> {
    plan.map_or(Ok(()), |plan| log::start(Some(plan), &Logbook::default(), true))
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
    // The lookup of a server's name can't be cancelled, and nobody waits for it any more. Signals are heard
    // until the program has said its last word.
    std::mem::forget(runtime);
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
        tui::Ending::Signal(signal) => by_signal(signal),
    }
}

/// What a shell reports for a program that this signal ended.
fn by_signal(signal: i32) -> ExitCode {
    ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX))
}

/// Shows a saved trace with every view and no sockets.
fn open(file: &Path, screen: Screen, logbook: Logbook) -> anyhow::Result<ExitCode> {
    let Saved { setup, trace, cut } = saved::open(file)?;
    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned();
    let session = tui::Session {
        clock: Clock::frozen_at(trace.latest()),
        setup,
        scenario: Scenario::default(),
        logbook,
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

/// Calls `act` with the number of the first signal that asks the program to end.
fn on_signal(act: impl FnOnce(i32) + Send + 'static) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    tokio::spawn(async move {
        let signal = signals.next().await;
        tell::hurry();
        act(signal);
    });
    Ok(())
}

async fn listen(options: listen::Options) -> anyhow::Result<ExitCode> {
    let stop = CancellationToken::new();
    let told = stop.clone();
    on_signal(move |_| told.cancel())?;
    let outcome = listen::run(options, outlet::stdout()?, stop).await;
    if let listen::Outcome::Unwritten(why) = &outcome {
        tell::error(format_args!("stdout: {why}"));
    }
    Ok(ExitCode::from(outcome.exit_code()))
}

async fn measure(plan: ReportPlan) -> anyhow::Result<ExitCode> {
    start_log(plan.log.as_ref())?;
    let out = Arc::new(Outlet::new(outlet::stdout()?)?);
    let (interrupt, ended_by) = (CancellationToken::new(), Arc::new(OnceLock::new()));
    let (told, by, hurried) = (interrupt.clone(), Arc::clone(&ended_by), Arc::clone(&out));
    on_signal(move |signal| {
        by.get_or_init(|| signal);
        told.cancel();
        hurried.hurry();
    })?;
    let mut bar = tell::Changing::new();
    let patience = OVERTIME.mul_f64(plan.setup.knobs.rate.factor());
    let mut told = false;
    let tell = |progress: Progress| match (bar.as_mut(), progress.overtime(patience)) {
        (Some(bar), _) => bar.say(&progress.line()),
        (None, Some(left)) if !std::mem::replace(&mut told, true) => {
            let left = left.as_secs_f64();
            tell::aside(format_args!("waiting for what is late, for {left:.0} s of world time at most"));
        }
        (None, _) => {}
    };
    let report = report::play(plan.setup, plan.span, plan.scenario, tell, interrupt.cancelled()).await;
    if let Some(bar) = bar {
        bar.wipe();
    }
    let report = report?;
    // Whether it is written is told below.
    drop(out.push(render(&report, plan.format)?.into_bytes()));
    let printed = spawn_blocking(move || out.drain()).await?;
    match (printed, ended_by.get()) {
        (Err(error), _) if error.is_broken_pipe() => {}
        (Err(error), Some(_)) => tell::error(format_args!("stdout: {error}")),
        (printed, _) => printed.context("stdout")?,
    }
    Ok(match (&report, ended_by.get()) {
        (_, Some(signal)) => by_signal(*signal),
        _ if !report.conditions.partial && report.aftermath.is_as_claimed() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Breaks everything, one after the other.
async fn faults(format: TableFormat) -> anyhow::Result<ExitCode> {
    let mut line = tell::Changing::new();
    let faults = report::faults::measure(|done, all| {
        if let Some(line) = &mut line {
            line.say(&format!("{done} of {all} experiments"));
        }
    })
    .await?;
    if let Some(line) = line {
        line.wipe();
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
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text).and_then(|()| stdout.flush()).map_err(outlet::Error::from) {
        Err(error) if !error.is_broken_pipe() => Err(anyhow!("stdout: {error}")),
        _ => Ok(ExitCode::SUCCESS),
    }
}
