//! A thousand faults on real sockets: what is left of them when everybody is gone.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng;
use rand::rngs::SmallRng;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use wirelab::client::{Context, Limits, Target};
use wirelab::clock::{Clock, Rate};
use wirelab::feed;
use wirelab::link::{Conditions, Network, Role, Routes};
use wirelab::model::Ending;
use wirelab::server::{Config, Hub, Server, always, protocol_of};
use wirelab::trace::{self};

use crate::script;
use crate::world::{HEART, LANES, PATIENCE, SILENCE, run};

const FAULTS: u32 = 1000;

/// How many clients each lane has.
const CLIENTS: usize = 5;

/// A thousand seconds of world time in ten of ours.
const RATE: f64 = 100.0;

/// Real time for one fault, about: half a second of the world.
const PACE: Duration = Duration::from_millis(5);

/// How many files the process has open; `None` where the system does not tell.
fn open_files() -> Option<usize> {
    Some(fs::read_dir("/proc/self/fd").ok()?.count())
}

#[tokio::test]
async fn a_thousand_faults_leave_no_socket_no_task_and_no_courier() {
    let clock = Clock::new(Rate::new(RATE).unwrap());
    // The timers' own thread and files are there to stay. They come with the first sleep that takes real
    // time.
    clock.sleep(Duration::from_secs(1)).await;
    let (files, tasks) = (open_files(), Handle::current().metrics().num_alive_tasks());
    let (conditions, watched) = watch::channel(Conditions::default());
    let (recorder, _collector) = trace::channel();
    let network =
        Network::new(clock.clone(), watched, recorder, Routes::new(|head| protocol_of(head.target)), 1);
    let (hub, stop) = (Hub::default(), CancellationToken::new());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = Config { heart: always(HEART), ..Config::new(always(Duration::ZERO)) };
    let links = network.clone();
    let mut all = JoinSet::new();
    let server = Server::new(config, hub.clone(), clock.clone(), None);
    let serve = server.serve(
        listener,
        move |io: TcpStream, peer| {
            links.own().expect(peer, Role::Featured);
            links.link(io, peer)
        },
        stop.clone(),
    );
    all.spawn(async move { serve.await.unwrap() });
    for lane in LANES.into_iter().cycle().take(CLIENTS * LANES.len()) {
        let limits = Limits { patience: PATIENCE + HEART.hold, silence: lane.pushes().then_some(SILENCE) };
        let context = Context {
            limits: always(limits),
            stop: stop.clone(),
            ..Context::new(Target::new("127.0.0.1", port, lane.path()), clock.clone(), Arc::new(|_| ()))
        };
        all.spawn(run(lane, context));
    }
    let rng = &mut SmallRng::seed_from_u64(1);
    for number in 0..FAULTS {
        let broken = script::fault(rng);
        match broken.fault.kind().ending() {
            Ending::AtOnce => network.strike(broken),
            Ending::WhenLifted | Ending::ByItself => conditions.send_modify(|all| all.faults.put(broken)),
        }
        if number % 8 == 7 {
            conditions.send_modify(|all| all.faults.mend());
        }
        hub.publish_with(clock.now(), |id| feed::payload(id, 39));
        tokio::time::sleep(PACE).await;
    }
    // The last faults stay in force: what nobody holds on to must go all the same.
    stop.cancel();
    while let Some(ended) = all.join_next().await {
        ended.unwrap();
    }
    let left = || {
        let alive = Handle::current().metrics().num_alive_tasks();
        (network.connections(), network.pumps(), alive, open_files())
    };
    until_no_more_is_left(left, tasks, files).await;
}

/// Waits until no connection is left, and no more tasks and files than there were: those may end meanwhile.
async fn until_no_more_is_left(
    left: impl Fn() -> (usize, usize, usize, Option<usize>),
    tasks: usize,
    files: Option<usize>,
) {
    let is_more =
        |(connections, pumps, alive, open)| (connections, pumps) != (0, 0) || alive > tasks || open > files;
    let gone = async {
        while is_more(left()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let patience = tokio::time::timeout(Duration::from_secs(20), gone).await;
    assert!(patience.is_ok(), "left: {:?}, not {:?}", left(), (0, 0, tasks, files));
}
