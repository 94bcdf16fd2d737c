//! Every option that is no setting, declared once: each field is a flag, an environment variable, a key of the
//! config file and a line of its template. The flag's help is the template's comment. Settings stand between
//! them, made of their rows.
//!
//! The defaults are in `resolve.rs`, where they come from the lab; help and template print them.
//!
//! A struct is a heading in `--help` and a table in the config file. `None` means "not said here":
//! the next source down is asked (flag, environment, file, default).

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use super::address::Loopback;
use super::fault::{BreakSpec, list};
use super::keys::Keys;
use super::rows::Group;
use super::scalar::as_word;
use super::value::{Only, Switch, TimeSpan, Whole};
use crate::lab::HeaderProfile;
use crate::model::{FaultKind, Protocol, Settings};

/// A minute and an hour, in the milliseconds in which bounds are given.
const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Up to a minute: a slower link shows nothing that a minute doesn't.
pub type Delay = TimeSpan<0, MINUTE>;
/// From a millisecond, below which polls overtake their own answers, to an hour.
pub type Interval = TimeSpan<1, HOUR>;

/// The world, but for its settings.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct World {
    /// Feed and link draw the same random numbers from the same seed
    #[arg(long, env = "WIRELAB_SEED", value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<Whole<0, { i64::MAX as u64 }>>,
}

/// What the link does to bytes in each direction is settings, all of it.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Link {}

/// What `--only` is for.
fn only() -> String {
    let all = Protocol::slugs(", ");
    let dashboard = Only(Settings::default().on);
    let by_hand = Only(Protocol::ALL.map(|protocol| !protocol.follows_the_feed()));
    format!(
        "The protocols that are on, with commas between: {all} \
         (without it: {dashboard} for the dashboard, all but {by_hand} for a report)"
    )
}

/// What the clients do, but for their settings.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Clients {
    /// The protocols that are on
    #[arg(long, env = "WIRELAB_ONLY", value_name = "PROTOCOLS", help = only())]
    pub only: Option<Only>,
    /// Keep the simple HTTP client's connection for its next request
    #[arg(long, env = "WIRELAB_KEEP_ALIVE", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub keep_alive: Option<Switch>,
    /// Request headers that the clients send
    #[arg(long, env = "WIRELAB_HEADERS", value_name = "PROFILE", value_enum)]
    pub headers: Option<Headers>,
    /// Clients of each protocol: one of them is featured in its lane, the others are its crowd
    #[arg(long, env = "WIRELAB_CLIENTS", value_name = "COUNT", allow_hyphen_values = true)]
    pub clients: Option<Whole<1, 100_000>>,
    /// How long a client waits for an answer; a long poll may take this much longer than --hold
    #[arg(long, env = "WIRELAB_REQUEST_TIMEOUT", value_name = "TIME", allow_hyphen_values = true)]
    pub request_timeout: Option<Interval>,
    /// How long an SSE client lets its stream be silent before it opens it again
    /// (without it: no limit, as in browsers)
    #[arg(long, env = "WIRELAB_SSE_TIMEOUT", value_name = "TIME", allow_hyphen_values = true)]
    pub sse_timeout: Option<Interval>,
    /// Let clients that lost their connection come back all at the same time
    #[arg(long, env = "WIRELAB_NO_BACKOFF_JITTER", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub no_backoff_jitter: Option<Switch>,
}

/// What the server does, but for its settings.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Server {
    /// Where the server listens; loopback only, port 0 takes any free one
    #[arg(long, env = "WIRELAB_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<Loopback>,
    /// Refuse pages that other servers on this machine sent; without it they may talk to the server and open
    /// its WebSocket, so that you can try a page of your own (pages from elsewhere are always refused)
    #[arg(long, env = "WIRELAB_SAME_ORIGIN", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub same_origin: Option<Switch>,
    /// Connections that the server accepts at once
    #[arg(long, env = "WIRELAB_MAX_CONNECTIONS", value_name = "COUNT", allow_hyphen_values = true)]
    pub max_connections: Option<Whole<8, { crate::lab::MOST_CONNECTIONS }>>,
    /// How long the server calculates a simple HTTP response
    #[arg(long, env = "WIRELAB_THINK", value_name = "TIME", allow_hyphen_values = true)]
    pub think: Option<Delay>,
    /// Send SSE events without their id line; a client that reconnects can't say where it was
    #[arg(long, env = "WIRELAB_NO_SSE_ID", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub no_sse_id: Option<Switch>,
    /// How long the server tells SSE clients to wait before they reconnect (without it: the clients decide)
    #[arg(long, env = "WIRELAB_SSE_RETRY", value_name = "TIME", allow_hyphen_values = true)]
    pub sse_retry: Option<Interval>,
    /// Keep no log of events: a client that was offline or asks late never receives what it missed
    #[arg(long, env = "WIRELAB_NO_LOG", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub no_log: Option<Switch>,
}

/// What breaks.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Faults")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Faults {
    /// What breaks, one after the other.
    #[arg(long, env = "WIRELAB_BREAK", value_name = "FAULT", value_delimiter = ';', help = how_to_break())]
    #[serde(deserialize_with = "list")]
    pub r#break: Vec<BreakSpec>,
}

fn how_to_break() -> String {
    let faults = FaultKind::slugs();
    format!(
        "Break something: `FAULT[:STRENGTH] [on LANE] [up|down] [at TIME] [for TIME]`. May be given more than \
         once. Faults: {faults}"
    )
}

/// Where the program writes what it does.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Log")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Log {
    /// Append a log to this file
    #[arg(long, env = "WIRELAB_LOG", value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// What to log, in the syntax of tracing's `EnvFilter`: `info`, or `wirelab::link=trace`
    #[arg(long, env = "WIRELAB_LOG_FILTER", value_name = "FILTER")]
    pub log_filter: Option<String>,
}

/// How the dashboard looks.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Dashboard")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Dashboard {
    /// Colours: light is for projectors, 16 for terminals without RGB
    #[arg(long, env = "WIRELAB_THEME", value_name = "THEME", value_enum)]
    pub theme: Option<Theme>,
    /// Draw with ASCII characters only
    #[arg(long, env = "WIRELAB_ASCII", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub ascii: Option<Switch>,
    /// Take mouse clicks; selecting text then needs Shift
    #[arg(long, env = "WIRELAB_MOUSE", value_name = "BOOL", num_args = 0..=1,
          require_equals = true, default_missing_value = "true")]
    pub mouse: Option<Switch>,
    /// Whether to use colours; auto asks `NO_COLOR`, `CLICOLOR`, `COLORTERM` and `TERM`
    #[arg(long, env = "WIRELAB_COLOR", value_name = "WHEN", value_enum)]
    pub color: Option<Color>,
    /// How much real time the time axis shows
    #[arg(long, env = "WIRELAB_WINDOW", value_name = "TIME", allow_hyphen_values = true)]
    pub window: Option<TimeSpan<1_000, { 10 * MINUTE }>>,
    /// How much world time one can look back to
    #[arg(long, env = "WIRELAB_KEEP", value_name = "TIME", allow_hyphen_values = true)]
    pub keep: Option<TimeSpan<1_000, { 24 * HOUR }>>,
    /// How much memory in MiB that may take; the oldest makes room
    #[arg(long, env = "WIRELAB_KEEP_MEMORY", value_name = "MIB", allow_hyphen_values = true)]
    pub keep_memory: Option<Whole<1, 4096>>,
}

/// What a report measures and how it is printed.
#[derive(Args, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[command(next_help_heading = "Report")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Measure {
    /// For how long events are born, in world time
    #[arg(long, env = "WIRELAB_FOR", value_name = "TIME", allow_hyphen_values = true)]
    pub r#for: Option<TimeSpan<1_000, { 24 * HOUR }>>,
    /// How the report is printed
    #[arg(long, env = "WIRELAB_FORMAT", value_name = "FORMAT", value_enum)]
    pub format: Option<Format>,
    /// How often the simple HTTP client sends a request, if http is on; in a scenario, only if this is said
    #[arg(long, env = "WIRELAB_REQUEST_EVERY", value_name = "TIME", allow_hyphen_values = true)]
    pub request_every: Option<Interval>,
}

/// Everything that the config file can say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub struct Options {
    /// Its table `[world]`.
    pub world: Group<World>,
    /// Its table `[link]`.
    pub link: Group<Link>,
    /// Its table `[clients]`.
    pub clients: Group<Clients>,
    /// Its table `[server]`.
    pub server: Group<Server>,
    /// Its table `[faults]`.
    pub faults: Faults,
    /// Its table `[log]`.
    pub log: Log,
    /// Its table `[dashboard]`.
    pub dashboard: Dashboard,
    /// Its table `[keys]`.
    pub keys: Keys,
    /// Its table `[report]`.
    pub report: Measure,
}

/// Which request headers the clients send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Headers {
    /// What HTTP demands
    Minimal,
    /// What a browser sends
    Browser,
    /// What a browser sends to a site that set cookies
    #[value(name = "browser+cookies")]
    BrowserAndCookies,
}

impl From<Headers> for HeaderProfile {
    fn from(headers: Headers) -> Self {
        match headers {
            Headers::Minimal => Self::Minimal,
            Headers::Browser => Self::Browser,
            Headers::BrowserAndCookies => Self::BrowserAndCookies,
        }
    }
}

impl From<HeaderProfile> for Headers {
    fn from(profile: HeaderProfile) -> Self {
        match profile {
            HeaderProfile::Minimal => Self::Minimal,
            HeaderProfile::Browser => Self::Browser,
            HeaderProfile::BrowserAndCookies => Self::BrowserAndCookies,
        }
    }
}

/// The dashboard's colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// For a dark room
    #[default]
    Dark,
    /// For a projector
    Light,
    /// For weak projectors and weak eyes
    HighContrast,
    /// No colour at all
    Mono,
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// As `NO_COLOR`, `CLICOLOR`, `COLORTERM` and `TERM` say
    #[default]
    Auto,
    /// RGB
    Always,
    /// None
    Never,
    /// The terminal's 256 colours
    #[value(name = "256")]
    Palette,
    /// The terminal's 16 colours
    #[value(name = "16")]
    Sixteen,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a terminal of 100 columns
    #[default]
    Table,
    /// One object, as assets/report.schema.json describes it
    Json,
    /// One line per protocol
    Csv,
    /// For a document
    Markdown,
}

/// How the table of faults is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// For a terminal
    #[default]
    Table,
    /// For a document
    Markdown,
    /// One object
    Json,
}

/// What a saved trace is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum To {
    /// One line per message
    Csv,
    /// Messages, births and showings as one object
    Json,
    /// A sequence diagram for documents
    Mermaid,
    /// The last screen as a picture
    Svg,
    /// Packets for Wireshark
    Pcapng,
    /// HTTP exchanges for a browser's developer tools
    Har,
}

as_word!(Headers);
as_word!(Theme);
as_word!(Color);
as_word!(Format);
