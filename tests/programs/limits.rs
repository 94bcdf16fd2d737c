//! At the edge of a system: few files, small files.

use std::fs;
use std::process::{Command, Output};

use crate::saved::saved_run;

/// Runs wirelab with these arguments where a shell has set a limit.
fn limited(limit: &str, args: &[&str]) -> Output {
    let script = format!("ulimit {limit} && exec \"$0\" \"$@\"");
    let program = env!("CARGO_BIN_EXE_wirelab");
    Command::new("sh").args(["-c", &script, program]).args(args).output().unwrap()
}

#[test]
fn with_too_few_files_it_says_so() {
    for files in 6..=12 {
        for args in [&["report", "--for", "1s"][..], &["serve"], &["listen", "sse", "http://127.0.0.1:1/"]] {
            let output = limited(&format!("-n {files}"), args);
            let told = String::from_utf8(output.stderr).unwrap();
            let expected = format!(
                "wirelab: error: this system allows {files} open files, and the program needs 32 for itself; \
                 raise `ulimit -Hn` to 32 or more\n"
            );
            assert_eq!((output.status.code(), told), (Some(1), expected), "{args:?}");
        }
    }
}

#[test]
fn a_file_that_grows_too_large_is_an_error_and_no_end_by_signal() {
    let folder = tempfile::TempDir::new().unwrap();
    let trace = saved_run(folder.path());
    let out = folder.path().join("out.json");
    // In units of 512 or 1024 bytes.
    let output = limited("-f 1", &["export", &trace, "--to", "json", "--output", out.to_str().unwrap()]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code().is_some_and(|code| code > 0), "{:?}: {told}", output.status);
    assert!(told.contains("File too large"), "{told}");
    assert!(fs::metadata(&out).map_or(0, |file| file.len()) <= 1024, "no more was written than may be");
}
