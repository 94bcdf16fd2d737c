//! What broke, what came of it on each lane, and whether what was claimed is so.
//!
//! ```text
//!   fault               lane       client noticed     server noticed     recovered  missed  again  late
//!   black hole, 5.0 s   WebSocket  30.02 s silent     24.96 s no pong       0.41 s       0      0    33
//!   ✓ websocket.missed = 0: 0
//!     its client asks for what came after the last event that it has
//! ```

use super::format::{absent, grouped};
use super::grid::{Align, Grid};
use crate::clock::WorldTime;
use crate::model::{Break, Ending, FaultKind, Protocol, Settings, Side};
use crate::plain;
use crate::scenario::{Claim, Failed, Measured, Player, Reading, Scenario, words};
use crate::trace::{Incident, Trace, What};

/// What came of what broke, and of what was claimed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aftermath {
    /// The scenario, if one was played.
    pub scenario: Option<Scenario>,
    /// What came of each fault on each lane, in the order of their beginnings.
    pub incidents: Vec<(Protocol, Incident)>,
    /// The lanes that at the end did not show all that they should by then.
    pub behind: Vec<Protocol>,
    /// What was claimed.
    pub findings: Vec<Finding>,
    /// Why the scenario could not go on.
    pub failed: Option<Failed>,
    /// Whether the machine was too busy at some moment for what a claim says of time.
    pub was_busy: bool,
    /// By lane: whether clients came or went meanwhile. Then nobody knows how often an event was due.
    pub resized: [bool; Protocol::COUNT],
}

/// A claim, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What was claimed.
    pub claim: Claim,
    /// The figure as it was measured.
    pub measured: Measured,
    /// Whether it is as claimed.
    pub kept: Kept,
}

/// Whether a claim is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is as claimed.
    Yes,
    /// It is not.
    No,
    /// It is not, but the machine was too busy to prove it: the claim is about time
    /// ([`Figure::takes_time`]), or the run did not come far enough.
    ///
    /// [`Figure::takes_time`]: crate::scenario::Figure::takes_time
    TooBusy,
}

impl Kept {
    /// Yes, no, or can't tell.
    #[must_use]
    pub const fn answer(self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::TooBusy => None,
        }
    }

    const fn sign(self) -> char {
        match self {
            Self::Yes => '✓',
            Self::No => '✗',
            Self::TooBusy => '?',
        }
    }
}

impl Aftermath {
    /// What is known by `now` of an experiment that may go on.
    #[must_use]
    pub fn so_far(trace: &Trace, now: WorldTime) -> Self {
        // Who asks by hand shows what it asked for.
        let behind = |lane: &Protocol| lane.follows_the_feed() && trace.overdue(*lane, now) > 0;
        let on = Protocol::ALL.into_iter().filter(|protocol| trace.settings().is_on(*protocol));
        let all =
            on.flat_map(|protocol| trace.incidents(protocol).iter().map(move |one| (protocol, one.clone())));
        let mut incidents: Vec<_> = all.collect();
        incidents.sort_by_key(|(_, incident)| incident.began);
        let behind = Protocol::ALL.into_iter().filter(behind).collect();
        Self { incidents, behind, resized: resized(trace), ..Self::default() }
    }

    /// What is known `at` the end of a run. What was born and is not shown by then is missed. On a machine that
    /// `was_busy` a claim that is not kept proves nothing if it is about time, if a step of the scenario
    /// waited in vain, or if its lane is behind at the end.
    #[must_use]
    pub fn of_run(trace: &Trace, player: &Player, at: WorldTime, was_busy: bool) -> Self {
        let mut aftermath = Self::so_far(trace, at);
        for (protocol, incident) in &mut aftermath.incidents {
            if incident.is_open() && protocol.follows_the_feed() {
                incident.missed += trace.not_shown(*protocol);
            }
        }
        let scenario = player.scenario();
        for protocol in Protocol::ALL {
            // What was changed early may be forgotten.
            aftermath.resized[protocol.index()] |= scenario.resizes(protocol);
        }
        let mut findings = findings(scenario, trace, Reading::END);
        for Finding { claim, measured, kept } in &mut findings {
            // What comes after a wait that took too long, or was only to come by the end, takes time too.
            let unfinished = player.failed().is_some() || aftermath.behind.contains(&claim.that.lane);
            let timed = (unfinished || claim.that.figure.takes_time()) && *measured != Measured::Off;
            if was_busy && timed && *kept == Kept::No {
                *kept = Kept::TooBusy;
            }
        }
        Self {
            findings,
            was_busy,
            failed: player.failed().cloned(),
            scenario: (!scenario.is_empty()).then(|| scenario.clone()),
            ..aftermath
        }
    }

    /// Whether all went as the scenario says.
    #[must_use]
    pub fn is_as_claimed(&self) -> bool {
        self.failed.is_none() && self.findings.iter().all(|finding| finding.kept == Kept::Yes)
    }

    /// Whether something is not as the scenario says, and a machine with less to do might show it so.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        let broken = self.findings.iter().any(|finding| finding.kept == Kept::No);
        self.was_busy && !broken && !self.is_as_claimed()
    }

    /// Whether the run was no plain experiment.
    pub(super) fn changed_the_run(&self) -> bool {
        !self.incidents.is_empty()
            || self.scenario.as_ref().is_some_and(|scenario| !scenario.steps.is_empty())
    }

    /// The incidents of one lane, oldest first.
    pub(super) fn of_lane(&self, protocol: Protocol) -> impl DoubleEndedIterator<Item = &Incident> {
        self.incidents.iter().filter(move |(lane, _)| *lane == protocol).map(|(_, incident)| incident)
    }
}

/// On which lanes clients came or went, as far as the trace remembers.
fn resized(trace: &Trace) -> [bool; Protocol::COUNT] {
    let changes = trace.records().iter().filter_map(|record| match &record.what {
        What::Changed(settings) => Some(&**settings),
        _ => None,
    });
    let all: Vec<_> = [trace.glance(trace.edge()).settings].into_iter().chain(changes).collect();
    let crowd = |settings: &Settings, protocol| (settings.is_on(protocol), settings.clients(protocol));
    Protocol::ALL.map(|protocol| {
        all.iter().any(|settings| crowd(settings, protocol) != crowd(trace.settings(), protocol))
    })
}

/// Each claim of `scenario` beside what `trace` knows of a run that ends at `over` ([`Reading::over`]).
#[must_use]
pub fn findings(scenario: &Scenario, trace: &Trace, over: WorldTime) -> Vec<Finding> {
    let reading = Reading { trace, over: Some(over) };
    let read = |claim: &Claim| {
        let is_on = trace.settings().is_on(claim.that.lane);
        let (measured, kept) = if is_on { claim.that.read(&reading) } else { (Measured::Off, false) };
        Finding { claim: claim.clone(), measured, kept: if kept { Kept::Yes } else { Kept::No } }
    };
    scenario.claims.iter().map(read).collect()
}

/// Whether nobody lifts its fault any more, once all steps have happened, and it does not end by itself.
pub(super) fn stays(incident: &Incident) -> bool {
    incident.is_open() && incident.over.is_none() && incident.broken.fault.kind().ending() != Ending::ByItself
}

/// Whether all is well again: every lane has recovered from what is over, and shows what it should by `now`.
#[must_use]
pub fn is_well(trace: &Trace, now: WorldTime) -> bool {
    let on =
        Protocol::ALL.into_iter().filter(|lane| lane.follows_the_feed() && trace.settings().is_on(*lane));
    on.into_iter().all(|lane| {
        let incidents = trace.incidents(lane);
        let recovered = incidents.iter().all(|one| !one.is_open() || stays(one));
        recovered && (trace.overdue(lane, now) == 0 || incidents.iter().any(stays))
    })
}

/// The incidents for a terminal: the lanes of each fault stand below it. Nothing if nothing broke.
pub(super) fn incidents_text(aftermath: &Aftermath) -> String {
    let Some(mut grid) = incidents(aftermath) else { return String::new() };
    grid.header.remove(0);
    "fault".clone_into(&mut grid.header[0].0);
    let faults: Vec<_> = grid.rows.iter_mut().map(|row| row.remove(0)).collect();
    grid.rows.iter_mut().for_each(|row| row[0].insert_str(0, "  "));
    let (text, mut said) = (grid.text(), None);
    let mut lines = text.lines();
    let mut grouped = lines.next().into_iter().map(str::to_owned).collect::<Vec<_>>();
    for ((line, fault), (_, incident)) in lines.zip(faults).zip(&aftermath.incidents) {
        let this = (fault.clone(), incident.began);
        if said.as_ref() != Some(&this) {
            said = Some(this);
            grouped.push(fault);
        }
        grouped.push(line.to_owned());
    }
    grouped.join("\n") + "\n"
}

/// The incidents as a table; none if nothing broke.
pub(super) fn incidents(aftermath: &Aftermath) -> Option<Grid> {
    let left = |title: &str| (title.to_owned(), Align::Left);
    let right = |title: &str| (title.to_owned(), Align::Right);
    let mut header = ["fault", "lane", "client noticed", "server noticed"].map(left).to_vec();
    header.extend(["recovered", "missed", "again", "late"].map(right));
    let row = |(lane, incident): &(Protocol, Incident)| {
        let behind = aftermath.behind.contains(lane);
        row(*lane, incident, behind)
    };
    let rows: Vec<_> = aftermath.incidents.iter().map(row).collect();
    (!rows.is_empty()).then_some(Grid { header, rows })
}

fn row(protocol: Protocol, incident: &Incident, behind: bool) -> Vec<String> {
    let here = Break { lane: None, ..incident.broken };
    vec![
        words::broken(&here),
        protocol.short().to_owned(),
        noticed(incident, Side::Client),
        noticed(incident, Side::Server),
        recovered(incident, behind),
        grouped(incident.missed),
        grouped(incident.repeated),
        grouped(incident.late),
    ]
}

/// `30.02 s silent`.
pub(super) fn noticed(incident: &Incident, side: Side) -> String {
    // A server that restarts has nothing to notice.
    let leaves = side == Side::Server && incident.broken.fault.kind() == FaultKind::Restart;
    match (incident.noticed_after(side), incident.noticed[side.index()]) {
        (Some(after), Some(notice)) if !leaves => {
            format!("{} {}", words::seconds(after), words::symptom(notice.symptom))
        }
        _ => absent(),
    }
}

/// How long it took until all was well again. A fault that is not over, and a lane to which nothing was due
/// since, tell nothing.
fn recovered(incident: &Incident, behind: bool) -> String {
    match incident.recovered_after() {
        Some(after) => words::seconds(after),
        None if behind && incident.is_open() && incident.over.is_some() => "not by the end".to_owned(),
        None => absent(),
    }
}

/// What the scenario is, whether it went to its end, and whether its claims are kept.
pub(super) fn story(aftermath: &Aftermath) -> Vec<String> {
    let Some(scenario) = &aftermath.scenario else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(failed) = &aftermath.failed {
        lines.push(format!("✗ the scenario failed at {failed}"));
    }
    for Finding { claim, measured, kept } in &aftermath.findings {
        let place = if *kept == Kept::Yes { String::new() } else { format!(" (line {})", claim.line) };
        lines.push(format!("{} {}: {measured}{place}", kept.sign(), claim.that));
        let why = claim.why.iter().flat_map(|why| why.lines());
        lines.extend(why.map(|line| format!("  {}", plain::line(line))));
    }
    if !aftermath.findings.is_empty() {
        let kept = aftermath.findings.iter().filter(|finding| finding.kept == Kept::Yes).count();
        let title = scenario.title.as_deref().unwrap_or("scenario");
        lines.push(format!(
            "{}: {kept} of {} claims are kept.",
            plain::line(title),
            aftermath.findings.len()
        ));
    }
    if aftermath.is_in_doubt() {
        lines.push(
            "The other claims can't be judged: this machine was too busy. A slower --world-rate helps."
                .to_owned(),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::EventId;
    use crate::scenario::{Action, Step, When};
    use crate::trace::{Record, Shown};

    /// Three events at 1 s, all of which SSE shows and WebSocket none.
    fn trace() -> Trace {
        let mut trace = Trace::new();
        let mut record = |millis, what| trace.apply(Record { at: WorldTime::from_millis(millis), what });
        record(0, What::Changed(Box::default()));
        let born = Some(WorldTime::from_millis(1000));
        for event in (1..=3).map(EventId) {
            record(1000, What::Born { event, bytes: 39 });
            let lane = Protocol::Sse;
            let shown = Shown { protocol: lane, event, born, bytes: 39, missed: 0, duplicate: false };
            record(1050, What::Shown(shown));
        }
        trace
    }

    /// What becomes of claims about counts after a run that waits for `until`.
    fn kept(until: &str, was_busy: bool) -> Vec<Kept> {
        let wait = Action::Wait { until: until.parse().unwrap(), within: Duration::from_secs(5) };
        let steps = vec![Step { line: 1, when: When::At(Duration::ZERO), action: wait, note: None }];
        let claim = |that: &str| Claim { that: that.parse().unwrap(), why: None, line: 2 };
        let claims = ["websocket.missed = 0", "sse.repeated >= 1"].map(claim).to_vec();
        let mut player = Player::new(Scenario { steps, claims, ..Scenario::default() }, WorldTime::ZERO);
        let (trace, end) = (trace(), WorldTime::from_millis(20_000));
        let waited_in_vain = player.advance(end, &trace).is_err();
        assert_eq!(waited_in_vain, until.starts_with("websocket"));
        let aftermath = Aftermath::of_run(&trace, &player, end, was_busy);
        aftermath.findings.iter().map(|finding| finding.kept).collect()
    }

    #[test]
    fn a_busy_machine_proves_nothing_of_what_did_not_come_by_the_end() {
        for until in ["sse.shown", "websocket.shown"] {
            assert_eq!(kept(until, false), [Kept::No, Kept::No], "{until}");
        }
        assert_eq!(kept("sse.shown", true), [Kept::TooBusy, Kept::No], "what SSE shows is all there");
        assert_eq!(kept("websocket.shown", true), [Kept::TooBusy, Kept::TooBusy]);
    }
}
