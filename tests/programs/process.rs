//! The real binary without a terminal: read its lines, send it signals, wait for its end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take on a loaded machine before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The program, running.
pub struct Process {
    child: Child,
    stderr: ChildStderr,
    lines: Receiver<String>,
}

/// How it ended.
pub struct Ending {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    /// What it printed that nobody has read yet.
    pub stdout: String,
    pub stderr: String,
}

impl Process {
    /// Starts `wirelab` with `args` and without a configuration.
    pub fn start(args: &[&str]) -> Self {
        let binary = std::env::var("WIRELAB_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_wirelab").into());
        let mut command = Command::new(binary);
        command.args(args).env_clear().env("XDG_CONFIG_HOME", "/nonexistent");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = child.stderr.take().unwrap();
        // Unbounded, so that a program that is not read goes on as at a fast terminal; the thread ends
        // with the program.
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, stderr, lines }
    }

    /// Waits for the next line that it prints.
    #[track_caller]
    pub fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("another line")
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits until SIGINT no longer ends it by itself.
    pub fn until_it_hears_sigint(&self) {
        let path = format!("/proc/{}/status", self.child.id());
        let begin = Instant::now();
        let caught = || {
            let status = std::fs::read_to_string(&path).unwrap();
            let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:\t")).unwrap();
            u64::from_str_radix(mask, 16).unwrap() & (1 << (2 - 1)) != 0
        };
        while !caught() {
            assert!(begin.elapsed() < PATIENCE, "never heard SIGINT");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> Ending {
        let begin = Instant::now();
        let mut printed = String::new();
        loop {
            match self.lines.recv_timeout(PATIENCE.saturating_sub(begin.elapsed())) {
                Ok(line) => printed += &(line + "\n"),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("never ended; it printed:\n{printed}"),
            }
        }
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        Ending { code: self.child.wait().unwrap().code(), stdout: printed, stderr }
    }
}

/// Sends a signal by name, such as `TERM`.
pub fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let status = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
    assert!(status.success(), "kill -{name}");
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
