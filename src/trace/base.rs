//! Where the kept part of a trace begins: what it takes to go on from there.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::births::{Birth, Births};
use super::history::History;
use super::incident::Ledger;
use super::{ClientState, Counting, Keep, Record, Settings, Tallies, Trace};
use crate::clock::WorldTime;
use crate::model::{Protocol, VisitorId, by_lane};

/// The state of a trace before the oldest record that it keeps. With the records from there on, it is
/// the trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Base {
    /// The moment from which on all detail is kept.
    pub edge: WorldTime,
    /// The exact totals.
    pub tallies: Tallies,
    /// Since when they have counted.
    pub counting: Counting,
    /// Where the settings stood.
    #[serde(alias = "knobs")]
    pub settings: Box<Settings>,
    /// How many records there had been.
    pub forgotten: u64,
    /// What each lane's client did, by [`Protocol::index`].
    #[serde(with = "by_lane")]
    pub clients: [ClientState; Protocol::COUNT],
    /// How many records had come too fast to be kept in detail.
    pub dropped: u64,
    /// Forgotten records that the state of open connections rests on; they are counted already.
    pub pinned: Vec<Record>,
    /// What had come of the faults on each lane. Not in files of old: those begin anew.
    #[serde(default)]
    pub(super) incidents: Ledger,
    /// The newest births: clients may be late with them. Not in files of old either.
    #[serde(default)]
    pub births: VecDeque<Birth>,
    /// Who had visited, and what they are called.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub visitors: BTreeMap<VisitorId, Box<str>>,
}

impl Trace {
    /// The state before the oldest record that is kept.
    #[must_use]
    pub fn base(&self) -> Base {
        Base {
            edge: self.log.edge(),
            tallies: self.log.base().clone(),
            counting: *self.counting.initial(),
            forgotten: self.version - self.log.records().len() as u64,
            settings: Box::new(self.settings.initial().clone()),
            clients: Protocol::ALL.map(|protocol| self.lane(protocol).client.initial().to_owned()),
            dropped: self.forgotten_dropped,
            pinned: self.log.pinned().cloned().collect(),
            incidents: self.past_incidents.clone(),
            births: self.births.before().clone(),
            visitors: self.past_visitors.clone(),
        }
    }

    /// A trace that goes on from `base`.
    #[must_use]
    pub fn from_base(base: Base, keep: Keep) -> Self {
        let Base {
            edge,
            tallies,
            counting,
            settings,
            forgotten,
            clients,
            dropped,
            pinned,
            incidents,
            births,
            visitors,
        } = base;
        let mut trace = Self::keeping(keep);
        trace.latest = edge;
        trace.version = forgotten;
        trace.counting = History::new(counting);
        trace.settings = History::new(*settings);
        (trace.dropped, trace.forgotten_dropped) = (dropped, dropped);
        for (lane, client) in trace.lanes.ours.iter_mut().zip(clients) {
            lane.client = History::new(client);
        }
        for record in pinned {
            trace.log.pin(&record);
            trace.fold(&record);
            trace.forget(&record);
        }
        // What was pinned they know already.
        (trace.incidents, trace.past_incidents) = (incidents.clone(), incidents);
        trace.births = Births::after(births);
        (trace.visitors, trace.past_visitors) = (visitors.clone(), visitors);
        trace.log.begin(edge, tallies.clone());
        trace.tallies = tallies;
        trace
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::{Break, EventId, Fault, Side, Symptom};
    use crate::trace::{Shown, What};

    const LANE: Protocol = Protocol::WebSocket;

    fn at(millis: u64) -> WorldTime {
        WorldTime::from_millis(millis)
    }

    fn shown(protocol: Protocol, event: u64) -> What {
        let (event, born) = (EventId(event), Some(at(event * 100)));
        What::Shown(Shown { protocol, event, born, bytes: 39, missed: 0, duplicate: false })
    }

    /// Ten events a second. The lane is stalled from 2 s to 6 s, and reset at 3 s and at 8 s.
    fn story() -> Vec<Record> {
        let mut records = vec![(0, What::Changed(Box::default()))];
        for event in 1..=100 {
            records.push((event * 100, What::Born { event: EventId(event), bytes: 39 }));
            let other = event * 100 + 50;
            records.push((other, shown(Protocol::Sse, event)));
            let late = if (2000..6000).contains(&other) { 6010 } else { other };
            records.push((late, shown(LANE, event)));
        }
        let mut broken = Settings::default();
        broken.faults.put(Break::new(Fault::Stall, Some(LANE), None));
        records.push((2000, What::Changed(Box::new(broken))));
        records.push((6000, What::Changed(Box::default())));
        for millis in [3000, 8000] {
            let symptom = Symptom::Broken;
            let (until, protocol) = (at(millis + 300), LANE);
            records.push((millis, What::FaultTriggered(Break::new(Fault::Reset, Some(LANE), None))));
            let conn = crate::model::ConnId(1);
            let side = Side::Server;
            records.push((
                millis + 1,
                What::Released {
                    conn,
                    lanes: vec![protocol.into()],
                    side,
                    symptom: Some(symptom),
                    opened: WorldTime::ZERO,
                },
            ));
            let state = ClientState::BackingOff { until, symptom };
            records.push((millis + 2, What::Client { protocol, state }));
            records.push((millis + 300, What::Client { protocol, state: ClientState::Running }));
        }
        records.sort_by_key(|(millis, _)| *millis);
        records.into_iter().map(|(millis, what)| Record { at: at(millis), what }).collect()
    }

    fn trace_of(records: &[Record], keep: Keep) -> Trace {
        let mut trace = Trace::keeping(keep);
        records.iter().cloned().for_each(|record| trace.apply(record));
        trace
    }

    /// Written down and read back.
    fn again(trace: &Trace) -> Trace {
        let base = serde_json::from_str(&serde_json::to_string(&trace.base()).unwrap()).unwrap();
        let mut again = Trace::from_base(base, Keep { span: Duration::MAX, memory: usize::MAX });
        trace.records().iter().cloned().for_each(|record| again.apply(record));
        again
    }

    fn behind(trace: &Trace) -> Vec<(u64, u64)> {
        let latest = trace.latest();
        Protocol::ALL.map(|protocol| (trace.not_shown(protocol), trace.overdue(protocol, latest))).to_vec()
    }

    #[test]
    fn a_trace_that_forgot_its_beginning_knows_its_incidents() {
        let story = story();
        for end in [2500, 3100, 5000, 6005, 7000, 8100, 20_000] {
            let records = &story[..story.partition_point(|record| record.at <= at(end))];
            let whole = trace_of(records, Keep::default());
            assert!(!whole.incidents(LANE).is_empty());
            for span in [0, 100, 1000, 3000, 4500] {
                let keep = Keep { span: Duration::from_millis(span), ..Keep::default() };
                let little = trace_of(records, keep);
                let again = again(&little);
                for trace in [&little, &again] {
                    for protocol in Protocol::ALL {
                        let [is, was] = [trace, &whole].map(|trace| trace.incidents(protocol));
                        assert_eq!(is, was, "{protocol:?}, {span} ms before {end} ms");
                    }
                    assert_eq!(behind(trace), behind(&whole), "{span} ms before {end} ms");
                }
                assert_eq!(again.base(), little.base());
            }
        }
    }

    #[test]
    fn a_base_without_incidents_is_read_too() {
        let trace = trace_of(&story(), Keep { span: Duration::ZERO, ..Keep::default() });
        let mut old = serde_json::to_value(trace.base()).unwrap();
        for field in ["incidents", "births"] {
            assert!(old.as_object_mut().unwrap().remove(field).is_some(), "{field}");
        }
        let base: Base = serde_json::from_value(old).unwrap();
        assert_eq!(base.tallies, trace.base().tallies);
    }
}
