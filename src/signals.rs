//! How a program without a screen hears that it shall end.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a program politely.
#[derive(Debug)]
pub struct Signals([Signal; 3]);

impl Signals {
    /// Listens to SIGINT, SIGTERM and SIGHUP; from here on they end nothing by themselves.
    ///
    /// # Errors
    /// If the system refuses.
    pub fn new() -> io::Result<Self> {
        let [interrupt, terminate, hangup] =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
        Ok(Self([interrupt?, terminate?, hangup?]))
    }

    /// Waits for any of them, and returns its number. Cancel-safe.
    pub async fn next(&mut self) -> i32 {
        let [interrupt, terminate, hangup] = &mut self.0;
        let kind = tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt(),
            _ = terminate.recv() => SignalKind::terminate(),
            _ = hangup.recv() => SignalKind::hangup(),
        };
        kind.as_raw_value()
    }
}

/// Lets a write beyond the largest file that the system allows (`ulimit -f`) fail as any other does. Without
/// this SIGXFSZ would end the program, and leave the terminal as it was.
///
/// # Errors
/// If the system refuses.
pub fn survive_limits() -> io::Result<()> {
    // Nobody asks for the flag: that there is a handler at all is what makes the write return.
    signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))).map(|_| ())
}
