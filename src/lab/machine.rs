//! What the experiment takes of the machine, and how much there is.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use crate::clock::Lateness;
use crate::trace::Gauge;

/// File descriptors that are in use whatever the experiment: terminal, log, runtime, listening socket, and
/// a few for strangers.
const OWN: u64 = 32;

/// Both ends of a connection are ours.
const EACH: u64 = 2;

/// So many times what is needed is taken, where the system lets us: in a fault a client opens connections
/// while the server does not know yet that the last ones are dead.
const AMPLE: u64 = 4;

const fn needed(clients: u64) -> u64 {
    clients * EACH + clients / 8 + OWN
}

const fn no_room(clients: u64, limit: u64) -> NoRoom {
    NoRoom { clients, limit, room: limit.saturating_sub(OWN) * 8 / (EACH * 8 + 1) }
}

/// Whether the system would let us make room for `clients` at once. Changes nothing.
///
/// # Errors
/// As [`make_room`].
pub(super) fn has_room(clients: u64) -> Result<(), NoRoom> {
    // No limit at all is `None`.
    match getrlimit(Resource::Nofile).maximum {
        Some(limit) if limit < needed(clients) => Err(no_room(clients, limit)),
        _ => Ok(()),
    }
}

/// Makes room for `clients` at once, and more than that as far as the system lets us.
///
/// # Errors
/// How many clients there is room for, and the limit of file descriptors that is in the way.
pub(super) fn make_room(clients: u64) -> Result<(), NoRoom> {
    has_room(clients)?;
    let limit = getrlimit(Resource::Nofile);
    let ample = needed(clients).saturating_mul(AMPLE).min(limit.maximum.unwrap_or(u64::MAX));
    let Some(current) = limit.current.filter(|current| *current < ample) else { return Ok(()) };
    let raised = Rlimit { current: Some(ample), maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Err(_) if current < needed(clients) => Err(no_room(clients, current)),
        _ => Ok(()),
    }
}

/// Without so many file descriptors neither the runtime nor the terminal's signals can be set up.
const LEAST: u64 = 16;

/// Makes room for the program itself, without any experiment.
///
/// # Errors
/// If the system allows too few open files.
pub fn make_room_for_program() -> Result<(), TooFewFiles> {
    let limit = getrlimit(Resource::Nofile);
    let Some(current) = limit.current.filter(|current| *current < LEAST) else { return Ok(()) };
    let wanted = limit.maximum.map_or(OWN, |most| most.min(OWN));
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
    if wanted < LEAST || setrlimit(Resource::Nofile, raised).is_err() {
        return Err(TooFewFiles(limit.maximum.unwrap_or(current).max(current)));
    }
    Ok(())
}

/// Whether HTTP can write the date of this moment (RFC 9110 §5.6.7): its year has four digits, and the
/// server's library counts from 1970 on.
pub(super) fn is_writable(now: SystemTime) -> bool {
    /// The first second of the year 10 000.
    const TOO_LATE: u64 = 253_402_300_800;
    now.duration_since(UNIX_EPOCH).is_ok_and(|since| since.as_secs() < TOO_LATE)
}

/// Fewer file descriptors than the program itself needs: so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "this system allows {0} open files, and the program needs {OWN} for itself; raise `ulimit -Hn` to {OWN} or more"
)]
pub struct TooFewFiles(u64);

/// More clients than the machine has file descriptors for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRoom {
    clients: u64,
    limit: u64,
    room: u64,
}

impl std::error::Error for NoRoom {}

impl std::fmt::Display for NoRoom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { clients, limit, room } = self;
        match clients {
            1 => f.write_str("1 client needs two sockets")?,
            _ => write!(f, "{clients} clients in all need two sockets each")?,
        }
        write!(f, ", and this system allows {limit} open files; ")?;
        match room {
            0 => write!(f, "raise `ulimit -Hn` to {} or more", needed(*clients)),
            _ => write!(f, "try {room} in all, or a higher `ulimit -Hn`"),
        }
    }
}

impl NoRoom {
    /// The same in one short line, for a status line.
    #[must_use]
    pub fn in_short(&self) -> String {
        let Self { clients, limit, room } = self;
        format!("no room for {clients} clients: {limit} open files allow {room} (ulimit -Hn)")
    }
}

/// What the program took before the experiment's first connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    memory: Option<u64>,
    files: Option<u64>,
}

impl Before {
    pub fn now() -> Self {
        Self { memory: resident(), files: open_files() }
    }
}

/// Reads what the program takes.
#[derive(Debug)]
pub(super) struct Meter {
    cpu: Duration,
    late: Lateness,
    before: Before,
    most: u64,
}

impl Meter {
    pub fn new(before: Before, late: Lateness) -> Self {
        Self { cpu: processor_time(), late, before, most: 0 }
    }

    /// What the program takes now, and took of the processor in the last `span` of real time, at the end of which
    /// sleeps have been so `late`.
    pub fn read(&mut self, span: Duration, late: Lateness) -> Gauge {
        let since = late.since(&std::mem::replace(&mut self.late, late));
        let cpu = processor_time();
        let used = cpu.saturating_sub(std::mem::replace(&mut self.cpu, cpu));
        let share = used.as_nanos() * 1000 / span.as_nanos().max(1);
        let sockets = open_files().zip(self.before.files).map(|(now, before)| now.saturating_sub(before));
        self.most = self.most.max(sockets.unwrap_or(0));
        Gauge {
            memory: resident(),
            memory_before: self.before.memory,
            cpu: u64::try_from(share).unwrap_or(u64::MAX),
            sockets,
            most_sockets: self.most,
            late: u64::try_from(since.mean().as_nanos()).unwrap_or(u64::MAX),
        }
    }
}

/// How many file descriptors are open, where `/proc` tells.
fn open_files() -> Option<u64> {
    let files = fs::read_dir("/proc/self/fd").ok()?.count();
    u64::try_from(files).ok()
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

/// Resident memory, where `/proc` tells.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_that_can_not_be_says_what_can() {
        assert!(no_room(1, 16).to_string().starts_with("1 client needs two sockets, and"));
        assert!(no_room(2, 16).to_string().starts_with("2 clients in all need two sockets each, and"));
        assert_eq!(make_room(1), Ok(()));
        let limit = getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX);
        if limit < 10_000_000 {
            let error = make_room(limit).unwrap_err();
            assert!(error.room * EACH + error.room / 8 + OWN <= limit, "{error}");
            assert!(make_room(error.room).is_ok(), "{error}");
            assert_eq!((has_room(limit), has_room(error.room)), (Err(error), Ok(())));
            assert!(error.in_short().chars().count() <= 78, "{}", error.in_short());
        }
    }

    #[test]
    fn a_program_without_clients_says_what_it_needs_itself() {
        let told = TooFewFiles(9).to_string();
        assert_eq!(
            told,
            "this system allows 9 open files, and the program needs 32 for itself; raise `ulimit -Hn` to 32 or more"
        );
        assert_eq!(make_room_for_program(), Ok(()));
    }

    #[test]
    fn dates_are_writable_from_1970_to_9999() {
        let year = Duration::from_secs(31_556_952);
        assert!(
            is_writable(UNIX_EPOCH)
                && is_writable(SystemTime::now())
                && is_writable(UNIX_EPOCH + year * 8029)
        );
        assert!(!is_writable(UNIX_EPOCH - year) && !is_writable(UNIX_EPOCH + year * 8031));
    }

    #[test]
    fn what_is_used_is_seen() {
        let mut meter = Meter::new(Before::now(), Lateness::default());
        let until = processor_time() + Duration::from_millis(20);
        while processor_time() < until {
            std::hint::spin_loop();
        }
        let gauge = meter.read(
            Duration::from_millis(20),
            Lateness { sleeps: 2, sum: Duration::from_millis(6), most: Duration::from_millis(4) },
        );
        assert!(gauge.cpu >= 1000 && gauge.late == 3_000_000, "{gauge:?}");
    }
}
