//! The command line: what the user asked for, checked before anything starts.
//!
//! ```text
//!   env ─▸ flags ─┬─▸ options (one struct a heading) ─▸ resolve ─▸ Plan ─▸ main
//!   file ─────────┘
//! ```

mod address;
pub mod config;
mod defaults;
mod environment;
mod error;
mod fault;
mod keys;
mod lessons;
mod listen;
mod modes;
pub mod options;
mod plan;
mod resolve;
mod rows;
mod scalar;
pub mod scenario;
pub mod value;

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::config::FileArgs;
pub use self::defaults::defaults;
use self::environment::Environment;
pub use self::error::Error;
pub use self::keys::Keys;
use self::modes::{DashboardArgs, ExportArgs, FaultsArgs, OpenArgs, ReportArgs, RunArgs, ServeArgs};
pub use self::options::Options;
pub use self::plan::{ExportPlan, ListenPlan, Plan, ReportPlan, ScreenOptions, Scripted};

const EXAMPLES: &str = "\
Examples:
  wirelab                                    the dashboard, in slow motion
  wirelab --world-rate 1 --poll-every 1s     real time, slower polling
  wirelab --delay 200ms --feed poisson:5     a slow link, and many events
  wirelab --break 'stall on sse at 5s for 3s'
                                             bytes wait, then all come
  wirelab run black-hole                     a lesson: who notices a dead line, and when
  wirelab report --for 60s --world-rate 10   measure without a screen, at ten times real time
  wirelab open wirelab-1.wirelab.jsonl       what the key w recorded, with every view
  wirelab serve                              the server alone, for curl and browsers
  wirelab listen sse http://127.0.0.1:8080/events
";

const REPORT_EXAMPLES: &str = "\
Examples:
  wirelab report                             60 s, four protocols, a table
  wirelab report --world-rate 20 --feed poisson:1 --seed 7
  wirelab report --only polling,websocket --poll-every 1s --feed poisson:5
  wirelab report --break 'restart:5s at 10s' --world-rate 20
  wirelab report --scenario reset --world-rate 20
  wirelab report --format json | jq '.lanes[] | {protocol, staleness_ms}'

Exit codes:
  0    measured, and every claim of the scenario is kept
  1    a claim is not kept or can't be judged because this machine was too busy, the saved trace is
       damaged, or nothing could be measured or printed
  2    bad input: nothing was started
  129, 130, 143
       ended by SIGHUP, SIGINT or SIGTERM: the report on what was measured until then says so
";

const RUN_EXAMPLES: &str = "\
Examples:
  wirelab run                                lists the lessons
  wirelab run black-hole --pause             waits for a key before each step
  wirelab run restart --world-rate 1/5 --theme light
  wirelab run my-lesson.toml                 a file of your own, such as those in assets/scenarios
  wirelab report --scenario restart --world-rate 20
                                             the same without a screen: are its claims kept?
";

const FAULTS_EXAMPLES: &str = "\
Examples:
  wirelab faults                             every fault, every protocol: a quarter of a minute
  wirelab faults --format markdown > assets/faults.md
";

const EXPORT_EXAMPLES: &str = "\
Examples:
  wirelab export wirelab-1.wirelab.jsonl --to pcapng --output run.pcapng
  wirelab export wirelab-1.wirelab.jsonl --to mermaid > ladder.mmd
  wirelab export wirelab-1.wirelab.jsonl --to csv | head
";

const SERVE_EXAMPLES: &str = "\
Examples:
  wirelab serve                              prints its address first
  wirelab serve --listen 127.0.0.1:8080 --delay 200ms
  curl -N http://127.0.0.1:8080/events       what a stream looks like
  curl http://127.0.0.1:8080/stats           what passed on the wire
";

/// See how the web gets fresh data to a client: HTTP, polling, long polling, SSE and WebSocket, on real
/// sockets, in one terminal
#[derive(Parser, Debug)]
#[command(name = "wirelab", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(disable_help_subcommand = true, max_term_width = 100, next_line_help = false)]
struct Cli {
    #[command(subcommand)]
    mode: Option<Mode>,
    #[command(flatten)]
    dashboard: DashboardArgs,
}

#[derive(Subcommand, Debug)]
enum Mode {
    /// Measure the same experiment without a screen, and compare it with the models
    #[command(after_help = REPORT_EXAMPLES)]
    Report(Box<ReportArgs>),
    /// Play a scenario on the dashboard: timed faults, steps and waits
    #[command(after_help = RUN_EXAMPLES)]
    Run(Box<RunArgs>),
    /// Break everything, one after the other, and print who noticed, when, and what it cost
    #[command(after_help = FAULTS_EXAMPLES)]
    Faults(FaultsArgs),
    /// Run the server alone; prints its address as its first line
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Box<ServeArgs>),
    /// Run one client alone, against any server; prints one JSON line an event
    #[command(subcommand)]
    Listen(listen::Listen),
    /// Show a trace that was recorded with the key w: every view, no sockets
    Open(Box<OpenArgs>),
    /// Write a saved trace for other programs: spreadsheets, documents, Wireshark, browsers
    #[command(after_help = EXPORT_EXAMPLES)]
    Export(ExportArgs),
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the man page
    Man,
}

/// The command line with its flags' defaults filled into their help.
#[must_use]
pub fn command() -> clap::Command {
    let defaults: toml::Table =
        toml::Table::try_from(defaults()).unwrap_or_default().into_iter().flat_map(table_of).collect();
    with_defaults(Cli::command(), &defaults)
}

fn table_of((_, value): (String, toml::Value)) -> toml::Table {
    value.as_table().cloned().unwrap_or_default()
}

fn with_defaults(command: clap::Command, defaults: &toml::Table) -> clap::Command {
    let command = command.mut_args(|arg| {
        let arg = arg.hide_env_values(true);
        let default = arg.get_long().and_then(|long| defaults.get(long)).and_then(toml::Value::as_str);
        match (default, arg.get_help()) {
            (Some(default), Some(help)) if !help.to_string().contains("(without it:") => {
                let help = format!("{help} [default: {default}]");
                arg.help(help)
            }
            _ => arg,
        }
    });
    // What `listen` takes has the same names here and there, but is not an option of the lab.
    command.mut_subcommands(
        |mode| if mode.get_name() == "listen" { mode } else { with_defaults(mode, defaults) },
    )
}

/// What these arguments, the environment and the config file ask for.
///
/// # Errors
/// If they can't be followed. Nothing has been started then.
pub fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Plan, Error> {
    let args: Vec<_> = args.into_iter().collect();
    let (told, deaf) = (command(), environment::deaf(command()));
    let given = match deaf.clone().try_get_matches_from(&args) {
        Ok(given) => given,
        Err(error) if error.use_stderr() => return Err(Error::refused(&error, &Environment::default())),
        Err(help) => {
            return Ok(Plan::Print(help_of(told, &args).unwrap_or(help).render().to_string().into_bytes()));
        }
    };
    let environment = Environment::of(&told, &given);
    let args = environment.added_to(args, given.subcommand().is_some());
    let all = deaf.try_get_matches_from(args).and_then(|all| Cli::from_arg_matches(&all));
    let mut cli = all.map_err(|error| Error::refused(&error, &environment))?;
    if cli.file().is_some_and(|file| file.print_config) {
        return Ok(Plan::Print(config::template().into_bytes()));
    }
    if let Some(file) = cli.file() {
        file.environment = environment;
    }
    match cli.mode {
        None => cli.dashboard.plan(),
        Some(Mode::Report(args)) => args.plan(),
        Some(Mode::Run(args)) => args.plan(),
        Some(Mode::Faults(args)) => Ok(args.plan()),
        Some(Mode::Serve(args)) => args.plan(),
        Some(Mode::Open(args)) => args.plan(),
        Some(Mode::Export(args)) => Ok(args.plan()),
        Some(Mode::Listen(args)) => Ok(Plan::Listen(Box::new(args.plan()?))),
        Some(Mode::Completions { shell }) => Ok(Plan::Print(completions(shell))),
        Some(Mode::Man) => Ok(Plan::Print(man())),
    }
}

impl Cli {
    const fn file(&mut self) -> Option<&mut FileArgs> {
        match &mut self.mode {
            None => Some(&mut self.dashboard.file),
            Some(Mode::Report(args)) => Some(&mut args.file),
            Some(Mode::Run(args)) => Some(&mut args.dashboard.file),
            Some(Mode::Serve(args)) => Some(&mut args.file),
            Some(Mode::Open(args)) => Some(&mut args.config),
            Some(
                Mode::Faults(_) | Mode::Export(_) | Mode::Listen(_) | Mode::Completions { .. } | Mode::Man,
            ) => None,
        }
    }
}

/// The help that `args` ask for, with the names of variables.
fn help_of(mut command: clap::Command, args: &[OsString]) -> Option<clap::Error> {
    command.try_get_matches_from_mut(args).err().filter(|error| !error.use_stderr())
}

fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "wirelab", &mut script);
    script
}

fn man() -> Vec<u8> {
    let mut page = Vec::new();
    // Writing to memory does not fail.
    drop(clap_mangen::Man::new(command()).render(&mut page));
    page
}
