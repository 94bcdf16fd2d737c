//! A proxy that passes responses on only when there is enough of them.
//!
//! On a connection that several lanes share it begins to collect with the first byte of a response of the lane
//! that is to leave, and what is behind waits too. The answers of other lanes are not collected.

use super::spec::{Idle, Scope, Spared, Spec, Words, is_no_http};
use super::{Degrees, Fault, Scale};

const USUAL: u64 = 16 << 10;

pub(super) static SPEC: Spec = Spec {
    name: "buffering proxy",
    what: "responses wait until full or over",
    key: 'p',
    scope: Scope::Responses,
    degrees: Degrees::Size(Scale {
        make: Fault::Buffer,
        of: |fault| if let Fault::Buffer(bytes) = fault { Some(bytes) } else { None },
        usual: USUAL,
        presets: &[1 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 1 << 20],
    }),
    impair: |fault, way| {
        if let Fault::Buffer(bytes) = fault {
            way.buffer = Some(bytes);
        }
    },
    spared: Some(Spared { who: is_no_http, because: "no proxy buffers a WebSocket" }),
    idle: Some(Idle {
        on: |protocol, _| !protocol.pushes(),
        because: "each answer is over at once, and the proxy passes it on",
    }),
    words: Words { short: Some("proxy"), ..Words::USUAL },
    ..Spec::of(Fault::Buffer(USUAL))
};
