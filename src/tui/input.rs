//! Keys, the mouse, resizes and signals, in one queue.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use std::{process, thread};

use crossterm::event::{self, Event};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::iterator::{Handle, Signals};

use super::terminal;

/// How much may wait for the loop: more than anyone types between two frames. A paste is longer; it
/// waits in the terminal.
const CAPACITY: usize = 256;

/// How long the reader takes to notice that nobody listens any more.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long the loop may take to end by a signal; the program promises a second.
const GRACE: Duration = Duration::from_millis(800);

/// Something from outside.
#[derive(Debug)]
pub(super) enum Input {
    /// From the terminal.
    Event(Event),
    /// A signal's number.
    Signal(i32),
    /// The terminal can't be read any more.
    Closed(io::Error),
}

/// Reads the terminal and the signals on two threads, until dropped.
pub(super) struct Inputs {
    /// Written by the two threads, which wait when it is full; read by the loop.
    pub(super) queue: Receiver<Input>,
    stop: Arc<AtomicBool>,
    signals: Handle,
}

impl Inputs {
    /// Starts to read.
    ///
    /// # Errors
    /// If a thread or a signal handler can't be set up.
    pub(super) fn start() -> io::Result<Self> {
        let (sender, queue) = sync_channel(CAPACITY);
        let stop = Arc::new(AtomicBool::new(false));
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGCONT])?;
        let inputs = Self { queue, stop: Arc::clone(&stop), signals: signals.handle() };
        let (of_signals, ended) = (sender.clone(), Arc::clone(&stop));
        let catch = move || {
            for signal in &mut signals {
                pass_on(signal, &of_signals, &ended);
            }
        };
        thread::Builder::new().name("signals".to_owned()).spawn(catch)?;
        // The first look is what makes crossterm hear of resizes. Left to the thread, it may come after the first frame,
        // and a resize in between would leave the picture as it is. The thread tells of an error.
        drop(event::poll(Duration::ZERO));
        thread::Builder::new().name("keys".to_owned()).spawn(move || read(&sender, &stop))?;
        Ok(inputs)
    }
}

impl Drop for Inputs {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.signals.close();
    }
}

/// Tells the loop of a signal. Where the loop does not end by a signal that should end it, because the
/// terminal takes no bytes and its frame hangs, the program ends without it.
fn pass_on(signal: i32, sender: &SyncSender<Input>, ended: &AtomicBool) {
    // A full queue means that the loop hangs, or will look again soon.
    let _ = sender.try_send(Input::Signal(signal));
    if !matches!(signal, SIGTSTP | SIGCONT) {
        thread::sleep(GRACE);
        if !ended.load(Ordering::Relaxed) {
            terminal::abandon();
            process::exit(128 + signal);
        }
    }
}

fn read(sender: &SyncSender<Input>, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let input = match event::poll(PATIENCE) {
            Ok(false) => continue,
            Ok(true) => event::read(),
            Err(error) => Err(error),
        };
        let end = input.is_err();
        let input = input.map_or_else(Input::Closed, Input::Event);
        if sender.send(input).is_err() || end {
            return;
        }
    }
}
