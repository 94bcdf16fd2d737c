//! A real pseudo-terminal round the real binary: press keys, send signals, wait for what the screen
//! says.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

/// How long anything may take on a loaded machine before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the program wrote so far: as a screen, and as bytes.
struct Output {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    /// Nobody reads any more: the reader lets go of the terminal.
    hung_up: bool,
}

/// The program in its pseudo-terminal.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    output: Arc<Mutex<Output>>,
    reader: JoinHandle<()>,
    modes_before: String,
}

/// The binary under test: `WIRELAB_BIN`, or the one that was built with the tests.
pub fn binary() -> String {
    std::env::var("WIRELAB_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_wirelab").to_owned())
}

impl Session {
    /// Starts `wirelab` with `args` at `columns` × `rows`.
    pub fn start(columns: u16, rows: u16, args: &[&str]) -> Self {
        Self::start_with(columns, rows, args, &[])
    }

    /// Starts `wirelab` from a script in a shell with job control. Whenever it is stopped or has ended, the shell
    /// says `SHELL`, and Enter brings it back.
    pub fn start_in_shell(columns: u16, rows: u16, args: &[&str]) -> Self {
        let job = "sh -c '\"$0\" \"$@\"; exit' \"$0\" \"$@\"";
        let mut command = CommandBuilder::new("sh");
        command.args(["-c", &format!("set -m; {job}; while echo SHELL; read line; do fg; done")]);
        command.arg(binary());
        command.args(args);
        Self::run(columns, rows, command, &[])
    }

    /// Starts `wirelab` with more of an environment; `PWD` is also where it starts.
    pub fn start_with(columns: u16, rows: u16, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(binary());
        command.args(args);
        Self::run(columns, rows, command, environment)
    }

    fn run(columns: u16, rows: u16, mut command: CommandBuilder, environment: &[(&str, &str)]) -> Self {
        let pair = NativePtySystem::default().openpty(size(columns, rows)).unwrap();
        command.env("TERM", "xterm-256color");
        command.env("COLORTERM", "truecolor");
        command.env("LANG", "C.UTF-8");
        // No configuration of whoever runs the tests.
        command.env("XDG_CONFIG_HOME", "/nonexistent");
        for (name, value) in environment {
            command.env(name, value);
            if *name == "PWD" {
                command.cwd(value);
            }
        }
        let modes_before = modes(&*pair.master);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keyboard = Some(pair.master.take_writer().unwrap());
        let child = pair.slave.spawn_command(command).unwrap();
        let screen = vt100::Parser::new(rows, columns, 0);
        let output = Arc::new(Mutex::new(Output { screen, bytes: Vec::new(), hung_up: false }));
        let written = Arc::clone(&output);
        let reader = thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                let mut output = written.lock().unwrap();
                if output.hung_up {
                    return;
                }
                output.screen.process(&buffer[..count]);
                output.bytes.extend_from_slice(&buffer[..count]);
            }
        });
        Self { child, master: Some(pair.master), keyboard, output, reader, modes_before }
    }

    /// Types `keys`.
    pub fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().expect("the terminal is still there");
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    /// Changes the terminal's size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.output.lock().unwrap().screen.screen_mut().set_size(rows, columns);
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
    }

    /// Closes the terminal, as closing a window does.
    pub fn hang_up(&mut self) {
        self.output.lock().unwrap().hung_up = true;
        self.keyboard = None;
        self.master = None;
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.pid()]).status().unwrap();
        assert!(status.success(), "kill -{name}");
    }

    fn pid(&self) -> String {
        self.child.process_id().expect("a started process has an id").to_string()
    }

    /// What the screen shows now.
    pub fn text(&self) -> String {
        self.output.lock().unwrap().screen.screen().contents()
    }

    /// Every byte that the program wrote so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.output.lock().unwrap().bytes.clone()
    }

    /// Waits until the screen satisfies `condition`; fails with the screen if it does not.
    pub fn until(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let begin = Instant::now();
        loop {
            let text = self.text();
            if condition(&text) {
                return text;
            }
            assert!(begin.elapsed() < PATIENCE, "never saw {what}; the screen:\n{text}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the screen shows `text`.
    pub fn until_text(&self, text: &str) -> String {
        self.until(text, |screen| screen.contains(text))
    }

    /// Waits until the process has ended, and returns its exit code.
    pub fn until_exit(&mut self) -> u32 {
        let begin = Instant::now();
        loop {
            // Its last bytes may come after its end; the reader ends with them.
            if let Some(status) = self.child.try_wait().unwrap()
                && self.reader.is_finished()
            {
                return status.exit_code();
            }
            assert!(begin.elapsed() < PATIENCE, "never ended; the screen:\n{}", self.text());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until the terminal is as it was before the program began: its last bytes may still be on their
    /// way.
    pub fn until_restored(&self) {
        let begin = Instant::now();
        while let Some(left) = self.left_behind() {
            assert!(begin.elapsed() < PATIENCE, "{left}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What of the program is left in the terminal.
    fn left_behind(&self) -> Option<String> {
        let output = self.output.lock().unwrap();
        let screen = output.screen.screen();
        let left = [
            (screen.alternate_screen(), "still on the alternate screen"),
            (screen.hide_cursor(), "the cursor is still hidden"),
            (screen.bracketed_paste(), "still in bracketed paste mode"),
            (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "the mouse is still captured"),
        ];
        let modes = modes(&**self.master.as_ref().unwrap());
        let left = left.into_iter().find_map(|(is_left, what)| is_left.then(|| what.to_owned()));
        left.or_else(|| (modes != self.modes_before).then(|| format!("terminal modes: {modes}")))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        drop(self.child.kill());
    }
}

const fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

/// The terminal's line modes, as text to compare.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a pseudo-terminal has modes"))
}
