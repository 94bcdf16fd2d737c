//! How to leave a connection so that its peer can still read what was said last.
//!
//! A socket that is dropped while bytes wait to be read resets the connection, and the reset overtakes what
//! was said. So: end our side, then read what still comes and forget it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::clock::Clock;

/// How long the peer may take to close its side, in world time. Who is slower than that loses nothing but
/// politeness.
pub const LINGER: Duration = Duration::from_secs(1);

/// Ends our side of `io`, then reads until the peer ends its own, for [`LINGER`] at most.
pub async fn linger<IO>(mut io: IO, clock: &Clock)
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    // Too late or too broken: either way the connection is over.
    let _ = clock.timeout(LINGER, end(&mut io)).await;
}

async fn end<IO>(io: &mut IO) -> io::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    io.shutdown().await?;
    let mut forgotten = [0; 1024];
    while io.read(&mut forgotten).await? > 0 {}
    Ok(())
}
