//! The terminal, taken and given back: all of its modes in one place.
//!
//! Whoever ends the program, in whatever way, calls [`leave`], as often as they like: it restores once.
//! Frames go through [`write`], under the same lock, so none can follow the restoration.

use std::io::{self, Write as _};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    self, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
};
use crossterm::{cursor, queue};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

/// What was entered, and has to be left.
#[derive(Clone, Copy)]
struct Entered {
    mouse: bool,
}

/// The terminal's state. Written by the ui thread, and by the panic hook of any thread.
static STATE: Mutex<Option<Entered>> = Mutex::new(None);

/// Whether any thread has panicked since the hook was set.
static PANICKED: AtomicBool = AtomicBool::new(false);

fn state() -> MutexGuard<'static, Option<Entered>> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Restores the terminal when dropped.
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        // Nobody is left to tell if the terminal is gone.
        let _ = leave();
    }
}

/// Takes the terminal: alternate screen, raw mode, no cursor, marked pastes, and the mouse if wanted.
///
/// # Errors
/// If the terminal can't be written to or has no raw mode; it is restored then.
pub(super) fn enter(mouse: bool) -> io::Result<Guard> {
    hook_panics();
    let guard = Guard;
    let mut state = state();
    // Set first, so that the guard restores a terminal that was half entered.
    *state = Some(Entered { mouse });
    let entered = take(mouse);
    drop(state);
    entered.map(|()| guard)
}

fn take(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    let mut bytes = Vec::new();
    queue!(bytes, EnterAlternateScreen, cursor::Hide, EnableBracketedPaste, Clear(ClearType::All))?;
    if mouse {
        queue!(bytes, EnableMouseCapture)?;
    }
    send(&bytes)
}

/// Gives the terminal back as it was; does nothing if that was done.
///
/// # Errors
/// If the terminal is gone.
pub(super) fn leave() -> io::Result<()> {
    restore(&mut state())
}

fn restore(state: &mut Option<Entered>) -> io::Result<()> {
    let Some(Entered { mouse }) = state.take() else { return Ok(()) };
    let mut bytes = Vec::new();
    queue!(bytes, EndSynchronizedUpdate, crossterm::style::ResetColor)?;
    bytes.extend_from_slice(b"\x1b[0m");
    if mouse {
        queue!(bytes, DisableMouseCapture)?;
    }
    queue!(bytes, DisableBracketedPaste, cursor::Show, LeaveAlternateScreen)?;
    let sent = send(&bytes);
    terminal::disable_raw_mode().and(sent)
}

/// Leaves and enters again: after the shell has had the terminal.
///
/// # Errors
/// As [`enter`] and [`leave`].
pub(super) fn reenter() -> io::Result<()> {
    let mut state = state();
    let entered = *state;
    restore(&mut state)?;
    let Some(entered) = entered else { return Ok(()) };
    *state = Some(entered);
    take(entered.mouse)
}

/// Whether there is a shell that would wake us again: none waits for a program that leads its session, as in a
/// terminal window or a container of its own.
pub(super) fn can_suspend() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Gives the terminal to the shell until it wakes us again. `with_job` stops the whole job, as the terminal's own
/// Ctrl-Z would: a script that waits for us would wait on.
///
/// # Errors
/// As [`enter`] and [`leave`].
pub(super) fn suspend(with_job: bool) -> io::Result<()> {
    let mut state = state();
    let entered = *state;
    restore(&mut state)?;
    if with_job {
        // Our own handler only takes note of it.
        kill_current_process_group(Signal::TSTP)?;
    }
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
    let Some(entered) = entered else { return Ok(()) };
    *state = Some(entered);
    take(entered.mouse)
}

/// Gives back what can be given back without writing: a terminal that takes no bytes would block.
pub(super) fn abandon() {
    let _ = terminal::disable_raw_mode();
}

/// Writes one frame, at once. A terminal that was given back gets nothing.
///
/// # Errors
/// If the terminal is gone.
pub(super) fn write(frame: &[u8]) -> io::Result<()> {
    let state = state();
    if state.is_some() { send(frame) } else { Ok(()) }
}

/// Gives `text` to the terminal's clipboard (OSC 52). A terminal without one ignores it.
///
/// # Errors
/// If the terminal is gone.
pub(super) fn copy(text: &str) -> io::Result<()> {
    let mut bytes = Vec::new();
    queue!(bytes, CopyToClipboard::to_clipboard_from(text))?;
    write(&bytes)
}

fn send(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Whether a thread has panicked: the terminal is restored, and the program must end.
pub(super) fn panicked() -> bool {
    PANICKED.load(Ordering::Acquire)
}

/// Whether the terminal is gone. crossterm spins and says nothing then, so the loop asks from time to
/// time.
pub(super) fn is_gone() -> bool {
    terminal::window_size().is_err()
}

/// The terminal's columns and rows; nothing if it is gone, or does not know.
pub(super) fn size() -> Option<(u16, u16)> {
    let size = terminal::window_size().ok()?;
    (size.columns > 0 && size.rows > 0).then_some((size.columns, size.rows))
}

/// Lets a panic of any thread restore the terminal before its message is printed.
fn hook_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            restore_in_panic();
            PANICKED.store(true, Ordering::Release);
            print(info);
        }));
    });
}

/// Waits a little for a frame that is being written, but never for a lock that this very thread holds.
fn restore_in_panic() {
    for _ in 0..100 {
        match STATE.try_lock() {
            Ok(mut state) => {
                let _ = restore(&mut state);
                return;
            }
            Err(TryLockError::Poisoned(poisoned)) => {
                let _ = restore(&mut poisoned.into_inner());
                return;
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}
