//! What an echo endpoint must answer.

const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8A;
/// The last fragment of a message, and one in between.
const LAST: u8 = 0x80;
const MORE: u8 = 0x00;
/// The first fragments of messages.
const BEGIN_TEXT: u8 = 0x01;
const BEGIN_BINARY: u8 = 0x02;

/// FIN, the reserved bits and the opcode in one byte, then the payload.
#[derive(Clone, PartialEq)]
pub struct Frame(pub u8, pub Vec<u8>);

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let begin = &self.1[..self.1.len().min(40)];
        write!(f, "{:02x}:{}:{}", self.0, self.1.len(), begin.escape_ascii())
    }
}

pub fn frame(first: u8, payload: impl AsRef<[u8]>) -> Frame {
    Frame(first, payload.as_ref().to_vec())
}

pub fn close(code: u16, reason: &str) -> Frame {
    Frame(CLOSE, [&code.to_be_bytes(), reason.as_bytes()].concat())
}

pub struct Case {
    pub name: String,
    pub says: Vec<Frame>,
    pub hears: Vec<Frame>,
}

/// A case that ends with a clean close of ours.
pub fn fine(name: impl Into<String>, says: &[Frame], hears: &[Frame]) -> Case {
    let goodbye = [close(1000, "done")];
    Case { name: name.into(), says: [says, &goodbye].concat(), hears: [hears, &goodbye].concat() }
}

/// A case in which the endpoint closes with `code`, whatever follows.
fn broken(name: impl Into<String>, says: &[Frame], hears: &[Frame], code: u16) -> Case {
    let ignored = [frame(TEXT, "ignored"), frame(PING, "ignored")];
    Case { name: name.into(), says: [says, &ignored].concat(), hears: [hears, &[close(code, "")]].concat() }
}

fn framing() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537] {
        for kind in [TEXT, BINARY] {
            let message = [frame(kind, vec![b'*'; length])];
            cases.push(fine(format!("1 {kind:x} of {length}"), &message, &message));
        }
    }
    let bytes: Vec<u8> = (0..=255).collect();
    cases.push(fine("1 every byte", &[frame(BINARY, &bytes)], &[frame(BINARY, &bytes)]));
    cases
}

fn pings() -> Vec<Case> {
    let mut cases = Vec::new();
    for length in 0..=125 {
        let payload = vec![0xFE; length];
        cases.push(fine(format!("2 ping of {length}"), &[frame(PING, &payload)], &[frame(PONG, &payload)]));
    }
    let many: Vec<Frame> = (0..10).map(|number| frame(PING, [number])).collect();
    let answers: Vec<Frame> = (0..10).map(|number| frame(PONG, [number])).collect();
    cases.extend([
        broken("2 ping of 126", &[frame(PING, [0; 126])], &[], 1002),
        broken("2 pong of 126", &[frame(PONG, [0; 126])], &[], 1002),
        fine("2 unasked pong", &[frame(PONG, "")], &[]),
        fine("2 unasked pong, then ping", &[frame(PONG, "a"), frame(PING, "b")], &[frame(PONG, "b")]),
        fine("2 ten pings", &many, &answers),
    ]);
    cases
}

fn reserved() -> Vec<Case> {
    let (hello, mut cases) = (frame(TEXT, "hello"), Vec::new());
    for bits in 1..=7_u8 {
        for opcode in [TEXT, BINARY, PING, PONG, CLOSE, BEGIN_TEXT] {
            let bad = frame(opcode | bits << 4, "*");
            let says = [hello.clone(), bad];
            cases.push(broken(format!("3 bits {bits} of {opcode:x}"), &says, &says[..1], 1002));
        }
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for payload in ["", "*"] {
            let says = [hello.clone(), frame(0x80 | opcode, payload)];
            cases.push(broken(format!("4 opcode {opcode} {payload}"), &says, &says[..1], 1002));
        }
    }
    cases
}

fn fragments() -> Vec<Case> {
    let hello = [frame(TEXT, "hello")];
    let (he, l, lo) = (frame(BEGIN_TEXT, "he"), frame(MORE, "l"), frame(LAST, "lo"));
    let ping = |payload: &str| frame(PING, payload);
    let answer = |payload: &str| frame(PONG, payload);
    let mut cases = vec![
        broken("5 ping in fragments", &[frame(0x09, "a"), frame(LAST, "b")], &[], 1002),
        broken("5 pong in fragments", &[frame(0x0A, "a"), frame(LAST, "b")], &[], 1002),
        broken("5 close in fragments", &[frame(0x08, [3, 232]), frame(LAST, "b")], &[], 1002),
        fine("5 two", &[he.clone(), frame(LAST, "llo")], &hello),
        fine("5 three", &[he.clone(), l.clone(), lo.clone()], &hello),
        fine(
            "5 ping between",
            &[he.clone(), ping("?"), frame(LAST, "llo")],
            &[answer("?"), hello[0].clone()],
        ),
        fine(
            "5 pings between",
            &[he.clone(), ping("1"), l.clone(), ping("2"), frame(PONG, "x"), lo.clone()],
            &[answer("1"), answer("2"), hello[0].clone()],
        ),
        fine("5 empty ones", &[frame(BEGIN_TEXT, ""), frame(MORE, ""), frame(LAST, "")], &[frame(TEXT, "")]),
        fine("5 empty end", &[frame(BEGIN_TEXT, "hello"), frame(LAST, "")], &hello),
        fine("5 binary", &[frame(BEGIN_BINARY, [0xFF]), frame(LAST, [0])], &[frame(BINARY, [0xFF, 0])]),
        broken("5 text inside text", &[he.clone(), frame(TEXT, "llo")], &[], 1002),
        broken("5 beginning inside text", &[he.clone(), frame(BEGIN_BINARY, "llo")], &[], 1002),
        broken("5 ping, then text inside", &[he.clone(), ping(""), frame(TEXT, "")], &[answer("")], 1002),
        fine("5 close inside", std::slice::from_ref(&he), &[]),
    ];
    for first in [LAST, MORE] {
        cases.push(broken(format!("5 {first:x} of nothing"), &[frame(first, "x")], &[], 1002));
        let says = [he.clone(), frame(LAST, "llo"), frame(first, "x")];
        cases.push(broken(format!("5 {first:x} after the end"), &says, &hello, 1002));
    }
    cases
}

fn texts() -> Vec<Case> {
    let mut cases = Vec::new();
    for text in [
        "κόσμε",
        "Hello-µ@ßöäüàá-UTF-8!!",
        "\0",
        "\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}",
        "\u{D7FF}\u{E000}\u{FFFD}\u{FFFE}\u{FFFF}\u{1FFFE}\u{10FFFE}",
        "\u{FEFF}",
        "e\u{301}🦀\u{202E}",
    ] {
        let whole = [frame(TEXT, text)];
        cases.push(fine(format!("6 {}", text.escape_default()), &whole, &whole));
        let bytes = text.as_bytes();
        let mut cut: Vec<Frame> = bytes.iter().map(|byte| frame(MORE, [*byte])).collect();
        cut[0].0 = BEGIN_TEXT;
        cut.push(frame(LAST, ""));
        cases.push(fine(format!("6 {} in fragments", text.escape_default()), &cut, &whole));
    }
    for bytes in [
        &b"\x80"[..],
        b"\xBF\xBF",
        b"\xFE",
        b"\xFF",
        b"\xC3",
        b"\xE2\x82",
        b"\xF0\x9F\xA6",
        b"\xC3 ",
        b"\xE2\x82 ",
        b"\xC0\x80",
        b"\xC0\xAF",
        b"\xC1\xBF",
        b"\xE0\x80\x80",
        b"\xE0\x9F\xBF",
        b"\xF0\x80\x80\x80",
        b"\xF0\x8F\xBF\xBF",
        b"\xF8\x88\x80\x80\x80",
        b"\xFC\x84\x80\x80\x80\x80",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xED\xA0\x80\xED\xB0\x80",
        b"\xF4\x90\x80\x80",
        b"\xF7\xBF\xBF\xBF",
        b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80edited",
    ] {
        let name = bytes.escape_ascii();
        cases.push(broken(format!("6 {name}"), &[frame(TEXT, bytes)], &[], 1007));
        let cut = [frame(BEGIN_TEXT, &bytes[..1]), frame(MORE, ""), frame(LAST, &bytes[1..])];
        cases.push(broken(format!("6 {name} in fragments"), &cut, &[], 1007));
        let binary = [frame(BINARY, bytes)];
        cases.push(fine(format!("6 {name} as binary"), &binary, &binary));
    }
    // It must fail with the fragment that is wrong: the message never ends.
    let early = [frame(BEGIN_TEXT, "κόσμε"), frame(MORE, b"\xF4\x90\x80\x80")];
    cases.push(broken("6 fails early", &early, &[], 1007));
    cases
}

fn closings() -> Vec<Case> {
    let case = |name: &str, says: Vec<Frame>, hears: Vec<Frame>| Case { name: name.to_owned(), says, hears };
    let bye = close(1000, "bye");
    let long = close(1000, &"x".repeat(123));
    let mut cases = vec![
        case("7 without a code", vec![frame(CLOSE, "")], vec![frame(CLOSE, "")]),
        case("7 longest reason", vec![long.clone()], vec![long]),
        case("7 text afterwards", vec![bye.clone(), frame(TEXT, "late")], vec![bye.clone()]),
        case("7 ping afterwards", vec![bye.clone(), frame(PING, "late")], vec![bye.clone()]),
        case("7 twice", vec![bye.clone(), close(1001, "")], vec![bye.clone()]),
        case("7 nonsense afterwards", vec![bye.clone(), frame(0xFF, "late")], vec![bye]),
        broken("7 half a code", &[frame(CLOSE, [3])], &[], 1002),
        broken("7 too long a reason", &[close(1000, &"x".repeat(124))], &[], 1002),
        broken("7 reason that is no text", &[frame(CLOSE, b"\x03\xE8\xCE\xBA\xED\xA0\x80")], &[], 1007),
    ];
    for code in
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
    {
        cases.push(case(&format!("7 code {code}"), vec![close(code, "")], vec![close(code, "")]));
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        let refused = close(1002, "");
        cases.push(case(&format!("7 code {code}"), vec![close(code, "")], vec![refused]));
    }
    cases
}

fn large() -> Vec<Case> {
    let megabyte: Vec<u8> = (b'a'..b'x').cycle().take(1 << 20).collect();
    let cut = |first: u8, size: usize| {
        let mut frames: Vec<Frame> = megabyte.chunks(size).map(|piece| frame(MORE, piece)).collect();
        frames[0].0 = first;
        frames.last_mut().unwrap().0 |= LAST;
        frames
    };
    vec![
        fine("9 text", &[frame(TEXT, &megabyte)], &[frame(TEXT, &megabyte)]),
        fine("9 binary", &[frame(BINARY, &megabyte)], &[frame(BINARY, &megabyte)]),
        fine("9 text in fragments of 64", &cut(BEGIN_TEXT, 64), &[frame(TEXT, &megabyte)]),
        fine("9 binary in fragments of 4096", &cut(BEGIN_BINARY, 4096), &[frame(BINARY, &megabyte)]),
        fine("10 fragments of 1300", &cut(BEGIN_TEXT, 1300), &[frame(TEXT, &megabyte)]),
    ]
}

pub fn all_cases() -> Vec<Case> {
    [framing(), pings(), reserved(), fragments(), texts(), closings(), large()]
        .into_iter()
        .flatten()
        .collect()
}
