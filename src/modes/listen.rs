//! `wirelab listen`: one client alone against any server, one JSON line for each thing that it sees.
//!
//! ```text
//! {"type":"open"}
//! {"type":"event","id":"42","event":"message","data":"GOAL 2-1"}
//! {"type":"binary","hex":"00ff"}
//! {"type":"comment","text":""}
//! {"type":"gap","missed":7}
//! {"type":"received","count":3}
//! {"type":"reconnecting","why":"the stream ended","wait_ms":2000}
//! {"type":"closed","code":1000,"reason":"bye"}      the server closed
//! {"type":"error","why":"can't connect: Connection refused (os error 111)"}
//! ```

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::{mpsc, watch};
use tokio::task::{block_in_place, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{Error, on_signal};
use crate::cli::ListenPlan;
use crate::client::{self, Context, Controls, End, HeaderProfile, Report, Reporter};
use crate::clock::{Clock, Rate};
use crate::outlet::{self, Outlet};
use crate::websocket::close_code::is_clean;
use crate::{plain, tell};

/// Listens until it ends, or a signal ends it, and prints on stdout.
pub(super) async fn until_signalled(plan: ListenPlan) -> Result<ExitCode, Error> {
    let stop = CancellationToken::new();
    let told = stop.clone();
    on_signal(move |_| told.cancel())?;
    let outcome = run(plan, outlet::stdout()?, stop).await;
    if let Outcome::Unwritten(why) = &outcome {
        tell::error(format_args!("stdout: {why}"));
    }
    Ok(ExitCode::from(outcome.exit_code()))
}

/// How listening ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As planned: stopped, the time passed, the server closed cleanly, or nobody reads what is printed.
    Ended,
    /// The connection or the protocol failed; the last line says why.
    Failed,
    /// Not all that was seen could be printed, for this reason.
    Unwritten(String),
}

impl Outcome {
    /// The process's exit code.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Ended => 0,
            Self::Failed | Self::Unwritten(_) => 1,
        }
    }
}

/// Listens, and writes one line to `out` for each thing seen, flushed at once.
///
/// A reader of `out` that goes away ends it quietly; `stop` does so too. While one stands still the client
/// waits, and its server with it; it does not wait once `stop` is cancelled or the time has passed, for which
/// the runtime needs a second thread.
pub async fn run(plan: ListenPlan, out: impl Write + Send + 'static, stop: CancellationToken) -> Outcome {
    let outlet = match Outlet::new(out) {
        Ok(outlet) => Arc::new(outlet),
        Err(error) => return Outcome::Unwritten(error.to_string()),
    };
    let (clock, stop) = (Clock::new(Rate::LIFE), stop.child_token());
    let _ended_with_this = stop.clone().drop_guard();
    tokio::spawn(end_in_time(plan.duration, clock.clone(), stop.clone(), Arc::clone(&outlet)));
    let printer = Arc::new(Printer { outlet: Arc::clone(&outlet), clock: clock.clone() });
    let end = listen(&plan, context(&plan, &clock, reporter(&plan, &printer), stop)).await;
    match (spawn_blocking(move || outlet.drain()).await, end) {
        (Ok(Err(error)), _) if !error.is_broken_pipe() => Outcome::Unwritten(error.to_string()),
        (_, End::Stopped) => Outcome::Ended,
        (_, End::Closed { code, .. }) if code.is_none_or(is_clean) => Outcome::Ended,
        (_, End::Closed { .. } | End::Failed { .. }) => Outcome::Failed,
    }
}

/// Ends it all when the time has passed, `stop` is cancelled, or nobody reads; however the reader stands.
async fn end_in_time(time: Option<Duration>, clock: Clock, stop: CancellationToken, outlet: Arc<Outlet>) {
    let broken = outlet.broken();
    tokio::select! {
        () = stop.cancelled() => {}
        () = clock.sleep(time.unwrap_or(Duration::MAX)) => {}
        () = broken.cancelled() => {}
    }
    stop.cancel();
    outlet.hurry();
}

async fn listen(plan: &ListenPlan, context: Context) -> End {
    // Nothing is ever said, and the interval never changes; the senders live as long as the client.
    let (_say, messages) = mpsc::channel(1);
    let (_turn, poll_every) = watch::channel(plan.poll_every);
    if plan.echo {
        return client::echo::run(context).await;
    }
    let (keep_alive, presses) = (watch::channel(false).1, None);
    let controls = Controls { presses, keep_alive, poll_every, messages: Some(messages) };
    client::run(plan.protocol, context, controls).await
}

fn context(plan: &ListenPlan, clock: &Clock, report: Reporter, stop: CancellationToken) -> Context {
    let target = plan.target.clone();
    let mut headers = HeaderProfile::Minimal.headers(plan.protocol, &target.authority);
    headers.extend(plan.headers.clone());
    let context = Context::new(target, clock.clone(), report);
    let (last_event_id, reconnect) = (plan.last_event_id.clone(), plan.reconnect);
    Context { headers: headers.into(), last_event_id, reconnect, stop, ..context }
}

fn reporter(plan: &ListenPlan, printer: &Arc<Printer>) -> Reporter {
    let (printer, echo) = (Arc::clone(printer), plan.echo);
    Arc::new(move |report| {
        // What is echoed can be megabytes a case, and the peer sees it anyway.
        if !(echo && matches!(report, Report::Event { .. } | Report::Binary(_))) {
            printer.print(&report);
        }
    })
}

/// Writes lines until nobody reads them.
struct Printer {
    outlet: Arc<Outlet>,
    clock: Clock,
}

impl Printer {
    fn print(&self, report: &Report) {
        // A line is text and numbers, of which all are JSON.
        let line = serde_json::to_string(&self.line(report)).unwrap_or_default();
        let line = format!("{}\n", plain::json(&line)).into_bytes();
        // Once nobody reads, what is printed is of no use, and all of it ends.
        drop(waiting(|| self.outlet.push(line)));
    }

    fn line<'a>(&self, report: &'a Report) -> Line<'a> {
        match report {
            Report::Opened => Line::Open,
            Report::Event { id, kind, data } => Line::Event { id: id.as_deref(), event: kind, data },
            Report::Binary(bytes) => Line::Binary { hex: hex(bytes) },
            Report::Comment(text) => Line::Comment { text },
            Report::Gap(missed) => Line::Gap { missed: *missed },
            Report::Received(count) => Line::Received { count: *count },
            Report::Reconnecting { why, until, .. } => {
                let wait_ms = until.since(self.clock.now()).as_millis();
                Line::Reconnecting { why, wait_ms }
            }
            Report::Closed { code, reason } => Line::Closed { code: *code, reason },
            Report::Failed { why, .. } => Line::Error { why },
            Report::Queued => Line::Queued,
        }
    }
}

/// Does what may block this thread, without holding up other tasks where there are other threads.
fn waiting<T>(work: impl FnOnce() -> T) -> T {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |hex, byte| hex + &format!("{byte:02x}"))
}

/// A line as it is printed.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Open,
    Event { id: Option<&'a str>, event: &'a str, data: &'a str },
    Binary { hex: String },
    Comment { text: &'a str },
    Gap { missed: u64 },
    Received { count: u64 },
    Reconnecting { why: &'a str, wait_ms: u128 },
    Closed { code: Option<u16>, reason: &'a str },
    Error { why: &'a str },
    Queued,
}
