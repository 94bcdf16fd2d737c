//! A delay that varies.

use std::time::Duration;

use super::degrees::WAITS;
use super::spec::Spec;
use super::{Degrees, Fault, Scale};

const USUAL: Duration = Duration::from_millis(500);

pub(super) static SPEC: Spec = Spec {
    name: "jitter",
    what: "the delay varies",
    key: 'j',
    degrees: Degrees::Swing(Scale {
        make: Fault::Jitter,
        of: |fault| if let Fault::Jitter(by) = fault { Some(by) } else { None },
        usual: USUAL,
        presets: &WAITS,
    }),
    impair: |fault, way| {
        if let Fault::Jitter(by) = fault {
            way.jitter = way.jitter.max(by);
        }
    },
    ..Spec::of(Fault::Jitter(USUAL))
};
