//! Real sockets: what the kernel makes of a strike.

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::*;

/// Long enough for a loaded machine; nobody waits that long unless the test fails.
const PATIENCE: Duration = Duration::from_secs(20);

struct Pair {
    network: Network,
    client: TcpStream,
    server: Link<TcpStream>,
    conditions: watch::Sender<Conditions>,
    _collector: Collector,
}

async fn pair(settings: LinkSettings) -> Pair {
    let (conditions, watched) = watch::channel(settings.into());
    let (recorder, collector) = trace::channel();
    let network = super::network(Clock::new(Rate::LIFE), watched, recorder);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (socket, peer) = listener.accept().await.unwrap();
    let server = network.link(socket, peer);
    Pair { network, client, server, conditions, _collector: collector }
}

async fn read(io: &mut (impl AsyncRead + Unpin)) -> Result<usize, io::ErrorKind> {
    timeout(PATIENCE, io.read(&mut [0; 64])).await.unwrap().map_err(|error| error.kind())
}

#[tokio::test]
async fn a_reset_is_a_reset() {
    for settings in [delay(0), delay(20)] {
        let mut pair = pair(settings).await;
        pair.client.write_all(b"hello").await.unwrap();
        assert_eq!(read(&mut pair.server).await, Ok(5));
        pair.network.strike(Break::new(Fault::Reset, None, None));
        assert_eq!(read(&mut pair.server).await, Err(io::ErrorKind::ConnectionReset));
        assert_eq!(read(&mut pair.client).await, Err(io::ErrorKind::ConnectionReset));
    }
}

#[tokio::test]
async fn a_close_is_an_end_in_good_order() {
    for settings in [delay(0), delay(20)] {
        let mut pair = pair(settings).await;
        pair.client.write_all(b"hello").await.unwrap();
        assert_eq!(read(&mut pair.server).await, Ok(5));
        pair.server.write_all(b"goodbye").await.unwrap();
        pair.client.write_all(b"unread").await.unwrap();
        pair.network.strike(Break::new(Fault::Close, None, None));
        pair.client.write_all(b"too late").await.unwrap();
        drop(pair.server);
        assert_eq!(read(&mut pair.client).await, Ok(7));
        assert_eq!(read(&mut pair.client).await, Ok(0));
    }
}

#[tokio::test]
async fn a_client_behind_a_black_hole_is_not_told_that_the_server_is_gone() {
    let mut pair = pair(delay(0)).await;
    pair.conditions.send_modify(|all| all.faults.put(Break::new(Fault::BlackHole, None, None)));
    drop(pair.server);
    pair.client.write_all(b"is anybody there").await.unwrap();
    assert!(timeout(Duration::from_millis(100), pair.client.read_u8()).await.is_err());
    assert_eq!(pair.network.connections(), 1);
    drop(pair.client);
    let gone = async {
        while pair.network.connections() > 0 || pair.network.pumps() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, gone).await.unwrap();
}
