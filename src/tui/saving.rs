//! The file that a running trace is written to.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind};

use crate::lab::Setup;
use crate::saved::{EXTENSION, Writer};
use crate::trace::Trace;

/// The most files that are looked for a free name.
const NAMES: u32 = 10_000;

/// A file that grows with the trace.
#[derive(Debug)]
pub(super) struct Saving {
    name: String,
    writer: Writer<BufWriter<File>>,
}

impl Saving {
    /// Creates a new file in the present directory and writes all that is kept.
    ///
    /// # Errors
    /// If it can't be created or written.
    pub(super) fn begin(setup: &Setup, trace: &Trace) -> io::Result<Self> {
        let (file, name) = new_file(EXTENSION)?;
        Self::into(file, name.clone(), setup, trace).inspect_err(|_| discard(&name))
    }

    /// Writes all that is kept into `file`.
    ///
    /// # Errors
    /// If it can't be written.
    pub(super) fn into(file: File, name: String, setup: &Setup, trace: &Trace) -> io::Result<Self> {
        Ok(Self { name, writer: Writer::begin(BufWriter::new(file), setup, trace)? })
    }

    /// Writes what has happened since, to the last byte.
    ///
    /// # Errors
    /// If the file can't be written, or records came faster than it could be.
    pub(super) fn follow(&mut self, trace: &Trace) -> io::Result<()> {
        self.writer.follow(trace)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Takes a new file back that could not be written: it would be no use to anybody.
pub(super) fn discard(name: &str) {
    // Where nothing can be written, perhaps nothing can be removed either.
    drop(std::fs::remove_file(name));
}

/// Creates `wirelab-1.EXTENSION`, or the first that does not exist: nothing is overwritten.
///
/// # Errors
/// If the directory can't be written.
pub(super) fn new_file(extension: &str) -> io::Result<(File, String)> {
    for number in 1..NAMES {
        let name = format!("wirelab-{number}.{extension}");
        match File::create_new(&name) {
            Ok(file) => return Ok((file, name)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other(format!("wirelab-1 to wirelab-{} exist already", NAMES - 1)))
}
