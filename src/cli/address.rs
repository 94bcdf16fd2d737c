//! Where the server listens.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

use super::scalar::as_text;
use super::value::BadValue;

/// An address and port that only this machine reaches: the server has no defence against strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loopback(pub SocketAddr);

impl FromStr for Loopback {
    type Err = BadValue;

    fn from_str(text: &str) -> Result<Self, BadValue> {
        let address = match text.strip_prefix("localhost:").map(str::parse) {
            Some(Ok(port)) => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port))),
            Some(Err(_)) => None,
            None => text.parse().ok(),
        };
        match address {
            Some(address) if address.ip().is_loopback() => Ok(Self(address)),
            Some(address) => Err(BadValue::new(
                "not a loopback address, and the server is for this machine only",
                format_args!("127.0.0.1:{}", address.port()),
            )),
            None => Err(BadValue::new("not an address with a port", "127.0.0.1:0 (0 takes any free port)")),
        }
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

as_text!([] Loopback);
