//! `wirelab serve`: the server alone, with its feed and its link, for curl, browsers and conformance
//! suites.

use std::process::ExitCode;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::FusedFuture as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::{Error, start_log};
use crate::lab::{Lab, Setup};
use crate::log;
use crate::model::Protocol;
use crate::outlet::{self, Outlet};
use crate::report::{self, Visitor};
use crate::server::Stats;
use crate::signals::Signals;
use crate::tell;
use crate::trace::{Collector, Keep, Trace};

/// How many requests for figures may wait for the trace; further ones wait to ask.
const ASKERS: usize = 16;

/// Serves until SIGINT, SIGTERM or SIGHUP. The server's address is the first line of stdout; the server does
/// not wait until somebody reads it. If nobody has at the end, stderr says so.
pub(super) async fn run(mut setup: Setup, log: Option<log::Plan>) -> Result<ExitCode, Error> {
    start_log(log.as_ref())?;
    setup.settings.on = [false; Protocol::COUNT];
    let mut signals = Signals::new()?;
    let (stats, asked) = questions();
    let outlet = Arc::new(Outlet::new(outlet::stdout()?)?);
    let (lab, collector) = Lab::start(setup, Some(stats)).await?;
    // Whether it is written is told below.
    drop(outlet.push(format!("http://{}\n", lab.address()).into_bytes()));
    let printing = Arc::clone(&outlet);
    let mut printed = spawn_blocking(move || printing.drain()).fuse();
    let ended = lab.ended();
    let outcome = tokio::select! {
        () = keep_trace(collector, asked) => Ok(()),
        () = ended.cancelled() => Ok(()),
        Ok(Err(error)) = &mut printed => Err(error),
        _ = signals.next() => Ok(()),
    };
    tell::hurry();
    outlet.hurry();
    lab.stop().await?;
    // Who could not read the address learns why; the server has served, all the same.
    if !printed.is_terminated()
        && let Ok(Err(error)) = printed.await
    {
        tell::error(format_args!("stdout: {error}"));
    }
    outcome.map_err(Error::Address)?;
    Ok(ExitCode::SUCCESS)
}

/// The hook for `GET /stats` and where its questions arrive. Written by connections, read by
/// [`keep_trace`]; a full channel makes them wait.
fn questions() -> (Stats, mpsc::Receiver<oneshot::Sender<String>>) {
    let (ask, asked) = mpsc::channel::<oneshot::Sender<String>>(ASKERS);
    let stats: Stats = Arc::new(move || {
        let ask = ask.clone();
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            // The trace is gone only while the program ends; nobody reads this answer then.
            let _ = ask.send(answer).await;
            answered.await.unwrap_or_default()
        })
    });
    (stats, asked)
}

/// Folds what happens into a trace and answers questions about it, for as long as there are recorders.
async fn keep_trace(mut collector: Collector, mut asked: mpsc::Receiver<oneshot::Sender<String>>) {
    let mut trace = Trace::keeping(Keep::LITTLE);
    loop {
        tokio::select! {
            open = collector.collect(&mut trace) => if !open { return },
            Some(answer) = asked.recv() => {
                collector.drain(&mut trace);
                // Whoever asked may have left.
                let _ = answer.send(report::stats_json(trace.tallies(), &Visitor::all(&trace)));
            }
        }
    }
}
