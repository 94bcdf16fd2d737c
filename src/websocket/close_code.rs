//! Close codes: why a WebSocket is closed, as a number (RFC 6455 §7.4, and the registry at IANA that it
//! set up: "WebSocket Close Code Number Registry").
//!
//! | codes | on the wire | |
//! |---|---|---|
//! | 0–999 | never | |
//! | 1000–1003, 1007–1014 | yes | the protocol's own |
//! | 1004 | never | reserved |
//! | 1005, 1006, 1015 | never | what a program is told where no code came |
//! | 1016–2999 | not yet | for future versions and extensions |
//! | 3000–3999 | yes | registered by libraries and frameworks |
//! | 4000–4999 | yes | private |

/// Nothing is wrong.
pub const NORMAL: u16 = 1000;
/// The server goes down, or the page is left.
pub const GOING_AWAY: u16 = 1001;
/// The other side broke the protocol's rules.
pub const PROTOCOL_ERROR: u16 = 1002;
/// A text that is no UTF-8.
pub const INVALID_PAYLOAD: u16 = 1007;
/// The other side broke this side's own rules: it did not answer a ping.
pub const POLICY_VIOLATION: u16 = 1008;
/// A message larger than this side takes.
pub const TOO_BIG: u16 = 1009;

/// Whether a close frame may have this code.
#[must_use]
pub const fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Whether who closes with this code has nothing to complain about and no trouble.
#[must_use]
pub const fn is_clean(code: u16) -> bool {
    matches!(code, NORMAL | GOING_AWAY | 3000..=4999)
}

/// Whether who closes with this code complains about what the other side did.
#[must_use]
pub const fn is_complaint(code: u16) -> bool {
    matches!(code, 1002 | 1003 | 1007..=1010)
}

/// What a code means, in a few words.
#[must_use]
pub const fn meaning(code: u16) -> &'static str {
    match code {
        1000 => "normal closure",
        1001 => "going away",
        1002 => "protocol error",
        1003 => "unsupported data",
        1005 => "no status (never sent)",
        1006 => "abnormal closure (never sent)",
        1007 => "invalid payload data",
        1008 => "policy violation",
        1009 => "message too big",
        1010 => "extension missing",
        1011 => "internal error",
        1012 => "service restart",
        1013 => "try again later",
        1014 => "bad gateway",
        1015 => "TLS handshake failed (never sent)",
        3000 => "unauthorized",
        3003 => "forbidden",
        3008 => "timeout",
        4000..=4999 => "a private code",
        code if may_be_sent(code) => "a registered code",
        _ => "a reserved code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_registry() {
        let allowed: Vec<u16> = (0..3000).filter(|code| may_be_sent(*code)).collect();
        let registered = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];
        assert_eq!(allowed, registered);
        assert!((3000..5000).all(may_be_sent) && !(5000..=u16::MAX).any(may_be_sent));
        for code in registered {
            assert!(!meaning(code).contains("reserved") && !meaning(code).contains("never"), "{code}");
        }
        for code in [1005, 1006, 1015] {
            assert!(meaning(code).contains("never sent"), "{code}");
        }
        for code in [0, 999, 1004, 1016, 2999, 5000] {
            assert_eq!(meaning(code), "a reserved code", "{code}");
        }
    }
}
