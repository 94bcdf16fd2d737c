//! The `wirelab` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    wirelab::modes::main(std::env::args_os())
}
