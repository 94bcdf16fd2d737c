//! A server that can be restarted: it listens until it is told to, is gone for a while, and listens again.
//!
//! ```text
//!   ──listening──┐ restart            ┌──listening──
//!                └─ goodbyes, no socket ─┘
//!                 ◂──── down ────────▸
//! ```

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Error;
use crate::clock::Clock;
use crate::link::Network;
use crate::server::{self, Server};

/// How often, and how long apart in real time, one tries to get the address back: another program may
/// have a connection from that port for a moment.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// How many restarts may wait. The director sends none while the server is down.
pub(super) const RESTARTS: usize = 1;

/// A server that can be restarted.
pub(super) struct RestartableServer {
    pub server: Server,
    pub network: Network,
    pub clock: Clock,
    pub address: SocketAddr,
    /// Written by the director, read here: how long to be gone.
    pub restarts: mpsc::Receiver<Duration>,
    /// Written here when the server is back, read by the director, who always waits for it.
    pub back: mpsc::Sender<()>,
    pub stop: CancellationToken,
}

impl RestartableServer {
    /// Serves until it is stopped.
    pub async fn run(mut self, mut listener: TcpListener) -> Result<(), Error> {
        loop {
            let Some(down) = self.live(listener).await.map_err(|error| Error::Server(error.to_string()))?
            else {
                return Ok(());
            };
            let Some(again) = self.stop.run_until_cancelled(self.come_back(down)).await else {
                return Ok(());
            };
            listener = again?;
            // Only a director that is gone does not hear it.
            let _ = self.back.send(()).await;
        }
    }

    /// One life. Returns for how long the server shall be gone; `None` is for good.
    async fn live(&mut self, listener: TcpListener) -> Result<Option<Duration>, server::Error> {
        let life = self.stop.child_token();
        let network = self.network.clone();
        let wrap = move |socket: TcpStream, peer| network.link(socket, peer);
        let mut serving = std::pin::pin!(self.server.clone().serve(listener, wrap, life.clone()));
        let down = tokio::select! {
            ended = &mut serving => return ended.map(|()| None),
            Some(down) = self.restarts.recv() => down,
        };
        life.cancel();
        let gone = self.clock.now();
        serving.await?;
        // The goodbyes are part of it.
        Ok(Some(down.saturating_sub(self.clock.now().since(gone))))
    }

    async fn come_back(&self, down: Duration) -> Result<TcpListener, Error> {
        self.clock.sleep(down).await;
        let mut tries = 0;
        loop {
            match TcpListener::bind(self.address).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && tries < TRIES => {
                    tries += 1;
                    self.clock.at_life_speed().sleep(BETWEEN_TRIES).await;
                }
                bound => return bound.map_err(|source| Error::Listen { address: self.address, source }),
            }
        }
    }
}
