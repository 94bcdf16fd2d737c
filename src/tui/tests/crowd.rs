//! Crowds: what a storm looks like, with and without jitter, and what the keys for users do.

use std::time::Duration;

use crossterm::event::KeyCode;
use ratatui::buffer::{Buffer, Cell};

use super::super::desk::Desk;
use super::super::scene::Playhead;
use super::super::{ColorDepth, ThemeName, users};
use super::screens::{SIZES, dump};
use super::stage::Stage;
use super::world::World;
use super::{busy, desk, draw, draw_trace, settings, text};
use crate::clock::{Rate, WorldTime};
use crate::lab::{self, Command, Notch, Setting, Setup};
use crate::model::Protocol::{self, Polling, Sse, WebSocket};
use crate::model::{Break, Direction, Fault, Kind, Settings};
use crate::trace::{CrowdLane, CrowdSums, Gauge, Record, Tally, What};

const CLIENTS: u32 = 1000;
const OTHERS: u64 = 999;
const BIG: (u16, u16) = (120, 40);

/// When the made-up server comes back: all at once by SSE, spread over two seconds by WebSocket.
const BACK: u64 = 6500;
const NOW: u64 = 9000;

fn sends(tally: &mut Tally, up: u64, down: u64) {
    tally.messages[Direction::Up.index()][Kind::request("GET", "/").index()] += up;
    tally.messages[Direction::Down.index()][Kind::SseEvent.index()] += down;
}

/// A thousand clients a lane. The server goes at 4 s and comes back after 2.5 s.
fn storm() -> World {
    let on = [false, true, false, true, true];
    let settings = Settings {
        rate: Rate::LIFE,
        resume: Rate::LIFE,
        clients: [CLIENTS; Protocol::COUNT],
        ..settings(on)
    };
    let mut world = World::new(settings).births(&[2500, 3300, 8200]).says(&[8600]);
    for millis in (2000..NOW).step_by(50).filter(|millis| !(4000..BACK).contains(millis)) {
        world = world.crowd(millis, Polling, |tally| sends(tally, 200, 200));
    }
    for protocol in [Polling, Sse, WebSocket] {
        for (millis, closed) in [(4010, OTHERS), (4520, 0), (5530, 0)] {
            world = world.crowd(millis, protocol, |tally| (tally.noticed, tally.closed) = (OTHERS, closed));
        }
        for birth in [2500, 3300, 8200] {
            let of_a_stream = protocol != Polling;
            world = world.crowd(birth, protocol, |tally| sends(tally, 0, u64::from(of_a_stream) * OTHERS));
        }
    }
    for protocol in [Polling, Sse] {
        world = world.crowd(BACK, protocol, |tally| {
            tally.opened = OTHERS;
            sends(tally, OTHERS, OTHERS);
        });
    }
    for part in 0..40 {
        let opened = OTHERS * (part + 1) / 40 - OTHERS * part / 40;
        world = world.crowd(BACK + part * 50, WebSocket, |tally| {
            tally.opened = opened;
            sends(tally, opened, opened);
        });
    }
    let gauge = Gauge {
        memory: Some(160 << 20),
        memory_before: Some(40 << 20),
        cpu: 1374,
        sockets: Some(2400),
        most_sockets: 2400,
        late: 0,
    };
    world.more.push(Record { at: WorldTime::from_millis(8000), what: What::Gauged(gauge) });
    world
}

fn screen(desk: &Desk, size: (u16, u16)) -> String {
    text(&draw(&storm(), NOW, desk, size))
}

fn enlarged(protocol: Protocol) -> Desk {
    let mut desk = desk();
    (desk.choice.enlarged, desk.choice.focus) = (Some(protocol.into()), Some(protocol.into()));
    desk
}

fn ascii() -> Desk {
    Desk::new(ThemeName::Mono, ColorDepth::None, true, Duration::from_secs(7))
}

#[test]
fn what_is_late_because_of_the_machine_is_said_to_be() {
    for (size, words) in SIZES.into_iter().zip([
        "machine is the limit",
        "this machine is the limit",
        "this machine is the limit",
    ]) {
        for (late, is_said) in [(100_000, false), (20_000_000, true)] {
            let mut world = storm();
            let gauge = Gauge { cpu: 1900, sockets: Some(16_000), late, ..Gauge::default() };
            world.more.push(Record { at: WorldTime::from_millis(8500), what: What::Gauged(gauge) });
            let screen = text(&draw(&world, NOW, &desk(), size));
            assert_eq!(screen.contains(words), is_said, "{late} ns late\n{screen}");
        }
    }
}

#[test]
fn a_storm_at_three_sizes() {
    for size in SIZES {
        let name = format!("storm_{}x{}", size.0, size.1);
        assert_snapshot!(name, dump(&draw(&storm(), NOW, &desk(), size)));
        let name = format!("storm_enlarged_{}x{}", size.0, size.1);
        assert_snapshot!(name, dump(&draw(&storm(), NOW, &enlarged(WebSocket), size)));
    }
    assert_snapshot!("storm_ascii", dump(&draw(&storm(), NOW, &ascii(), BIG)));
}

/// The cells of the crowd's connections, row by row from the top of `protocol`'s lane.
fn blocks(buf: &Buffer, protocol: Protocol) -> Vec<usize> {
    let rows: Vec<&[Cell]> = buf.content.chunks(usize::from(buf.area.width)).collect();
    let name = |row: &[Cell]| row.iter().map(Cell::symbol).collect::<String>().contains(protocol.name());
    let first = rows.iter().position(|row| name(row)).unwrap();
    let lane = rows[first + 1..].iter().take_while(|row| row[0].symbol() == " ");
    let plot = usize::from(buf.area.width) * 2 / 3;
    // Bands of messages may be blocks too, in the lane's colour.
    let strong = desk().choice.theme.strong.fg;
    let is_tower = |cell: &&Cell| "▁▂▃▄▅▆▇█".contains(cell.symbol()) && Some(cell.fg) == strong;
    lane.take(6).map(|row| row[..plot].iter().filter(is_tower).count()).collect()
}

#[test]
fn a_storm_is_a_tower_and_a_spread_one_a_hill() {
    let buf = draw(&storm(), NOW, &desk(), BIG);
    let (tower, hill) = (blocks(&buf, Sse), blocks(&buf, WebSocket));
    let screen = text(&buf);
    assert!(tower.iter().filter(|row| **row == 1).count() >= 5, "{tower:?}\n{screen}");
    assert!(tower.iter().all(|row| *row <= 1), "{tower:?}\n{screen}");
    assert!(hill[0] == 0 && hill.iter().max() >= Some(&15), "{hill:?}\n{screen}");
    for words in ["999 cut off at once", "999 connect at once", "999 connect in 2.0 s"] {
        assert!(screen.contains(words), "no `{words}` on\n{screen}");
    }
}

#[test]
fn a_crowd_is_told_apart_from_its_featured_client() {
    let screen = screen(&desk(), BIG);
    for words in ["clients 1 000 each", "1 of 1 000 clients · stream open", "program: CPU 137 % of a core"] {
        assert!(screen.contains(words), "no `{words}` on\n{screen}");
    }
    let screen_of = |size| text(&draw(&storm(), NOW, &desk(), size));
    assert!(screen_of(SIZES[0]).contains("CPU 137 %"));
    assert!(screen_of(SIZES[2]).contains("deliveries"));
    assert!(!text(&draw(&busy(), 2600, &desk(), BIG)).contains("clients"), "alone, nobody is told apart");
}

/// The columns of `protocol`'s lane that the crowd's connections fill, whatever stands beside them.
fn towers(world: &World, protocol: Protocol) -> Vec<usize> {
    blocks(&draw(world, NOW, &desk(), BIG), protocol)
}

#[test]
fn a_crowd_that_has_gone_keeps_the_size_that_it_had() {
    let alone = Settings { clients: [1; Protocol::COUNT], ..storm().settings };
    let mut gone = storm();
    let at = WorldTime::from_millis(NOW - 100);
    gone.more.push(Record { at, what: What::Changed(Box::new(alone)) });
    for protocol in [Sse, WebSocket] {
        assert_eq!(towers(&gone, protocol), towers(&storm(), protocol), "{protocol:?}");
    }
    let screen = text(&draw(&gone, NOW, &desk(), BIG));
    assert!(screen.contains("999 connect at once") && !screen.contains("of 1 000"), "{screen}");
}

#[test]
fn with_six_connections_a_lane_says_how_many_clients_wait() {
    let mut settings =
        Settings { clients: [10; Protocol::COUNT], ..settings([false, false, false, true, false]) };
    settings.faults.put(Break::new(Fault::Six, None, None));
    let mut world = World::new(settings).births(&[1300]);
    let lane = CrowdLane::new(Some(Sse), Tally { opened: 5, ..Tally::default() });
    let crowd = CrowdSums { accepted: 5, ended: 0, lanes: vec![lane], ..CrowdSums::default() };
    world.more.push(Record { at: WorldTime::from_millis(1200), what: What::Crowd(Box::new(crowd)) });
    for size in SIZES {
        let screen = text(&draw(&world, 2600, &desk(), size));
        assert!(screen.contains(", 4 wait"), "{screen}");
    }
    // What is open when counts are set back is counted on.
    world.more.push(Record { at: WorldTime::from_millis(2000), what: What::Reset });
    let screen = text(&draw(&world, 2600, &desk(), BIG));
    assert!(screen.contains(", 4 wait"), "{screen}");
}

#[test]
fn words_and_lines_keep_out_of_each_others_way() {
    let mut world = storm();
    let mut broken = world.settings.clone();
    let down = Break::new(Fault::Restart(Duration::from_millis(BACK - 4000)), None, None);
    broken.faults.put(down);
    for (millis, settings) in [(4000, broken), (BACK, world.settings.clone())] {
        let what = What::Changed(Box::new(settings));
        world.more.push(Record { at: WorldTime::from_millis(millis), what });
    }
    for size in SIZES {
        let screen = text(&draw(&world, NOW, &desk(), size));
        let lines = screen.lines().filter(|line| line.contains("connect") || line.contains("cut off"));
        for line in lines {
            assert!(!line.contains("connect┄") && !line.contains("cut┄"), "{line}");
            for (place, _) in line.match_indices("999 c") {
                let before: Vec<_> = line[..place].chars().rev().take(2).collect();
                let is_title = line.contains("of 1 000");
                assert!(!is_title || !before[1].is_alphanumeric(), "one sentence: {line}");
            }
            assert!(!line.contains("✓c") && !line.contains("╯c") && !line.contains("↯9"), "{line}");
        }
    }
    let screen = text(&draw(&world, NOW, &desk(), BIG));
    assert!(screen.matches("↯ server down ").count() >= 3, "{screen}");
    assert_eq!(screen.matches("↯ server down 999 cut off").count(), 3, "{screen}");
    assert!(!screen.contains("once 999") && !screen.contains("2.0 s 999"), "far from its tower: {screen}");
    assert_snapshot!("storm_of_a_restart", dump(&draw(&world, NOW, &desk(), BIG)));
}

#[test]
fn an_enlarged_lane_gives_the_numbers() {
    for size in SIZES {
        let screen = screen(&enlarged(Sse), size);
        let words = "the other 999 clients, in each ";
        assert!(screen.contains(words), "no `{words}` on\n{screen}");
        // In the title, and as the scale of what connects.
        assert!(screen.matches("999").count() >= 2, "{screen}");
    }
}

#[test]
fn the_past_has_its_own_crowd() {
    let mut past = desk();
    past.choice.playhead = Playhead::Past { at: WorldTime::from_millis(5000), speed: 1.0, playing: false };
    let lanes = |screen: &str| screen.lines().skip(2).take(36).map(str::to_owned).collect::<Vec<_>>();
    let then = text(&draw_trace(&storm().trace(NOW), NOW, &past, BIG));
    let live = text(&draw(&storm(), 5000, &desk(), BIG));
    assert_eq!(lanes(&then)[2..], lanes(&live)[2..]);
    assert!(!then.contains("999 connect"), "{then}");
}

#[test]
fn any_size_of_a_crowd_is_survived() {
    let sizes = (0..=30).flat_map(|width| (0..=12).map(move |height| (width, height)));
    let trace = storm().trace(NOW);
    for size in
        sizes.chain((60..210).step_by(15).flat_map(|width| (16..60).map(move |height| (width, height))))
    {
        for desk in [desk(), ascii(), enlarged(Polling)] {
            draw_trace(&trace, NOW, &desk, size);
        }
    }
    let plain: String = draw_trace(&trace, NOW, &ascii(), BIG).content.iter().map(Cell::symbol).collect();
    assert!(plain.is_ascii(), "{plain}");
}

#[tokio::test(start_paused = true)]
async fn keys_change_the_number_of_users() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.keys("u");
    stage.shows("already down to one client");
    stage.keys("U");
    stage.press(KeyCode::Tab);
    stage.keys("U");
    assert_eq!(stage.commands(), [Command::Clients(None, 10), Command::Clients(Some(Protocol::Http), 10)]);
    stage.change(|settings| settings.clients = [10; Protocol::COUNT]);
    stage.shows("10 clients each");
    stage.keys("Uu");
    let lane = Some(Protocol::Http);
    assert_eq!(stage.commands(), [Command::Clients(lane, 100), Command::Clients(lane, 1)]);
}

#[tokio::test(start_paused = true)]
async fn no_room_is_said_and_nothing_is_changed() {
    let mut world = busy();
    world.settings.clients = [4000; Protocol::COUNT];
    let mut stage = Stage::new(&world, 2600).await;
    let wanted = users::next(4000, Notch::Up).unwrap();
    stage.keys("U");
    // How much room there is, is the machine's business, and the server's.
    let server = Setup::default().max_connections;
    match lab::has_room(&[wanted; Protocol::COUNT], [true; Protocol::COUNT], server) {
        Ok(()) => assert_eq!(stage.commands(), [Command::Clients(None, wanted)]),
        Err(no_room) => {
            stage.shows(&no_room.in_short());
            assert_eq!(stage.commands(), []);
        }
    }
    stage.change(|settings| settings.on[0] = false);
    stage.keys("1");
    match lab::has_room(&[4000; Protocol::COUNT], [true; Protocol::COUNT], server) {
        Ok(()) => assert_eq!(stage.commands(), [Command::Toggle(Protocol::Http)]),
        Err(no_room) => {
            stage.shows(&no_room.in_short());
            assert_eq!(stage.commands(), []);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_if_there_were_more_clients_becomes_so() {
    let mut stage = Stage::new(&busy(), 2600).await;
    stage.change(|settings| settings.clients = [10; Protocol::COUNT]);
    stage.keys("c");
    for code in [KeyCode::Down, KeyCode::Down, KeyCode::Down, KeyCode::Down, KeyCode::Right] {
        stage.press(code);
    }
    stage.shows("now 10");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.commands(), [Command::Clients(None, 20)]);
}

#[tokio::test(start_paused = true)]
async fn both_sides_talk_until_they_are_told_to_stop() {
    let mut stage = Stage::new(&busy(), 2600).await;
    let every = Duration::from_millis(500);
    stage.keys("M");
    assert_eq!(stage.commands(), [Command::Set(Setting::SayEvery(Some(every)))]);
    stage.change(|settings| settings.say_every = Some(every));
    stage.shows("featured clients talk, every 500 ms");
    stage.shows("talk every 500 ms");
    stage.keys("M");
    assert_eq!(stage.commands(), [Command::Set(Setting::SayEvery(None))]);
    stage.shows("1, 25 B each");
    stage.keys("c");
    stage.shows("to server");
}
