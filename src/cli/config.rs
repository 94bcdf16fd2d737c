//! The config file: where it is, what it says, and its template.
//!
//! TOML, one table a heading of `--help`, one key a flag. Unknown keys are errors, so that a typing
//! mistake is not a setting that silently does nothing.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use etcetera::BaseStrategy as _;

use super::defaults::defaults;
use super::environment::Environment;
use super::rows::Group;
use super::{Error, Options, options};
use crate::file;

/// Where options come from besides flags.
#[derive(Args, Debug)]
#[command(next_help_heading = "Config file")]
pub(super) struct FileArgs {
    /// Read options from this file, not from `$XDG_CONFIG_HOME/wirelab/config.toml`
    #[arg(long, env = "WIRELAB_CONFIG", value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Print a config file with every option at its default, commented out
    #[arg(long)]
    pub(super) print_config: bool,
    /// Which flags were said by variables.
    #[arg(skip)]
    pub(super) environment: Environment,
}

/// What the file at `explicit` says, as the flag or variable `said` asks for, or else the one at the default
/// place, which may be missing.
///
/// # Errors
/// If the file can't be read, or says what it can't; with line and column.
pub fn load(explicit: Option<&Path>, said: &str) -> Result<Options, Error> {
    let Some(path) = explicit.map(Path::to_owned).or_else(default_path) else {
        return Ok(Options::default());
    };
    match file::read_text(&path) {
        Ok(text) => parse(&path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && explicit.is_none() => Ok(Options::default()),
        Err(error) => Err(Error::Unreadable { said: said.to_owned(), path, error }),
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
    let mut options: Options = toml::from_str(text).map_err(|error| told(path, text, &error))?;
    options.keys.said_in(path, text);
    Ok(options)
}

/// What the parser of TOML says of `text`, in a line.
pub(super) fn told(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let why = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
    // How serde calls a list, and toml a choice.
    let why = match (why.strip_suffix("expected a sequence"), why.as_str()) {
        (Some(before), _) => format!("{before}expected a list"),
        (None, "wanted string or table") => "wrong type: expected text or a table".to_owned(),
        (None, _) => why,
    };
    Error::at(path, text, error.span().map_or(0, |span| span.start), why)
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
        text.extend(["\n[", table, "]\n"]);
        for arg in command.get_arguments() {
            let Some(key) = arg.get_long() else { continue };
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            let value = defaults.get(table).and_then(|table| table.get(key)).and_then(toml::Value::as_str);
            entry(&mut text, key, &help, value);
        }
    }
    text.push_str(KEYS);
    text
}

/// How the template explains the table that has no flags.
const KEYS: &str = "
[keys]

# A key that is pressed, and the one whose work it does; that one then does nothing. Names as in the help overlay.
# (not set; \"F5\" = \"E\" lets F5 give birth to a burst of events)
";

/// The tables of the file, with the flags that are their keys.
fn tables() -> [(&'static str, clap::Command); 8] {
    let command = || clap::Command::new("wirelab");
    [
        ("world", Group::<options::World>::augment_args(command())),
        ("link", Group::<options::Link>::augment_args(command())),
        ("clients", Group::<options::Clients>::augment_args(command())),
        ("server", Group::<options::Server>::augment_args(command())),
        ("faults", options::Faults::augment_args(command())),
        ("log", options::Log::augment_args(command())),
        ("dashboard", options::Dashboard::augment_args(command())),
        ("report", options::Measure::augment_args(command())),
    ]
}

/// Writes one option of the template: what it does, and its default.
fn entry(text: &mut String, key: &str, help: &str, value: Option<&str>) {
    text.extend(["\n# ", help, "\n"]);
    match value {
        Some(value) if value.parse::<u64>().is_ok() || value.parse::<bool>().is_ok() => {
            text.extend(["#", key, " = ", value, "\n"]);
        }
        Some(value) => text.extend(["#", key, " = \"", value, "\"\n"]),
        None => text.extend(["# (not set; ", key, " = \"...\")\n"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options, String> {
        parse(Path::new("wirelab.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_template_changes_nothing_and_shows_every_default() {
        let template = template();
        assert_eq!(read(&template), Ok(Options::default()));
        let uncommented = template.lines().map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => setting,
            _ => line,
        });
        assert_eq!(read(&uncommented.collect::<Vec<_>>().join("\n")), Ok(defaults()));
    }

    #[test]
    fn values_are_written_as_flags_are_or_as_toml_likes_them() {
        let text = "world.world-rate = 0.5\nworld.payload = 64\nserver.no-sse-id = true\n\
                    clients.only = ['polling', 'ws']\nlink.delay = '0.2s'";
        let words = "world.world-rate = '1/2'\nworld.payload = '64'\nserver.no-sse-id = 'yes'\n\
                     clients.only = 'polling,websocket'\nlink.delay = '200ms'";
        assert_eq!(read(text), read(words));
        assert!(read(text).is_ok_and(|options| options != Options::default()));
    }

    #[test]
    fn mistakes_are_told_with_line_and_column() {
        for (text, told) in [
            ("[link]\ndelay = '3d'", "wirelab.toml:2:9: `3d`: too long; try 0ms to 1m"),
            ("[link]\ndelay = 50", "wirelab.toml:2:9: `50`: a unit is missing; try 50ms or 50s"),
            (
                "[link]\n  dleay = '5ms'",
                "wirelab.toml:2:3: unknown field `dleay`, expected one of `delay`, `jitter`, ",
            ),
            (
                "[links]",
                "wirelab.toml:1:2: unknown field `links`, expected one of `world`, `link`, `clients`, \
              `server`, `faults`, `log`, `dashboard`, `keys`, `report`",
            ),
            (
                "[dashboard]\ntheme = 'pink'",
                "wirelab.toml:2:9: `pink`: unknown word; try dark, light, \
              high-contrast, mono",
            ),
            ("[world]\nseed =", "wirelab.toml:2:7: string values must be quoted, expected literal string"),
            ("é = [world", "wirelab.toml:1:11: unclosed array, expected `]`"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(told), "{text}: {error}");
        }
    }
}
