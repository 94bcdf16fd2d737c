//! How programs end whose output can't be written, or whose reader stands still.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{PATIENCE, signal};

fn wirelab(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wirelab"));
    command.args(args).env_clear().env("XDG_CONFIG_HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// A file that takes no byte.
fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// The exit code, once there is one; what it printed is read only then.
#[track_caller]
fn end(mut child: Child) -> (Option<i32>, String) {
    let begin = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begin.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("it never ended");
        }
        thread::sleep(Duration::from_millis(10));
    }
    let mut told = String::new();
    child.stderr.take().into_iter().for_each(|mut stderr| drop(stderr.read_to_string(&mut told)));
    (child.wait().unwrap().code(), told)
}

#[test]
fn a_message_that_nobody_can_read_costs_nothing_else() {
    for (args, code) in [
        (&["--bogus"][..], 2),
        (&["report", "--delay", "3d"], 2),
        (&["export", "/nonexistent", "--to", "csv"], 2),
        (&["listen", "poll", "http://127.0.0.1:1/poll", "--for", "10ms"], 0),
        (&["report", "--for", "1s", "--world-rate", "100", "--only", "sse"], 0),
    ] {
        let child = wirelab(args).stdout(Stdio::null()).stderr(full()).spawn().unwrap();
        assert_eq!(end(child).0, Some(code), "{args:?}");
    }
}

#[test]
fn what_cannot_be_printed_is_told() {
    for args in [
        &["--help"][..],
        &["--print-config"],
        &["completions", "bash"],
        &["man"],
        &["serve"],
        &["listen", "poll", "http://127.0.0.1:1/poll"],
        &["report", "--for", "1s", "--world-rate", "100", "--only", "sse"],
    ] {
        let child = wirelab(args).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        let (code, told) = end(child);
        assert_eq!(code, Some(1), "{args:?}: {told}");
        let why = "No space left on device (os error 28)\n";
        assert!(told.starts_with("wirelab: error: ") && told.ends_with(why), "{args:?}: {told}");
    }
}

/// Sends events for as long as they are taken; returns once nobody has taken any for a while.
fn flood(server: &TcpListener) -> TcpStream {
    let (mut socket, _) = server.accept().unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        socket.read_exact(&mut byte).unwrap();
        asked.extend(byte);
    }
    socket.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n").unwrap();
    let block = format!("data: {}\n\n", "x".repeat(4000));
    loop {
        match socket.write_all(block.as_bytes()) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                return socket;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// Starts to listen to a flood, and returns once the listener stands still because nobody reads.
fn stalled(more: &[&str]) -> (Child, TcpStream) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/events", server.local_addr().unwrap());
    let args = [&["listen", "sse", &url][..], more].concat();
    let child = wirelab(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let socket = flood(&server);
    (child, socket)
}

#[test]
fn a_reader_that_stands_still_holds_up_the_server_and_no_signal() {
    let ends_by = |name: &'static str| {
        let (child, _socket) = stalled(&[]);
        signal(&child, name);
        let (code, told) = end(child);
        assert_eq!(code, Some(1), "{name}: {told}");
        assert!(told.starts_with("wirelab: error: stdout: nobody is reading it; "), "{told}");
    };
    thread::scope(|scope| {
        for name in ["INT", "TERM", "HUP"] {
            scope.spawn(move || ends_by(name));
        }
    });
}

#[test]
fn a_reader_that_stands_still_does_not_stop_the_time() {
    let (child, _socket) = stalled(&["--for", "5s"]);
    let (code, told) = end(child);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("nobody is reading it"), "{told}");
}

#[test]
fn a_reader_that_comes_late_gets_every_line() {
    let (mut child, socket) = stalled(&[]);
    drop(socket);
    signal(&child, "TERM");
    let mut printed = String::new();
    child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    assert!(printed.ends_with('\n') && printed.lines().count() > 50, "{} bytes", printed.len());
    assert!(printed.lines().skip(1).all(|line| line.starts_with(r#"{"type":"#) && line.ends_with('}')));
    assert_eq!(end(child), (Some(0), String::new()));
}
