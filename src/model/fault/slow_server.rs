//! The server takes its time before it answers. The server does it: see
//! [`Faults::slow_server`](crate::model::Faults::slow_server).

use std::time::Duration;

use super::degrees::WAITS;
use super::spec::{Family, Idle, Scope, Spec};
use super::{Degrees, Fault, Scale};

const USUAL: Duration = Duration::from_secs(1);

pub(super) static SPEC: Spec = Spec {
    name: "slow server",
    what: "every answer takes longer",
    key: 'S',
    family: Family::Server,
    scope: Scope::Everything,
    degrees: Degrees::Time(Scale {
        make: Fault::SlowServer,
        of: |fault| if let Fault::SlowServer(wait) = fault { Some(wait) } else { None },
        usual: USUAL,
        presets: &WAITS,
    }),
    idle: Some(Idle {
        on: |protocol, _| protocol.pushes(),
        because: "the stream is open already, and asks for nothing more",
    }),
    ..Spec::of(Fault::SlowServer(USUAL))
};
