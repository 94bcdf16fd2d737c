//! The experiment: wires feed, server, clients and link together. Commands in, trace out.
//!
//! ```text
//!   Command ══▸ director ──▸ settings ──▸ feed ──▸ hub ──▸ server ══ link ══ clients
//!                                        │                         │         │
//!                                        └────────▸ Recorder ◂─────┴─────────┘
//! ```
//!
//! The server and every client are tasks of one runtime, on real sockets. A task that panics ends
//! the whole experiment with its message.

mod auto_user;
mod clients;
mod command;
mod delivery;
mod director;
mod machine;
mod restart;
mod room;
mod setup;
mod tasks;

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use clients::ARRIVAL;
pub use command::Command;
pub use machine::{TooFewFiles, make_room_for_program};
pub use room::{ClientCounts, MOST_CONNECTIONS, NoRoom, has_room, resized, server_has_room};
pub use setup::Setup;

pub use crate::client::HeaderProfile;
pub use crate::model::{Knob, Notch, Setting};

use crate::clock::{self, Clock};
use crate::server::Stats;
use crate::trace::{self, Collector};
use director::Director;
pub(crate) use tasks::panicked;

/// How many commands may wait: more than a key held down for the time that any command takes.
const COMMANDS: usize = 64;

/// Why an experiment could not begin, or ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The server's address can't be used.
    #[error("can't listen on {address}: {source}; try --listen 127.0.0.1:0, which takes a free port")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// A task panicked: a defect of Wirelab.
    #[error("the {task} failed: {message}")]
    Panicked {
        /// Which task.
        task: String,
        /// What it said.
        message: String,
    },
    /// There is no room for so many clients.
    #[error(transparent)]
    NoRoom(#[from] NoRoom),
    /// HTTP can't write what this system's clock says.
    #[error("this system's clock is before 1970 or after 9999, and HTTP can't write such a date; set it")]
    NoDate,
    /// The server can't go on.
    #[error("the server failed: {0}")]
    Server(String),
}

/// A running experiment.
#[derive(Debug)]
pub struct Lab {
    clock: Clock,
    address: SocketAddr,
    /// Written by the ui or a script, read by the director. A full channel makes the writer wait: no
    /// command is lost.
    commands: mpsc::Sender<Command>,
    stop: CancellationToken,
    director: JoinHandle<Result<(), Error>>,
}

impl Lab {
    /// Begins an experiment. `stats` answers `GET /stats`, if given.
    ///
    /// # Errors
    /// If the server can't listen on [`Setup::listen`], or the machine has no room, or no date.
    pub async fn start(setup: Setup, stats: Option<Stats>) -> Result<(Self, Collector), Error> {
        let address = setup.listen;
        let failed = |source| Error::Listen { address, source };
        room::make_room(&setup.settings.clients, setup.settings.on, setup.max_connections)?;
        if !machine::is_writable(clock::calendar()) {
            return Err(Error::NoDate);
        }
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let (recorder, collector) = trace::channel();
        let clock = Clock::new(setup.settings.rate);
        let (sender, commands) = mpsc::channel(COMMANDS);
        let stop = CancellationToken::new();
        let director = Director::new(setup, clock.clone(), address, recorder, stop.clone());
        let director = tokio::spawn(director.run(listener, stats, commands));
        Ok((Self { clock, address, commands: sender, stop, director }, collector))
    }

    /// The world's clock.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Where the server listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where commands go.
    #[must_use]
    pub fn commands(&self) -> mpsc::Sender<Command> {
        self.commands.clone()
    }

    /// Cancelled once the experiment has ended, by itself or by [`Lab::stop`].
    #[must_use]
    pub fn ended(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Ends the experiment and waits until every task has ended.
    ///
    /// # Errors
    /// If it had already ended by itself: what went wrong.
    pub async fn stop(self) -> Result<(), Error> {
        self.stop.cancel();
        match self.director.await {
            Ok(outcome) => outcome,
            Err(error) => Err(panicked("director", error)),
        }
    }
}
