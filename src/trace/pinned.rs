//! What is kept of the records that were forgotten.

use std::collections::BTreeMap;

use super::record::{Arrival, Record, What};
use crate::clock::WorldTime;
use crate::model::{ConnId, Direction, Kind};

/// Of the records that were forgotten, those that an open connection's present state rests on: its
/// beginning, the lanes that use it, the requests that are not answered, the stream that is open, who let go
/// of it.
///
/// Bounded by the connections that are open and by what is unanswered on them, of which the dissector
/// remembers a thousand at most.
#[derive(Debug, Default)]
pub(super) struct Pinned {
    by_conn: BTreeMap<ConnId, Vec<Record>>,
}

impl Pinned {
    /// What is kept, connection by connection, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Record> {
        self.by_conn.values().flatten()
    }

    /// Keeps of a record what must be kept.
    pub fn see(&mut self, record: &Record) {
        match &record.what {
            What::Opened { conn, .. } => self.by_conn.entry(*conn).or_default().push(record.clone()),
            What::Routed { conn, .. } | What::Released { conn, .. } => self.pin(*conn, record),
            What::Sent { conn, lane: Some(_), message, .. } => match message.kind {
                Kind::Request(_) => self.pin(*conn, record),
                Kind::Response { status, .. } if status == 101 || status >= 200 => {
                    self.unpin_stream(*conn);
                    self.unpin_request(*conn);
                    if message.setup {
                        self.pin(*conn, record);
                    }
                }
                Kind::StreamEnd => self.unpin_stream(*conn),
                _ => {}
            },
            What::Arrived { conn, direction: Direction::Up, up_to } => {
                self.requests_arrived(record.at, *conn, *up_to);
            }
            What::Lost { conn, direction: Direction::Up, up_to } => self.unpin_lost(*conn, *up_to),
            What::Closed { conn, .. } => drop(self.by_conn.remove(conn)),
            What::Dropped(dropped) => {
                self.unpin_doubtful();
                dropped.kept.iter().for_each(|kept| self.see(kept));
            }
            _ => {}
        }
    }

    fn pin(&mut self, conn: ConnId, record: &Record) {
        if let Some(records) = self.by_conn.get_mut(&conn) {
            records.push(record.clone());
        }
    }

    /// The oldest request is answered.
    fn unpin_request(&mut self, conn: ConnId) {
        if let Some(records) = self.by_conn.get_mut(&conn)
            && let Some(oldest) = records.iter().position(is_request)
        {
            records.remove(oldest);
        }
    }

    /// The stream that was open is over.
    fn unpin_stream(&mut self, conn: ConnId) {
        if let Some(records) = self.by_conn.get_mut(&conn) {
            records.retain(|record| is_request(record) || !matches!(record.what, What::Sent { .. }));
        }
    }

    /// The server has these requests from now on.
    fn requests_arrived(&mut self, at: WorldTime, conn: ConnId, up_to: u64) {
        for record in self.by_conn.get_mut(&conn).into_iter().flatten().filter(|record| is_request(record)) {
            if let What::Sent { message, arrival: arrival @ Arrival::Due(_), .. } = &mut record.what
                && message.end <= up_to
            {
                *arrival = Arrival::At(at);
            }
        }
    }

    /// The server will never have these requests.
    fn unpin_lost(&mut self, conn: ConnId, up_to: u64) {
        let lost = |record: &Record| match &record.what {
            What::Sent { message, arrival: Arrival::Due(_), .. } => message.end <= up_to,
            _ => false,
        };
        if let Some(records) = self.by_conn.get_mut(&conn) {
            records.retain(|record| !(is_request(record) && lost(record)));
        }
    }

    /// Answers may be among what was dropped: of the requests only the newest is sure to wait for one.
    fn unpin_doubtful(&mut self) {
        for records in self.by_conn.values_mut() {
            let newest = records.iter().rposition(is_request);
            let mut index = 0;
            records.retain(|record| {
                index += 1;
                !is_request(record) || newest == Some(index - 1)
            });
        }
    }
}

fn is_request(record: &Record) -> bool {
    matches!(&record.what, What::Sent { message, .. } if matches!(message.kind, Kind::Request(_)))
}
