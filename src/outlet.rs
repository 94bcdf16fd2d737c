//! A way out of the program whose reader may stand still.
//!
//! ```text
//!  push ─▸ [ what waits, at most FULL bytes ] ─▸ thread ─▸ write, flush
//!    └── waits when it is full ──┘                           │
//!  drain ◂────────────── all is written, or nobody reads ◂───┘
//! ```
//!
//! A write to a pipe or a terminal lasts until its reader takes the bytes, perhaps for ever. So a thread
//! does it, which nobody has to wait for. Whoever writes faster than is read waits in [`Outlet::push`]. Once
//! the program is to end ([`Outlet::hurry`]), nobody waits for a reader that takes nothing for [`GRACE`]; one
//! that is only slow gets everything.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long a program that is to end waits for a reader that takes nothing.
pub const GRACE: Duration = Duration::from_secs(1);

/// How many bytes may wait to be written; a text that is longer waits alone.
const FULL: usize = 256 * 1024;

/// How much is written at once, in bytes: whoever reads so much in [`GRACE`] does not stand still.
const PIECE: usize = 4096;

/// Why not all is written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It can't be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Nobody took it in time.
    #[error("nobody is reading it; {0} bytes were not written")]
    Stalled(usize),
}

impl Error {
    /// Whether its reader went away, as one does that has seen enough.
    #[must_use]
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

/// Stdout as a way out. It has no buffer: what were in one at the end would be written while the program
/// exits, and wait for its reader.
///
/// # Errors
/// If the system has no file descriptor left.
pub fn stdout() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// Writes texts in their order, on a thread of its own.
#[derive(Debug)]
pub struct Outlet {
    shared: Arc<Shared>,
}

/// Written by [`Outlet::push`], which waits when it is full; read by the thread.
#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    broken: CancellationToken,
}

#[derive(Debug, Default)]
struct State {
    texts: VecDeque<Vec<u8>>,
    /// The bytes of `texts`, and of the text that is being written.
    waiting: usize,
    /// How many pieces were written: changes as long as somebody reads.
    taken: u64,
    patience: Patience,
    /// The bytes that came when nobody waited any more.
    left_out: usize,
    closed: bool,
    /// Why writing failed, until that is told.
    error: Option<io::Error>,
}

/// For how long the reader is waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Patience {
    #[default]
    ForEver,
    /// For [`GRACE`] at a time.
    Hurried,
    /// No longer: it stood still for that long.
    GivenUp,
    /// No longer: writing failed.
    Failed,
}

impl State {
    const fn is_over(&self) -> bool {
        matches!(self.patience, Patience::GivenUp | Patience::Failed)
    }
}

/// Nobody will write it.
#[derive(Debug)]
pub struct Gone;

impl Outlet {
    /// A way out to `out`, which is flushed after every text.
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn new(out: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        thread::Builder::new().name("outlet".to_owned()).spawn(move || of_thread.write_to(out))?;
        Ok(Self { shared })
    }

    /// Lets `text` wait to be written, once there is room; blocks the thread until then.
    ///
    /// # Errors
    /// If writing has failed, or nobody reads and there is [`hurry`](Self::hurry).
    pub fn push(&self, text: Vec<u8>) -> Result<(), Gone> {
        let length = text.len();
        let is_full = |state: &State| state.waiting > 0 && state.waiting + length > FULL;
        let state = self.shared.wait_while(is_full);
        self.shared.put(state, text)
    }

    /// Lets `text` be written unless something waits already: for what will be said anew. Returns whether it
    /// may be.
    #[must_use]
    pub fn push_if_idle(&self, text: Vec<u8>) -> bool {
        let state = self.shared.lock();
        state.waiting == 0 && self.shared.put(state, text).is_ok()
    }

    /// Cancelled once writing has failed.
    #[must_use]
    pub fn broken(&self) -> CancellationToken {
        self.shared.broken.clone()
    }

    /// Lets nobody wait for longer than [`GRACE`] from now on.
    pub fn hurry(&self) {
        let mut state = self.shared.lock();
        if state.patience == Patience::ForEver {
            state.patience = Patience::Hurried;
        }
        drop(state);
        self.shared.changed.notify_all();
    }

    /// Waits until all is written, and blocks the thread meanwhile.
    ///
    /// # Errors
    /// If writing failed, which is told once; if it is in a hurry and nobody reads.
    pub fn drain(&self) -> Result<(), Error> {
        let mut state = self.shared.wait_while(|state| state.waiting > 0);
        match state.error.take() {
            Some(error) => Err(error.into()),
            None if state.patience == Patience::GivenUp => {
                Err(Error::Stalled(state.waiting + state.left_out))
            }
            None => Ok(()),
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while `busy`, but not for what can't be written; in a hurry, for no longer than [`GRACE`] for
    /// somebody who reads.
    fn wait_while(&self, busy: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let mut state = self.lock();
        while busy(&state) && !state.is_over() {
            if state.patience == Patience::Hurried {
                let taken = state.taken;
                let idle = |state: &mut State| busy(state) && !state.is_over() && state.taken == taken;
                let waited = self.changed.wait_timeout_while(state, GRACE, idle);
                let timeout;
                (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                if timeout.timed_out() {
                    state.patience = Patience::GivenUp;
                }
            } else {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
        state
    }

    fn put(&self, mut state: MutexGuard<'_, State>, text: Vec<u8>) -> Result<(), Gone> {
        if state.is_over() {
            state.left_out += text.len();
            return Err(Gone);
        }
        state.waiting += text.len();
        state.texts.push_back(text);
        self.changed.notify_all();
        Ok(())
    }

    /// The thread: writes until the outlet is dropped, or writing fails.
    fn write_to(&self, mut out: impl Write) {
        while let Some(text) = self.next() {
            for piece in text.chunks(PIECE) {
                let written = out.write_all(piece).and_then(|()| out.flush());
                let mut state = self.lock();
                state.waiting -= piece.len();
                state.taken += 1;
                let failed = written.is_err();
                if failed {
                    (state.patience, state.error) = (Patience::Failed, written.err());
                    self.broken.cancel();
                }
                drop(state);
                self.changed.notify_all();
                if failed {
                    return;
                }
            }
        }
    }

    /// The next text, once there is one; none once there will be none.
    fn next(&self) -> Option<Vec<u8>> {
        let empty = |state: &mut State| state.texts.is_empty() && !state.closed;
        let state = self.changed.wait_while(self.lock(), empty);
        state.unwrap_or_else(PoisonError::into_inner).texts.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// A reader that takes as much as it is let.
    struct Reader {
        lets: Receiver<()>,
        read: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.lets.recv().map_err(|_| io::ErrorKind::StorageFull)?;
            self.read.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn outlet() -> (Outlet, SyncSender<()>, Arc<Mutex<Vec<u8>>>) {
        let ((let_it, lets), read) = (sync_channel(1000), Arc::default());
        let reader = Reader { lets, read: Arc::clone(&read) };
        (Outlet::new(reader).unwrap(), let_it, read)
    }

    #[test]
    fn all_is_written_in_order_before_a_drain_is_over() {
        let (outlet, let_it, read) = outlet();
        (0..100).for_each(|_| let_it.send(()).unwrap());
        let texts: Vec<_> = (0..100).map(|number| format!("line {number}\n").into_bytes()).collect();
        assert!(texts.iter().all(|text| outlet.push(text.clone()).is_ok()));
        outlet.drain().unwrap();
        assert_eq!(*read.lock().unwrap(), texts.concat());
    }

    #[test]
    fn who_writes_waits_for_who_reads_until_there_is_hurry() {
        let (outlet, _let_it, read) = outlet();
        let outlet = Arc::new(outlet);
        assert!(outlet.push(vec![b'a'; FULL + 1]).is_ok(), "nothing waits before it");
        assert!(!outlet.push_if_idle(b"left out".to_vec()));
        let (pusher, (done, is_done)) = (Arc::clone(&outlet), sync_channel(1));
        thread::spawn(move || done.send(pusher.push(b"b".to_vec())).unwrap());
        assert!(is_done.recv_timeout(Duration::from_millis(50)).is_err(), "it is full");
        outlet.hurry();
        assert!(is_done.recv().unwrap().is_err(), "nobody reads");
        assert!(outlet.push(b"c".to_vec()).is_err(), "nor does anybody wait again");
        assert!(matches!(outlet.drain(), Err(Error::Stalled(bytes)) if bytes == FULL + 3));
        assert!(read.lock().unwrap().is_empty());
    }

    #[test]
    fn a_slow_reader_gets_everything() {
        let (outlet, let_it, read) = outlet();
        outlet.hurry();
        assert!(outlet.push(vec![b'a'; 100 * PIECE]).is_ok());
        thread::spawn(move || {
            // Twice as long as the grace, but never standing still.
            (0..100).for_each(|_| {
                thread::sleep(GRACE / 50);
                let_it.send(()).unwrap();
            });
        });
        outlet.drain().unwrap();
        assert_eq!(read.lock().unwrap().len(), 100 * PIECE);
    }

    #[test]
    fn what_fails_is_told_once() {
        let (outlet, let_it, _) = outlet();
        drop(let_it);
        assert!(outlet.push(b"a".to_vec()).is_ok());
        assert!(
            matches!(outlet.drain(), Err(Error::Io(error)) if error.kind() == io::ErrorKind::StorageFull)
        );
        outlet.drain().unwrap();
        assert!(outlet.broken().is_cancelled());
        assert!(outlet.push(b"b".to_vec()).is_err(), "nobody will write it");
    }
}
