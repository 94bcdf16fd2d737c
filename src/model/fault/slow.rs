//! A narrow line.
//!
//! On a connection that several lanes share it is narrow for the lane's own bytes, and nothing behind them
//! overtakes.

use super::spec::Spec;
use super::{Degrees, Fault, Scale};

pub(super) static SPEC: Spec = Spec {
    name: "slow",
    what: "a narrow line",
    key: 's',
    degrees: Degrees::Rate(Scale {
        make: Fault::Slow,
        of: |fault| if let Fault::Slow(rate) = fault { Some(rate) } else { None },
        usual: 1000,
        presets: &[100, 200, 500, 1000, 2000, 5000, 10_000, 50_000],
    }),
    // The narrowest of all lines counts.
    impair: |fault, way| {
        if let Fault::Slow(rate) = fault {
            way.bandwidth = Some(way.bandwidth.map_or(rate, |other| other.min(rate)));
        }
    },
    ..Spec::of(Fault::Slow(1000))
};
