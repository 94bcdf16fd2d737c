//! What environment variables say: each is a flag that nobody gave.
//!
//! ```text
//!  arguments ─▸ which mode, which flags? ─┬─▸ arguments with what is left for variables to say ─▸ Plan
//!  WIRELAB_* ─────────────────────────────┘
//! ```
//!
//! A variable is read only where its flag would count, and only if the flag was not given: what nobody uses
//! nobody has to mend.

use std::ffi::OsString;

use clap::builder::Resettable;
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

/// All that counts of the environment in a report on a saved trace.
const OF_SAVED: [&str; 2] = ["format", "config"];

/// The variables that spoke.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Environment(Vec<Spoken>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Spoken {
    /// With its dashes.
    flag: String,
    variable: String,
    value: OsString,
}

impl Environment {
    /// What said `flag`: the variable that spoke for it, or the flag itself.
    pub(super) fn name<'a>(&'a self, flag: &'a str) -> &'a str {
        self.0.iter().find(|spoken| spoken.flag == flag).map_or(flag, |spoken| &spoken.variable)
    }

    /// The first variable whose value is no text.
    pub(super) fn not_text(&self) -> Option<&str> {
        self.0.iter().find(|spoken| spoken.value.to_str().is_none()).map(|spoken| spoken.variable.as_str())
    }

    /// What the environment says about the mode that `matches` names, of `command`; nothing about flags that
    /// were given.
    pub(super) fn of(command: &Command, matches: &ArgMatches) -> Self {
        let (mode, matches) = matches.subcommand().unwrap_or(("", matches));
        let command = command.find_subcommand(mode).unwrap_or(command);
        // Who asks for a template of the config file uses no option.
        let template = matches.try_get_one::<bool>("print_config").is_ok_and(|said| said == Some(&true));
        let only = match mode {
            _ if template => Some(&[][..]),
            "report" if matches.contains_id("from") => Some(&OF_SAVED[..]),
            _ => None,
        };
        let counts = |arg: &&Arg| {
            let id = arg.get_id().as_str();
            arg.get_env().is_some()
                && only.is_none_or(|only| only.contains(&id))
                && matches.value_source(id) != Some(ValueSource::CommandLine)
        };
        let speak = |arg: &Arg| {
            let variable = arg.get_env()?;
            // An empty one says nothing.
            let value = std::env::var_os(variable).filter(|value| !value.is_empty())?;
            let variable = variable.to_string_lossy().into_owned();
            Some(Spoken { flag: format!("--{}", arg.get_long()?), variable, value })
        };
        Self(command.get_arguments().filter(counts).filter_map(speak).collect())
    }

    /// `args` with the flags that variables speak for. A mode is always the first argument.
    pub(super) fn added_to(&self, mut args: Vec<OsString>, has_mode: bool) -> Vec<OsString> {
        let at = if has_mode { 2 } else { 1 };
        let flags = self.0.iter().map(|Spoken { flag, value, .. }| {
            let mut word = OsString::from(format!("{flag}="));
            word.push(value);
            word
        });
        args.splice(at.min(args.len())..at.min(args.len()), flags);
        args
    }
}

/// The command without its variables: clap would judge those of every mode.
pub(super) fn deaf(command: Command) -> Command {
    command.mut_args(|arg| arg.env(Resettable::Reset)).mut_subcommands(deaf)
}
