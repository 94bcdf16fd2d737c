//! Written and read back.

mod records;

use std::time::Duration;

use proptest::prelude::*;

use self::records::records;
use super::*;
use crate::clock::WorldTime;
use crate::model::Protocol;
use crate::trace::{Keep, Lane, Record, Trace};

fn at(millis: u64) -> WorldTime {
    WorldTime::from_millis(millis)
}

fn trace_of(records: &[Record], keep: Keep) -> Trace {
    let mut trace = Trace::keeping(keep);
    records.iter().cloned().for_each(|record| trace.apply(record));
    trace
}

fn written(trace: &Trace) -> Vec<u8> {
    let mut out = Vec::new();
    Writer::begin(&mut out, &Setup::default(), trace).unwrap();
    out
}

/// All that a screen or a report can ask of a trace, at the end and at some moments before.
fn everything(trace: &Trace) -> String {
    let lane = |lane: &Lane| {
        let spans: Vec<_> =
            lane.phases().filter(|span| span.until.is_none_or(|until| until >= trace.edge())).collect();
        let bytes: Vec<_> = lane.flights().iter().map(|flight| trace.bytes(flight)).collect();
        format!(
            "{:?} {spans:?} {:?} {:?} {bytes:?} {:?}",
            lane.flights(),
            lane.shown(),
            lane.crowd(),
            lane.client(trace.latest())
        )
    };
    let moments = [trace.edge(), at(500), at(705), trace.latest()].map(|moment| {
        let glance = trace.glance(moment);
        serde_json::to_string(&(&*glance.tallies, glance.settings)).unwrap()
    });
    let ours = Protocol::ALL.map(|protocol| lane(trace.lane(protocol)));
    let visitors: Vec<_> = trace.visitors().map(|(id, of)| (id, trace.lane_name(id), lane(of))).collect();
    format!("{:?} {ours:?} {visitors:?} {moments:?} {}", trace.births(), trace.dropped())
}

#[test]
fn what_was_written_is_read_back() {
    let trace = trace_of(&records(), Keep::default());
    let saved = read(&written(&trace)[..]).unwrap();
    assert_eq!((saved.cut, &saved.setup), (None, &Setup::default()));
    assert_eq!(saved.trace.records(), trace.records());
    assert_eq!(everything(&saved.trace), everything(&trace));
    let moments = [at(0), trace.latest()];
    assert_eq!(moments.map(|moment| *saved.trace.gauge(moment)), moments.map(|moment| *trace.gauge(moment)));
    for protocol in Protocol::ALL {
        assert_eq!(saved.trace.incidents(protocol), trace.incidents(protocol), "{protocol:?}");
    }
}

#[test]
fn a_trace_that_forgot_its_beginning_is_read_back_too() {
    for span in [0, 20, 60, 130, 300, 480, 600] {
        let trace = trace_of(&records(), Keep { span: Duration::from_millis(span), ..Keep::default() });
        assert!(trace.first_record() > 0, "{span}");
        let again = read(&written(&trace)[..]).unwrap().trace;
        assert_eq!(everything(&again), everything(&trace), "{span} ms kept");
        assert_eq!(written(&again), written(&trace), "{span} ms kept");
    }
}

#[test]
fn a_file_grows_with_its_trace() {
    let records = records();
    let mut trace = trace_of(&records[..9], Keep::default());
    let mut out = Vec::new();
    let mut writer = Writer::begin(&mut out, &Setup::default(), &trace).unwrap();
    for record in &records[9..] {
        trace.apply(record.clone());
        writer.follow(&trace).unwrap();
    }
    assert_eq!(out, written(&trace));
}

#[test]
fn records_that_are_gone_are_not_left_out_in_silence() {
    let records = records();
    let mut trace = trace_of(&records[..2], Keep { span: Duration::ZERO, ..Keep::default() });
    let mut writer = Writer::begin(Vec::new(), &Setup::default(), &trace).unwrap();
    records[2..].iter().cloned().for_each(|record| trace.apply(record));
    let error = writer.follow(&trace).unwrap_err();
    assert!(error.to_string().ends_with("records came too fast to be written"), "{error}");
}

/// A message of more bytes than had passed.
const FAT: &[u8] = br#"{"at":1,"what":{"sent":{"conn":1,"protocol":"polling","direction":"down","message":{"kind":"sse_event","bytes":{"framing":9,"headers":0,"payload":0},"end":8,"events":null,"setup":false},"began":1,"arrival":{"at":1}}}}
"#;

#[test]
fn damage_is_told_with_its_line_and_the_rest_is_read() {
    let file = written(&trace_of(&records(), Keep::default()));
    let lines: Vec<_> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let damaged = |line: &[u8]| [&lines[..5].concat(), line, &lines[6..].concat()].concat();
    for (line, why) in [
        (&b"\n"[..], "no record: it ends too soon"),
        (b"{\"at\":1}\n", "no record: missing field `what`"),
        (b"{\"at\":1,\"what\":\"rest\"}\n", "no record: unknown variant `rest`"),
        (b"{\"at\":1,\"what\":{\"gauged\":7}}\n", "no record: invalid type: integer `7`"),
        (b"\xff\n", "no record: expected value"),
        (b"{\"at\":18446744073709551615,\"what\":\"reset\"}\n", "a record of what can't be"),
        (b"{\"at\":-1,\"what\":\"reset\"}\n", "no record: invalid value"),
        (FAT, "a record of what can't be"),
    ] {
        let saved = read(&damaged(line)[..]).unwrap();
        let cut = saved.cut.unwrap();
        assert!(cut.line == 6 && cut.why.starts_with(why) && !cut.why.contains("struct"), "{cut}");
        assert_eq!(saved.trace.records().len(), 4);
    }
}

#[test]
fn foreign_files_are_refused() {
    let told = |file: &[u8]| read(file).unwrap_err().to_string();
    assert!(told(b"").starts_with("line 1: no JSON"), "{}", told(b""));
    assert!(told(b"%PDF-1.7\n").starts_with("line 1: no JSON"));
    assert!(
        told(b"{\"log\":{}}\n").starts_with("line 1: no `wirelab_trace`; a trace is a .wirelab.jsonl file")
    );
    let file = String::from_utf8(written(&trace_of(&records(), Keep::default()))).unwrap();
    let absurd = file.replacen("\"born\":0", "\"born\":18446744073709551615", 1);
    assert!(absurd != file && told(absurd.as_bytes()).starts_with("line 1: totals that can't be"));
    let other = b"{\"wirelab_trace\":5,\"program\":\"9.0\"}\n";
    assert_eq!(
        told(other),
        "line 1: version 5 of the format, and this program reads versions 2 to 4; try the Wirelab that wrote it (9.0)"
    );
}

proptest! {
    /// Wherever a crash cuts the file, what is before the cut is there, and nothing else.
    #[test]
    fn a_cut_file_is_read_up_to_the_cut(at in 0.0..1.0_f64) {
        let trace = trace_of(&records(), Keep::default());
        let file = written(&trace);
        let head = file.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the file")]
        let cut = head + ((file.len() - head) as f64 * at) as usize;
        let saved = read(&file[..cut]).unwrap();
        let whole = file[head..cut].split(|byte| *byte == b'\n').count() - 1;
        let kept = saved.trace.records().len();
        // A line that lacks nothing but its end is whole.
        prop_assert!(kept == whole || (kept == whole + 1 && file[cut] == b'\n'));
        prop_assert!(saved.trace.records().iter().eq(trace.records().iter().take(kept)));
        prop_assert_eq!(saved.cut.is_some(), kept == whole && !file[..cut].ends_with(b"\n"));
    }

    /// Bytes of any kind are refused or read, and never a panic.
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(read(&bytes[..]));
    }
}
