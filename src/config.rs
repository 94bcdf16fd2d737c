//! The config file: where it is, what it says, and its template.
//!
//! TOML, one table a heading of `--help`, one key a flag. Unknown keys are errors, so that a typing
//! mistake is not a setting that silently does nothing.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args as _;
use etcetera::BaseStrategy as _;

use crate::cli::{Error, Options, defaults, options};

/// What the file at `explicit` says, or else the one at the default place, which may be missing.
///
/// # Errors
/// If the file can't be read, or says what it can't; with line and column.
pub fn load(explicit: Option<&Path>) -> Result<Options, Error> {
    let Some(path) = explicit.map(Path::to_owned).or_else(default_path) else {
        return Ok(Options::default());
    };
    match std::fs::read_to_string(&path) {
        Ok(text) => parse(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && explicit.is_none() => Ok(Options::default()),
        Err(error) => Err(Error::Unreadable { path, error }),
    }
}

/// `$XDG_CONFIG_HOME/wirelab/config.toml`; `None` where there is no home.
#[must_use]
pub fn default_path() -> Option<PathBuf> {
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.config_dir().join("wirelab").join("config.toml"))
}

/// What `text`, the content of `path`, says.
///
/// # Errors
/// If it is not TOML, has a key that no option has, or a value that the option can't take.
pub fn parse(path: &Path, text: &str) -> Result<Options, Error> {
    toml::from_str(text).map_err(|error| {
        let before = &text[..error.span().map_or(0, |span| span.start).min(text.len())];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Error::Config {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            why: error.message().split_whitespace().collect::<Vec<_>>().join(" "),
        }
    })
}

/// A config file with every option at its default, commented out, below what it does.
#[must_use]
pub fn template() -> String {
    let defaults = toml::Table::try_from(defaults()).unwrap_or_default();
    let mut text = String::from(
        "# The config file of Wirelab. Flags and WIRELAB_* environment variables win over it.\n\
         # Each line below shows an option's default; take the # away to change it.\n",
    );
    for (table, command) in tables() {
        text.push_str(&format!("\n[{table}]\n"));
        for arg in command.get_arguments() {
            let Some(key) = arg.get_long() else { continue };
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let value = defaults.get(table).and_then(|table| table.get(key)).and_then(toml::Value::as_str);
            text.push_str(&entry(key, &help, value));
        }
    }
    text
}

/// The tables of the file, with the flags that are their keys.
fn tables() -> [(&'static str, clap::Command); 7] {
    let command = || clap::Command::new("wirelab");
    [
        ("world", options::World::augment_args(command())),
        ("link", options::Link::augment_args(command())),
        ("clients", options::Clients::augment_args(command())),
        ("server", options::Server::augment_args(command())),
        ("log", options::Log::augment_args(command())),
        ("dashboard", options::Dashboard::augment_args(command())),
        ("report", options::Measure::augment_args(command())),
    ]
}

/// One option of the template: what it does, and its default.
fn entry(key: &str, help: &str, value: Option<&str>) -> String {
    let line = match value {
        Some(value) if value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok() => {
            format!("#{key} = {value}")
        }
        Some(value) => format!("#{key} = \"{value}\""),
        None => format!("# (not set; {key} = \"...\")"),
    };
    format!("\n# {help}\n{line}\n")
}
