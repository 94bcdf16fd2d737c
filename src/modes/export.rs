//! `wirelab export`: a saved trace for other programs.

use std::fs;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use super::{Error, Refusal, print};
use crate::cli::ExportPlan;
use crate::cli::options::To;
use crate::saved::{self, Saved};
use crate::trace::Trace;
use crate::{export, file, outlet, tell, tui};

/// Writes what `plan` asks for into its file, or to stdout if it names none.
pub(super) fn run(plan: &ExportPlan) -> Result<ExitCode, Error> {
    let format = match plan.to {
        To::Csv => Some(export::Format::Csv),
        To::Json => Some(export::Format::Json),
        To::Mermaid => Some(export::Format::Mermaid),
        To::Pcapng => Some(export::Format::Pcapng),
        To::Har => Some(export::Format::Har),
        To::Svg => None,
    };
    if let (None, Some(format @ export::Format::Pcapng)) = (&plan.output, format)
        && io::stdout().is_terminal()
    {
        return Err(Refusal::NoText(format).into());
    }
    require_other_file(plan)?;
    let Saved { trace, cut, .. } = saved::open(&plan.file)?;
    cut.into_iter().for_each(tell::note);
    let mut content = Vec::new();
    match format {
        Some(format) => export::export(&trace, format, &mut content)?,
        None => content.extend(picture(&trace).into_bytes()),
    }
    let Some(path) = &plan.output else { return print(&content) };
    match file::write(path, &content) {
        // Of a fifo: a reader that has seen enough is no error.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Refusal::NoOutput { path: path.clone(), error }.into())
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Refuses to write into the trace that is read, under whichever of its names.
fn require_other_file(plan: &ExportPlan) -> Result<(), Error> {
    let Ok(trace) = fs::metadata(&plan.file) else { return Ok(()) };
    let (name, written) = match &plan.output {
        Some(path) => (format!("--output {}", path.display()), fs::metadata(path)),
        None => ("stdout".to_owned(), outlet::stdout()?.metadata()),
    };
    if written.is_ok_and(|written| file::is_same(&trace, &written)) {
        Err(Refusal::SameFile(name).into())
    } else {
        Ok(())
    }
}

/// The dashboard as it stood at last, in the size of a laptop's terminal.
fn picture(trace: &Trace) -> String {
    tui::svg(&tui::Projector::new(&tui::Options::default(), (120, 40)).screen(trace, trace.latest()))
}
