//! How a server shows that it has read an upgrade (RFC 6455 §4.2.2): step by step.

use data_encoding::BASE64;
use sha1::{Digest, Sha1};

/// What every server appends to a client's key (RFC 6455 §1.3).
pub const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The way from a `Sec-WebSocket-Key` to its `Sec-WebSocket-Accept`.
///
/// ```
/// use wirelab::dissect::anatomy::Accept;
///
/// // RFC 6455's own example, §1.3.
/// let steps = Accept::of("dGhlIHNhbXBsZSBub25jZQ==");
/// assert_eq!(steps.digest[..4], [0xb3, 0x7a, 0x4f, 0x2c]);
/// assert_eq!(steps.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    /// The SHA-1 of key and GUID.
    pub digest: [u8; 20],
    /// The same in base64: the field's value.
    pub accept: String,
}

impl Accept {
    /// Works it out.
    #[must_use]
    pub fn of(key: &str) -> Self {
        let digest = Sha1::new().chain_update(key).chain_update(GUID).finalize();
        Self { digest: digest.into(), accept: BASE64.encode(&digest) }
    }
}
