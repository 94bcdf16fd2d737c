//! Bad input, in one line with the operand and the way out.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::environment::Environment;
use crate::client::BadUrl;

/// Why the command line, the environment or the config file can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A flag or its value is wrong.
    #[error("{0}")]
    Flag(String),
    /// Options that can't be had together.
    #[error("{0}")]
    Impossible(String),
    /// The server's URL can't be used.
    #[error("<URL> {0}")]
    Url(#[from] BadUrl),
    /// The config file can't be read.
    #[error("{path}: {error}; try another {said}, or `wirelab --print-config` for a template")]
    Unreadable {
        /// The flag or the variable that named it.
        said: String,
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The scenario can't be read.
    #[error("{path}: {error}; try one that `wirelab run` lists, or a file")]
    NoScenario {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The config file, or a scenario, says what it can't.
    #[error("{path}:{line}:{column}: {why}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
}

impl Error {
    /// What is wrong at `offset` of `text`, the content of `path`.
    pub(super) fn at(path: &Path, text: &str, offset: usize, why: String) -> Self {
        let (line, column) = place(text, offset);
        Self::Config { path: path.to_owned(), line, column, why }
    }

    /// What `clap` refuses of flags, some of which the environment may have said.
    pub(super) fn refused(error: &clap::Error, environment: &Environment) -> Self {
        Self::Flag(one_line(error, environment))
    }
}

/// The line and the column of an offset, in characters, both counted from 1.
pub(super) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..offset.min(text.len())];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// What `clap` says in a paragraph, in a line.
fn one_line(error: &clap::Error, environment: &Environment) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) if !texts.is_empty() => Some(texts.join(", ")),
        _ => None,
    };
    // clap names an option with its value: `--delay <TIME>`.
    let arg = text(ContextKind::InvalidArg).unwrap_or_default();
    let arg = flag(&arg);
    let value = text(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::ValueValidation | ErrorKind::InvalidValue => {
            let why = match (std::error::Error::source(error), text(ContextKind::ValidValue)) {
                (Some(source), _) => source.to_string(),
                (None, Some(valid)) if value.is_empty() => format!("a value is missing; try one of {valid}"),
                (None, Some(valid)) => format!("unknown word; try one of {valid}"),
                (None, None) => "a value is missing; see --help".to_owned(),
            };
            let operand = if value.is_empty() { String::new() } else { format!(" {value}") };
            format!("{}{operand}: {why}", environment.name(arg))
        }
        ErrorKind::InvalidUtf8 => {
            let said = environment.not_text().unwrap_or("an argument");
            format!("{said} is not valid UTF-8; try it with other characters")
        }
        ErrorKind::UnknownArgument if !arg.starts_with('-') => {
            format!("unexpected argument `{arg}`; see --help")
        }
        ErrorKind::UnknownArgument => {
            let instead = text(ContextKind::SuggestedArg).unwrap_or_else(|| "--help for the list".to_owned());
            format!("unknown flag {arg}; try {instead}")
        }
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            let instead = text(ContextKind::SuggestedSubcommand).unwrap_or_else(|| "--help".to_owned());
            format!("unknown command {word}; try {instead}")
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "which client? try listen poll, listen long-poll, listen sse or listen ws, and a URL".to_owned()
        }
        ErrorKind::MissingRequiredArgument => {
            let missing: Vec<_> = texts(error, ContextKind::InvalidArg).map(flag).collect();
            let (is, all) = (if missing.len() == 1 { "is" } else { "are" }, missing.join(" and "));
            format!("{all} {is} missing; see --help")
        }
        ErrorKind::ArgumentConflict => {
            let others: Vec<_> = texts(error, ContextKind::PriorArg).map(flag).collect();
            conflict(arg, &others, text(ContextKind::InvalidSubcommand).as_deref())
        }
        _ => first_paragraph(error),
    }
}

/// The flags or words that an error is about.
fn texts(error: &clap::Error, kind: ContextKind) -> impl Iterator<Item = &str> {
    let texts = match error.get(kind) {
        Some(ContextValue::String(text)) => std::slice::from_ref(text),
        Some(ContextValue::Strings(texts)) => &texts[..],
        _ => &[],
    };
    texts.iter().map(String::as_str)
}

/// An option without the name of its value, with which clap says it.
fn flag(option: &str) -> &str {
    option.split([' ', '=', '[']).next().unwrap_or_default()
}

/// Why a flag can't be beside others, or before a command.
fn conflict(arg: &str, others: &[&str], command: Option<&str>) -> String {
    let all = others.join(" and ");
    match command {
        Some(command) if takes(command, others) => {
            let flags = others.join(" ");
            format!("put {all} after the command: wirelab {command} {flags} ...")
        }
        Some(command) => format!("{command} takes no {all}; see wirelab {command} --help"),
        None if others.is_empty() || others == [arg] => format!("{arg} is given twice; once is enough"),
        None => format!("{arg} and {all} exclude each other; see --help"),
    }
}

/// Whether a command has all of these flags.
fn takes(command: &str, flags: &[&str]) -> bool {
    let cli = super::Cli::command();
    let Some(command) = cli.find_subcommand(command) else { return false };
    let has = |flag: &&str| command.get_arguments().any(|arg| arg.get_long() == flag.strip_prefix("--"));
    flags.iter().all(has)
}

fn first_paragraph(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let paragraph = rendered.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = paragraph.split_whitespace().collect();
    format!("{}; see --help", words.join(" ").trim_start_matches("error: "))
}
