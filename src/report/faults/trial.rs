//! Each fault put to the test: its experiments, and what must come of them from the settings alone.
//!
//! | who waits | for what | notices after |
//! |---|---|---|
//! | polling client | its answer | the request timeout |
//! | long-polling client | its answer | at most hold and request timeout |
//! | WebSocket client | a ping | at most ping interval and pong timeout after the last byte |
//! | WebSocket server | a pong | interval and timeout after it opened, if that was less than an interval ago |
//! | SSE client | nothing | never, or its own timeout after the last byte |
//! | HTTP server | the next request | 10 s after its last answer |
//!
//! A reset or an end is noticed when it arrives. A kept connection that ends under a `GET` is no news: the
//! client asks once more on a new one (RFC 9112 §9.3.1).

use std::time::Duration;

use super::experiment::{AT, Experiment, GAP};
use super::{Expected, Late, Law};
use crate::clock::Rate;
use crate::model::{Fault, FaultKind, Protocol};
use crate::server::HEAD_TIMEOUT;

/// Shorter than any timeout.
const SHORT: Option<Duration> = Some(Duration::from_secs(8));
/// Longer than anybody takes to notice.
const LONG: Option<Duration> = Some(Duration::from_secs(45));

/// The wait after the first failure at most, and after the fifth: nobody fails more often in a row here.
const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const FIFTH_BACKOFF: Duration = Duration::from_secs(8);

/// At most so long before births begin a WebSocket opens: the machine's part of it is real time.
const OPEN: Duration = Duration::from_secs(3);

/// How long an SSE client waits before it opens its stream again.
const SSE_RETRY: Duration = Duration::from_secs(2);

/// How long an SSE client that watches its stream waits.
const SSE_TIMEOUT: Duration = Duration::from_secs(20);

/// So many streams are one more than a browser has connections.
const SEVEN: u32 = 7;

/// A kind of fault put to the test.
pub(super) struct Trial {
    /// The experiment with the usual clients and the usual server.
    pub plain: Experiment,
    /// Those with others.
    pub others: Vec<Experiment>,
    /// What must come of them.
    law: fn(&Experiment, Protocol, &Terms) -> Law,
}

/// The settings that laws speak of.
struct Terms {
    delay: Duration,
    poll: Duration,
    request: Duration,
    hold: Duration,
    pings: Duration,
    pong: Duration,
}

impl Experiment {
    /// One for each kind of fault, then those with other clients or another server.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut others: Vec<_> = FaultKind::ALL.into_iter().flat_map(|kind| Trial::of(kind).others).collect();
        others.sort_by_key(|other| (!other.log, other.sse_timeout));
        FaultKind::ALL.into_iter().map(|kind| Trial::of(kind).plain).chain(others).collect()
    }

    /// What must come of it on the lane of `protocol`.
    #[must_use]
    pub fn law(&self, protocol: Protocol) -> Law {
        let setup = self.setup(Rate::LIFE);
        let (settings, heart) = (&setup.settings, &setup.settings.heart);
        let terms = Terms {
            delay: settings.link.delay,
            poll: settings.poll_every,
            request: setup.request_timeout,
            hold: heart.hold,
            pings: heart.ping_every,
            pong: heart.ping_timeout,
        };
        (Trial::of(self.fault.kind()).law)(self, protocol, &terms)
    }
}

impl Trial {
    /// The trial of a kind of fault.
    pub(super) fn of(kind: FaultKind) -> Self {
        match kind {
            FaultKind::Slow => slow(),
            FaultKind::Jitter => jitter(),
            FaultKind::Stall => stall(),
            FaultKind::BlackHole => black_hole(),
            FaultKind::HeadOfLine => head_of_line(),
            FaultKind::Buffer => buffer(),
            FaultKind::Reset => reset(),
            FaultKind::Close => close(),
            FaultKind::Restart => restart(),
            FaultKind::SlowServer => slow_server(),
            FaultKind::RefuseUpgrade => refuse_upgrade(),
            FaultKind::Six => six(),
        }
    }

    fn new(kind: FaultKind, span: Option<Duration>, law: fn(&Experiment, Protocol, &Terms) -> Law) -> Self {
        Self { plain: Experiment::plain(kind.usual(), span), others: Vec::new(), law }
    }

    /// The same, and how it goes without a log.
    fn and_without_log(mut self) -> Self {
        self.others.push(Experiment { log: false, ..self.plain.clone() });
        self
    }
}

fn slow() -> Trial {
    Trial::new(FaultKind::Slow, SHORT, |_, _, terms| {
        unnoticed(terms, Late::Unsaid, "it depends on how much each sends")
    })
}

fn jitter() -> Trial {
    Trial::new(FaultKind::Jitter, SHORT, |_, _, terms| unnoticed(terms, Late::Unsaid, "it depends on luck"))
}

fn stall() -> Trial {
    Trial::new(FaultKind::Stall, SHORT, |_, _, terms| {
        unnoticed(terms, Late::Most, "TCP waits: nobody is told, nothing is lost")
    })
}

fn head_of_line() -> Trial {
    Trial::new(FaultKind::HeadOfLine, SHORT, |_, _, terms| {
        unnoticed(terms, Late::Most, "what is behind the held message waits too")
    })
}

fn buffer() -> Trial {
    Trial::new(FaultKind::Buffer, SHORT, |_, protocol, terms| {
        if is_poll(protocol) {
            unnoticed(terms, Late::Few, "an answer's end lets it pass")
        } else {
            unnoticed(terms, Late::Most, "the stream never ends, and 16 KiB are many events")
        }
    })
}

fn slow_server() -> Trial {
    Trial::new(FaultKind::SlowServer, SHORT, |experiment, protocol, terms| {
        let wait = if let Fault::SlowServer(wait) = experiment.fault { wait } else { Duration::ZERO };
        let law = if is_poll(protocol) {
            unnoticed(terms, Late::Unsaid, "each answer takes longer")
        } else {
            unnoticed(terms, Late::Few, "the stream's one answer came long ago")
        };
        Law { recovered: Expected::up_to(wait + one_more_cycle(terms)), ..law }
    })
}

fn refuse_upgrade() -> Trial {
    Trial::new(FaultKind::RefuseUpgrade, SHORT, |_, _, terms| Law {
        client: Expected::up_to(terms.delay),
        // It is the server who leaves.
        server: Expected::Unsaid,
        recovered: Expected::Never,
        loses: Some(true),
        late: Late::Unsaid,
        because: "close frame 1001, then 403: the client gives up, as a browser's does",
    })
}

fn six() -> Trial {
    let trial = Trial::new(FaultKind::Six, SHORT, |experiment, protocol, terms| {
        let is_crowded = experiment.sse_clients > 1;
        match (is_crowded, is_poll(protocol)) {
            (true, true) => unnoticed(terms, Late::Most, "seven streams hold all connections"),
            (true, false) => unnoticed(terms, Late::Few, "it has its connection already"),
            (false, _) => unnoticed(terms, Late::Few, "three connections are fewer than six"),
        }
    });
    let crowded = Experiment { sse_clients: SEVEN, ..trial.plain.clone() };
    Trial { others: vec![crowded], ..trial }
}

const fn is_poll(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Polling | Protocol::LongPolling)
}

/// Bytes come later than they should, but they come.
fn unnoticed(terms: &Terms, late: Late, because: &'static str) -> Law {
    Law {
        client: Expected::Never,
        server: Expected::Never,
        recovered: Expected::up_to(one_more_cycle(terms)),
        loses: Some(false),
        late,
        because,
    }
}

/// The answer to a request that was sent during the fault, and then one more cycle.
fn one_more_cycle(terms: &Terms) -> Duration {
    terms.poll + 4 * terms.delay
}

/// Bytes vanish, both ways.
fn black_hole() -> Trial {
    let trial = Trial::new(FaultKind::BlackHole, LONG, |experiment, protocol, terms| {
        // A connection that was opened in the hole is useless: one request timeout more, and a back-off.
        let recovered = Expected::up_to(terms.request.max(HEAD_TIMEOUT) + FIFTH_BACKOFF);
        let (client, server, because) = noticed_in_a_black_hole(experiment, protocol, terms);
        let lost = client == Expected::Never;
        Law {
            client,
            server,
            recovered: if lost { Expected::Never } else { recovered },
            loses: Some(lost || !experiment.log),
            late: if lost || !experiment.log { Late::Unsaid } else { Late::Most },
            because,
        }
    });
    let watched = Experiment { sse_timeout: Some(SSE_TIMEOUT), ..trial.plain.clone() };
    Trial { others: vec![watched], ..trial }.and_without_log()
}

/// When the client notices, when the server does, and why.
fn noticed_in_a_black_hole(
    experiment: &Experiment,
    protocol: Protocol,
    terms: &Terms,
) -> (Expected, Expected, &'static str) {
    let asked = Expected::Within(HEAD_TIMEOUT.saturating_sub(terms.poll), HEAD_TIMEOUT + GAP);
    match protocol {
        Protocol::Http | Protocol::Polling => {
            let client = Expected::Within(terms.request, terms.request + terms.poll);
            (client, asked, "request timeout; a server hears no next request for 10 s")
        }
        Protocol::LongPolling => {
            let client = Expected::at_most(terms.hold + terms.request, GAP + 4 * terms.delay);
            (client, asked, "hold + request timeout at most; the server as above")
        }
        Protocol::Sse => match experiment.sse_timeout {
            None => (Expected::Never, Expected::Never, "nobody waits for anything"),
            Some(timeout) => {
                let client = Expected::at_most(timeout, GAP + terms.delay);
                (client, Expected::Never, "its own timeout after the last byte; its goodbye vanishes")
            }
        },
        Protocol::WebSocket => {
            let silence = terms.pings + terms.pong;
            let client = Expected::at_most(silence, GAP + terms.delay);
            let server = Expected::at_most(silence.saturating_sub(AT), OPEN);
            let because = "no ping for interval + timeout; no pong to the first ping, 20 s after it opened";
            (client, server, because)
        }
    }
}

/// Both ends are told at once.
fn reset() -> Trial {
    Trial::new(FaultKind::Reset, None, |experiment, protocol, terms| {
        end(experiment, protocol, terms, Duration::ZERO)
    })
    .and_without_log()
}

/// The end travels like what was sent before it.
fn close() -> Trial {
    Trial::new(FaultKind::Close, None, |experiment, protocol, terms| {
        end(experiment, protocol, terms, terms.delay)
    })
}

/// The connection ends at both ends, at the client's `after` so long.
fn end(experiment: &Experiment, protocol: Protocol, terms: &Terms, after: Duration) -> Law {
    let again = 4 * terms.delay + GAP;
    let (client, wait, because) = match protocol {
        Protocol::Http | Protocol::Polling | Protocol::LongPolling => {
            (Expected::Never, terms.poll, "asks once more on a new connection: no news")
        }
        Protocol::Sse => (Expected::up_to(after), SSE_RETRY + FIRST_BACKOFF, "when it arrives; retry 2 s"),
        Protocol::WebSocket => (Expected::up_to(after), FIRST_BACKOFF, "when it arrives; back-off"),
    };
    Law {
        client,
        server: Expected::up_to(after),
        recovered: Expected::up_to(wait + again),
        loses: match protocol {
            _ if experiment.log => Some(false),
            Protocol::Polling => Some(false),
            Protocol::Sse => Some(true),
            // Whether an event is born in the moment without a connection.
            Protocol::Http | Protocol::LongPolling | Protocol::WebSocket => None,
        },
        late: Late::Unsaid,
        because,
    }
}

/// The server says goodbye, and nobody listens for a while.
fn restart() -> Trial {
    let trial = Trial::new(FaultKind::Restart, None, |experiment, protocol, terms| Law {
        client: Expected::up_to(terms.poll + 2 * terms.delay),
        // It is the server who leaves.
        server: Expected::Unsaid,
        recovered: Expected::up_to(2 * experiment.lasts()),
        loses: Some(!experiment.log),
        late: if experiment.log { Late::Most } else { Late::Unsaid },
        because: match protocol {
            Protocol::WebSocket => "close frame 1001; back-offs up to about the outage",
            Protocol::Sse => "the end of the stream; retries",
            Protocol::Http | Protocol::Polling | Protocol::LongPolling => {
                "nobody listens; back-offs up to about the outage"
            }
        },
    });
    let plain = Experiment::plain(Fault::Restart(Duration::from_secs(5)), None);
    Trial { plain, ..trial }.and_without_log()
}
