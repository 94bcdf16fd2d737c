//! A delay that varies.
//!
//! On a connection that several lanes share it varies for the lane's own bytes. Order is kept: they come no
//! earlier than what is before them, and nothing behind them overtakes.

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
