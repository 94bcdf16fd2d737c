//! What is said of a kind of fault, in one place.

use super::{Degrees, Fault};
use crate::model::impairment::Impairment;
use crate::model::protocol::Protocol;

/// Where a kind of fault acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// On the bytes of one lane or all, in one direction or both.
    Bytes,
    /// On the responses of one lane or all.
    Responses,
    /// On the connections of one lane or all.
    Connections,
    /// On everybody.
    Everything,
}

/// What a kind of fault breaks: those that break the same thing stand together among the menu's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
pub enum Family {
    /// How bytes travel.
    Link,
    /// Connections as a whole.
    Connection,
    /// What the server does.
    Server,
}

/// How a kind of fault ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It lasts until it is lifted.
    WhenLifted,
    /// It happens once, and is over.
    AtOnce,
    /// It lasts for as long as its strength says.
    ByItself,
}

/// All that is said of a kind of fault.
pub(super) struct Spec {
    /// Its name on the screen.
    pub name: &'static str,
    /// What it does, in a few words: the menu's line.
    pub what: &'static str,
    /// Its key in the menu.
    pub key: char,
    pub family: Family,
    pub scope: Scope,
    pub ending: Ending,
    pub degrees: Degrees,
    /// What it makes of the bytes that pass where it acts.
    pub impair: fn(Fault, &mut Impairment),
    /// Whom it can't hit.
    pub spared: Option<Spared>,
    /// Where it acts and changes nothing.
    pub idle: Option<Idle>,
    pub words: Words,
}

/// Protocols that a fault can't hit.
#[derive(Debug)]
pub struct Spared {
    /// Which.
    pub who: fn(Protocol) -> bool,
    /// Why, as a sentence.
    pub because: &'static str,
}

/// Where a fault acts and changes nothing.
#[derive(Debug)]
pub struct Idle {
    /// On which lanes, by how many clients that stay HTTP there are.
    pub on: fn(Protocol, u32) -> bool,
    /// Why, as a sentence.
    pub because: &'static str,
}

/// Words for where the usual ones do not fit.
#[derive(Debug)]
pub(super) struct Words {
    /// Its name among the menu's keys.
    pub short: Option<&'static str>,
    /// Its name while it is in force.
    pub in_force: Option<&'static str>,
    /// What its key does in the menu while it is in force.
    pub again: Option<&'static str>,
    /// What lifting it is.
    pub lift: Option<&'static str>,
    /// That it is over.
    pub over: Option<&'static str>,
}

impl Words {
    pub const USUAL: Self = Self { short: None, in_force: None, again: None, lift: None, over: None };
}

impl Spec {
    /// A fault of all bytes without degrees that lasts until it is lifted: a file says what is otherwise, and
    /// what such a fault does.
    pub const fn of(fault: Fault) -> Self {
        Self {
            name: "",
            what: "",
            key: ' ',
            family: Family::Link,
            scope: Scope::Bytes,
            ending: Ending::WhenLifted,
            degrees: Degrees::None(fault),
            impair: |_, _| {},
            spared: None,
            idle: None,
            words: Words::USUAL,
        }
    }
}

/// Whether nothing between client and server takes it for HTTP: a proxy does not buffer it, and a browser
/// does not count it among its six connections.
pub(super) fn is_no_http(protocol: Protocol) -> bool {
    !protocol.stays_http()
}
