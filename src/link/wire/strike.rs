//! What a fault that happens once does to a wire.

use tokio::io;

use super::super::Socket;
use super::{Cut, Wire};
use crate::model::{Break, Direction, Fault, Symptom};

impl<S: Socket> Wire<S> {
    /// Lets `broken` happen, if it concerns this connection: it is everywhere, or on what the connection is
    /// used for, which is what the latest request on it asked for.
    pub fn strike(&mut self, broken: &Break) {
        let concerned = match self.tap.protocol(Direction::Up) {
            Some(protocol) => broken.hits(protocol),
            None => broken.lane.is_none(),
        };
        match broken.fault {
            Fault::Reset if concerned => self.reset(),
            Fault::Close if concerned => self.close(),
            _ => {}
        }
    }

    /// Resets the connection at both ends: nothing that is under way arrives.
    fn reset(&mut self) {
        if self.failure.is_some() {
            return;
        }
        let now = self.now();
        self.client_left(Some(Symptom::Broken), now);
        if let Some(socket) = self.socket.take() {
            socket.reset_on_drop();
        }
        for direction in Direction::BOTH {
            if let Some(up_to) = self.delay_queue(direction).clear() {
                self.tap.lose(direction, up_to, now);
            }
            self.release_hold(direction);
        }
        self.arrived.clear();
        self.unread = 0;
        self.failure = Some(io::ErrorKind::ConnectionReset);
        self.wake_handler();
        self.wake_courier();
    }

    /// Ends both streams behind what was sent before.
    fn close(&mut self) {
        if self.cut == Cut::Not && self.failure.is_none() {
            self.cut = Cut::Draining;
            self.end_down();
            self.wake_handler();
            self.wake_courier();
        }
    }
}
