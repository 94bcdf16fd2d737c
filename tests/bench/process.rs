//! The whole program in a pseudo-terminal with its defaults: first paint, processor time, memory,
//! terminal bytes; and its processor time per paint beside a published ratatui program, if that is
//! installed.

use std::io::{Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, NativePtySystem, PtySize, PtySystem};

use crate::figures::{self, Sample};

const STARTS: usize = 15;
/// How long the program warms up before its processor time is taken.
const WARM_UP: Duration = Duration::from_secs(5);
const WATCH: Duration = Duration::from_secs(15);
/// The kernel counts processor time in hundredths of a second (`USER_HZ`, fixed by Linux's ABI).
const TICKS_PER_SECOND: f64 = 100.0;

pub fn run() {
    println!("the whole program, 120×40, defaults");
    let first_paints = (0..STARTS).map(|_| first_paint()).collect();
    let first_paints = Sample::new(first_paints);
    println!("  {:<58} {}", "first paint after start", first_paints.line("ms"));
    figures::figure("median", first_paints.median(), "ms", 20.0);

    let mut program = Program::start(env!("CARGO_BIN_EXE_wirelab"), &[]);
    std::thread::sleep(WARM_UP);
    let busy = program.watch(WATCH);
    figures::figure("processor time, share of a core", busy.cpu_share * 100.0, "%", 10.0);
    figures::figure("terminal bytes", busy.bytes_per_second / 1e6, "MB/s", 0.4);
    std::thread::sleep(Duration::from_secs(60).saturating_sub(WARM_UP + WATCH));
    figures::figure("memory after a minute", program.resident_mebibytes(), "MiB", 12.0);
    program.press(" ");
    // What the key says on the status line is gone by then.
    std::thread::sleep(Duration::from_secs(6));
    let frozen = program.watch(Duration::from_secs(5));
    figures::figure("terminal bytes, frozen", frozen.bytes_per_second, "B/s", 100.0);
    drop(program);
    compare_paints(&busy);
    binary_size();
}

/// Milliseconds from starting the process to the first lane on its screen.
fn first_paint() -> f64 {
    let begin = Instant::now();
    let program = Program::start(env!("CARGO_BIN_EXE_wirelab"), &[]);
    while program.seen.load(Ordering::Acquire) == 0 && begin.elapsed() < Duration::from_secs(10) {
        std::thread::yield_now();
    }
    begin.elapsed().as_secs_f64() * 1e3
}

/// Processor time per paint beside `gping`, a published ratatui program that draws a live chart.
fn compare_paints(ours: &Watched) {
    let Ok(gping) = std::env::var("GPING") else {
        println!("  processor time per paint: set GPING to the path of an installed gping to compare");
        return;
    };
    let program = Program::start(&gping, &["--watch-interval", "0.1", "127.0.0.1"]);
    std::thread::sleep(WARM_UP);
    let theirs = program.watch(WATCH);
    if theirs.paints_per_second == 0.0 {
        println!("  processor time per paint: gping painted nothing; it needs `ping`");
        return;
    }
    let (ours, theirs) = (ours.micros_per_paint(), theirs.micros_per_paint());
    println!(
        "  processor time per paint: ours {ours:.0} µs, gping {theirs:.0} µs, ratio {:.2}×",
        ours / theirs
    );
}

fn binary_size() {
    let size = std::fs::metadata(env!("CARGO_BIN_EXE_wirelab")).map_or(0, |file| file.len());
    figures::figure("release binary", size as f64 / 1e6, "MB", 8.0);
}

/// A program in its pseudo-terminal, and how much it wrote.
struct Program {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    bytes: Arc<AtomicU64>,
    paints: Arc<AtomicU64>,
    seen: Arc<AtomicU64>,
    _master: Box<dyn MasterPty + Send>,
}

/// What a program did while it was watched.
struct Watched {
    cpu_share: f64,
    bytes_per_second: f64,
    paints_per_second: f64,
}

impl Watched {
    fn micros_per_paint(&self) -> f64 {
        self.cpu_share * 1e6 / self.paints_per_second.max(1e-9)
    }
}

impl Program {
    fn start(path: &str, args: &[&str]) -> Self {
        let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
        let pair = NativePtySystem::default().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(path);
        command.args(args);
        for (name, value) in [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("LANG", "C.UTF-8")] {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keyboard = pair.master.take_writer().expect("a writer");
        let [bytes, paints, seen] = [(); 3].map(|()| Arc::<AtomicU64>::default());
        let counters = [&bytes, &paints, &seen].map(Arc::clone);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 65536];
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                counters[0].fetch_add(count as u64, Ordering::Relaxed);
                // A read returns what one paint wrote, as both programs write a paint at once.
                counters[1].fetch_add(1, Ordering::Relaxed);
                if String::from_utf8_lossy(&buffer[..count]).contains("WebSocket") {
                    counters[2].store(1, Ordering::Release);
                }
            }
        });
        Self { child, keyboard, bytes, paints, seen, _master: pair.master }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the program still reads");
    }

    fn watch(&self, span: Duration) -> Watched {
        let before =
            (self.cpu_seconds(), self.bytes.load(Ordering::Relaxed), self.paints.load(Ordering::Relaxed));
        let begin = Instant::now();
        std::thread::sleep(span);
        let seconds = begin.elapsed().as_secs_f64();
        Watched {
            cpu_share: (self.cpu_seconds() - before.0) / seconds,
            bytes_per_second: (self.bytes.load(Ordering::Relaxed) - before.1) as f64 / seconds,
            paints_per_second: (self.paints.load(Ordering::Relaxed) - before.2) as f64 / seconds,
        }
    }

    fn proc_file(&self, name: &str) -> String {
        let pid = self.child.process_id().expect("a started program has an id");
        std::fs::read_to_string(format!("/proc/{pid}/{name}")).expect("the program runs")
    }

    /// User and system time so far (proc(5): fields 14 and 15 of `stat`).
    fn cpu_seconds(&self) -> f64 {
        let stat = self.proc_file("stat");
        let after_name = stat.rsplit(") ").next().unwrap_or_default();
        let ticks: f64 =
            after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
        ticks / TICKS_PER_SECOND
    }

    fn resident_mebibytes(&self) -> f64 {
        let status = self.proc_file("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
