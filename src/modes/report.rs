//! `wirelab report`: the experiment in a table, with no screen.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Error, by_signal, on_signal, print, start_log};
use crate::cli::ReportPlan;
use crate::cli::options::Format;
use crate::outlet::{self, Outlet};
use crate::report::{self, Progress, Report};
use crate::saved::{self, Saved};
use crate::tell;

/// So long after the end of births, in real time, it is said that something is still waited for.
const OVERTIME: Duration = Duration::from_secs(3);

/// Measures, and prints the report; the exit code tells whether all that was claimed holds.
pub(super) async fn run(plan: ReportPlan) -> Result<ExitCode, Error> {
    start_log(plan.log.as_ref())?;
    let out = Arc::new(Outlet::new(outlet::stdout()?)?);
    let (interrupt, ended_by) = (CancellationToken::new(), Arc::new(OnceLock::new()));
    let (told, by, hurried) = (interrupt.clone(), Arc::clone(&ended_by), Arc::clone(&out));
    on_signal(move |signal| {
        by.get_or_init(|| signal);
        told.cancel();
        hurried.hurry();
    })?;
    let report = measure(&plan, &interrupt).await?;
    // Whether it is written is told below.
    drop(out.push(render(&report, plan.format)?.into_bytes()));
    let printed = tokio::task::spawn_blocking(move || out.drain()).await.map_err(std::io::Error::from)?;
    match (printed, ended_by.get()) {
        (Err(error), _) if error.is_broken_pipe() => {}
        (Err(error), Some(_)) => tell::error(format_args!("stdout: {error}")),
        (printed, _) => printed?,
    }
    Ok(match (&report, ended_by.get()) {
        (_, Some(signal)) => by_signal(*signal),
        _ if !report.conditions.partial && report.aftermath.is_as_claimed() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Plays the experiment, and says on stderr how far it is.
async fn measure(plan: &ReportPlan, interrupt: &CancellationToken) -> Result<Report, Error> {
    let mut bar = tell::Changing::new();
    let patience = OVERTIME.mul_f64(plan.setup.settings.rate.factor());
    let mut told = false;
    let tell = |progress: Progress| match (bar.as_mut(), progress.overtime(patience)) {
        (Some(bar), _) => bar.say(&progress.line()),
        (None, Some(left)) if !std::mem::replace(&mut told, true) => {
            let left = left.as_secs_f64();
            tell::aside(format_args!("waiting for what is late, for {left:.0} s of world time at most"));
        }
        (None, _) => {}
    };
    let (setup, scenario) = (plan.setup.clone(), plan.scenario.clone());
    let report = report::play(setup, plan.span, scenario, tell, interrupt.cancelled()).await;
    if let Some(bar) = bar {
        bar.wipe();
    }
    Ok(report?)
}

/// Reports on the trace in `file`.
pub(super) fn on_saved(file: &Path, format: Format) -> Result<ExitCode, Error> {
    let Saved { setup, trace, cut } = saved::open(file)?;
    let mut report = Report::of(&setup, &trace);
    report.conditions.partial = cut.is_some();
    let code = if cut.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    cut.into_iter().for_each(tell::note);
    print(render(&report, format)?.as_bytes())?;
    Ok(code)
}

fn render(report: &Report, format: Format) -> Result<String, Error> {
    Ok(match format {
        Format::Table => report::table(report),
        Format::Json => report::json(report),
        Format::Csv => report::csv(report)?,
        Format::Markdown => report::markdown(report),
    })
}
