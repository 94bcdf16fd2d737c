//! The server is down for a while. The lab does it: it owns the server.

use std::time::Duration;

use super::degrees::WAITS;
use super::spec::{Ending, Family, Scope, Spec, Words};
use super::{Degrees, Fault, Scale};

const USUAL: Duration = Duration::from_secs(2);

pub(super) static SPEC: Spec = Spec {
    name: "server restart",
    what: "down for a while",
    key: 'R',
    family: Family::Server,
    scope: Scope::Everything,
    ending: Ending::ByItself,
    degrees: Degrees::Time(Scale {
        make: Fault::Restart,
        of: |fault| if let Fault::Restart(down) = fault { Some(down) } else { None },
        usual: USUAL,
        presets: &WAITS,
    }),
    words: Words {
        in_force: Some("server down"),
        again: Some("it comes back by itself"),
        over: Some("the server is back"),
        ..Words::USUAL
    },
    ..Spec::of(Fault::Restart(USUAL))
};
