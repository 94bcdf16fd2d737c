//! The inspector: its screens, where its keys lead, and what it says when there is nothing to show.

use std::time::Duration;

use crossterm::event::KeyCode;
use proptest::prelude::*;
use ratatui::layout::Rect;

use super::super::desk::Desk;
use super::super::inspector::{State, Step};
use super::super::panel::{Panel, Wish};
use super::super::scene::Playhead;
use super::super::views::View;
use super::super::{ColorDepth, ThemeName, frame};
use super::mishaps::goodbye;
use super::screens::{SIZES, dump};
use super::stage::Stage;
use super::world::World;
use super::{busy, desk, draw_trace, idle, is_whole, settings, text};
use crate::clock::WorldTime;
use crate::model::{Direction, EventId, Kind, Opcode, Protocol};
use crate::trace::{Flight, Keep, Trace};

const NOW: u64 = 2600;

/// The first message of a lane that `wanted` wants.
fn flight(trace: &Trace, protocol: Protocol, wanted: impl Fn(&Flight) -> bool) -> Flight {
    trace.lane(protocol).flights().iter().find(|flight| wanted(flight)).unwrap().clone()
}

fn inspecting(flight: &Flight) -> Desk {
    let mut desk = desk();
    desk.view = View::Inspector;
    desk.states.inspector = State::of(flight);
    desk
}

fn screen(trace: &Trace, desk: &Desk, size: (u16, u16)) -> String {
    text(&draw_trace(trace, NOW, desk, size))
}

fn is_frame(flight: &Flight, up: bool) -> bool {
    let data = matches!(flight.kind, Kind::Frame { opcode: Opcode::Text, .. });
    data && (flight.direction == Direction::Up) == up
}

fn has(flight: &Flight, event: u64) -> bool {
    flight.events.is_some_and(|events| events.last == EventId(event))
}

#[test]
fn messages_of_every_kind() {
    let trace = busy().trace(NOW);
    let cases = [
        ("poll_request", flight(&trace, Protocol::Polling, |flight| flight.direction == Direction::Up)),
        ("answer_200", flight(&trace, Protocol::Polling, |flight| has(flight, 2))),
        ("sse_event", flight(&trace, Protocol::Sse, |flight| has(flight, 2))),
        ("client_frame", flight(&trace, Protocol::WebSocket, |flight| is_frame(flight, true))),
        ("server_frame", flight(&trace, Protocol::WebSocket, |flight| is_frame(flight, false))),
        (
            "upgrade",
            flight(&trace, Protocol::WebSocket, |flight| matches!(flight.kind, Kind::Response { .. })),
        ),
    ];
    for (name, flight) in cases {
        for size in SIZES {
            let buf = draw_trace(&trace, NOW, &inspecting(&flight), size);
            assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), dump(&buf));
        }
    }
}

#[test]
fn every_message_has_its_bytes() {
    let trace = busy().trace(NOW);
    for protocol in Protocol::ALL {
        for flight in trace.lane(protocol).flights() {
            let bytes = trace.bytes(flight).unwrap();
            let parts = crate::dissect::anatomy::anatomy(&flight.kind, flight.bytes, &bytes);
            assert_eq!(crate::dissect::anatomy::tally(&parts), flight.bytes, "{flight:?}");
        }
    }
}

#[test]
fn the_upgrade_is_worked_out() {
    let trace = busy().trace(NOW);
    let answer = flight(&trace, Protocol::WebSocket, |flight| matches!(flight.kind, Kind::Response { .. }));
    let screen = screen(&trace, &inspecting(&answer), (120, 40));
    for step in [
        "dGhlIHNhbXBsZSBub25jZQ==",
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
        "b3 7a 4f 2c c0 62 4f 16 90 f6",
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "equals the field above",
    ] {
        assert!(screen.contains(step), "no {step} on\n{screen}");
    }
}

#[test]
fn who_closes_a_websocket_and_who_only_answers_is_told_apart() {
    let trace = goodbye();
    for (direction, said) in [
        (Direction::Down, "the server closes: its close frame is the first"),
        (Direction::Up, "the client only answers: the server closes"),
    ] {
        let frame = flight(&trace, Protocol::WebSocket, |flight| {
            matches!(flight.kind, Kind::Frame { opcode: Opcode::Close, .. }) && flight.direction == direction
        });
        let screen = screen(&trace, &inspecting(&frame), (120, 40));
        assert!(screen.contains(said) && screen.contains("1001  going away"), "{screen}");
    }
}

/// What the key that copies wishes for.
fn copied(desk: &Desk, trace: &Trace) -> Wish {
    let scene = desk.scene(trace, WorldTime::from_millis(NOW), None);
    let area = frame::between(Rect::new(0, 0, 120, 40));
    let (_, mut wishes) = desk.states.inspector.stepped(Step::Copy, &scene, area);
    wishes.remove(0)
}

/// The desk after these steps.
fn walk(trace: &Trace, desk: &mut Desk, steps: &[Step]) {
    let area = frame::between(Rect::new(0, 0, 120, 40));
    for step in steps {
        let scene = desk.scene(trace, WorldTime::from_millis(NOW), None);
        desk.states.inspector = desk.states.inspector.stepped(*step, &scene, area).0;
    }
}

#[test]
fn tab_finds_the_same_event_in_the_next_lane() {
    let trace = busy().trace(NOW);
    let mut desk = inspecting(&flight(&trace, Protocol::Sse, |flight| has(flight, 2)));
    let mut seen = Vec::new();
    for _ in 0..5 {
        walk(&trace, &mut desk, &[Step::LaneNext]);
        let screen = screen(&trace, &desk, (120, 40));
        let title = screen.lines().nth(1).unwrap().to_owned();
        seen.push(title.trim().chars().next().unwrap());
        assert!(title.contains("event 2"), "{title}");
    }
    // The simple request brought another event.
    assert_eq!(seen, ['5', '2', '3', '4', '5']);
    walk(&trace, &mut desk, &[Step::LaneBefore]);
    assert!(screen(&trace, &desk, (120, 40)).contains("4 Server-Sent Events"));
}

#[test]
fn left_and_right_go_through_the_lane_and_stop_at_its_ends() {
    let trace = idle().trace(NOW);
    let flights = trace.lane(Protocol::Polling).flights();
    let mut desk = inspecting(&flights[0]);
    let at = |desk: &Desk| screen(&trace, desk, (120, 40)).lines().take(4).collect::<String>();
    let first = at(&desk);
    walk(&trace, &mut desk, &[Step::Left]);
    assert_eq!(at(&desk), first);
    walk(&trace, &mut desk, &[Step::Right]);
    assert!(at(&desk).contains("204"), "{}", at(&desk));
    walk(&trace, &mut desk, &[Step::Left]);
    assert_eq!(at(&desk), first);
    walk(&trace, &mut desk, &vec![Step::Right; 2 * flights.len()]);
    let last = at(&desk);
    walk(&trace, &mut desk, &[Step::Right]);
    assert_eq!(at(&desk), last);
}

#[test]
fn scrolling_reaches_the_end_and_comes_back_at_once() {
    let trace = busy().trace(NOW);
    let request = flight(&trace, Protocol::WebSocket, |flight| flight.direction == Direction::Up);
    let mut desk = inspecting(&request);
    let small = |desk: &Desk| screen(&trace, desk, (80, 24));
    let area = frame::between(Rect::new(0, 0, 80, 24));
    let step = |desk: &mut Desk, step| {
        let scene = desk.scene(&trace, WorldTime::from_millis(NOW), None);
        desk.states.inspector = desk.states.inspector.stepped(step, &scene, area).0;
    };
    let top = small(&desk);
    assert!(top.contains("more below") && !top.contains("equals"), "{top}");
    for _ in 0..200 {
        step(&mut desk, Step::Down);
    }
    let bottom = small(&desk);
    assert!(bottom.contains("this is what the server must answer") && bottom.contains("0170"), "{bottom}");
    step(&mut desk, Step::Up);
    assert_ne!(small(&desk), bottom);
    for _ in 0..20 {
        step(&mut desk, Step::PageUp);
    }
    assert_eq!(small(&desk), top);
}

#[test]
fn what_is_not_kept_is_said_and_the_nearest_offered() {
    let old = busy().trace(NOW);
    let first = old.lane(Protocol::WebSocket).flights()[0].clone();
    let mut kept = Trace::keeping(Keep { span: Duration::from_millis(700), ..Keep::default() });
    for record in busy().records().into_iter().filter(|record| record.at <= WorldTime::from_millis(NOW)) {
        kept.apply(record);
    }
    let mut desk = inspecting(&first);
    let screen = |desk: &Desk| text(&draw_trace(&kept, NOW, desk, (120, 40)));
    let gone = screen(&desk);
    assert!(gone.contains("older than what is kept: the last 7"), "{gone}");
    assert!(gone.contains("Left or Right shows the nearest: WebSocket"), "{gone}");
    walk(&kept, &mut desk, &[Step::Left]);
    assert!(screen(&desk).contains("what they mean"), "{}", screen(&desk));
}

#[test]
fn a_message_of_the_future_is_not_shown_in_the_past() {
    let trace = busy().trace(NOW);
    let mut desk = inspecting(&flight(&trace, Protocol::Sse, |flight| has(flight, 3)));
    desk.choice.playhead = Playhead::Past { at: WorldTime::from_millis(1500), speed: 1.0, playing: false };
    let past = screen(&trace, &desk, (120, 40));
    assert!(past.contains("this message was not sent yet"), "{past}");
    walk(&trace, &mut desk, &[Step::Left]);
    let past = screen(&trace, &desk, (120, 40));
    assert!(past.contains("LOOKING BACK") && past.contains("event 2"), "{past}");
}

#[test]
fn a_message_on_its_way_says_how_far() {
    let trace = World::new(settings([false, false, false, true, false])).births(&[2580]).trace(NOW);
    let desk = inspecting(&flight(&trace, Protocol::Sse, |flight| has(flight, 1)));
    assert!(screen(&trace, &desk, (120, 40)).contains("on its way: 20 ms of 50 ms"));
}

#[test]
fn emulation_is_owned_up_to() {
    let trace = busy().trace(NOW);
    let request = flight(&trace, Protocol::Polling, |flight| flight.direction == Direction::Up);
    let full = screen(&trace, &inspecting(&request), (120, 40));
    assert!(
        full.contains("took 50 ms  delay emulated, and so is TCP's handshake before it: 100 ms"),
        "{full}"
    );
    let short = screen(&trace, &inspecting(&request), (80, 24));
    assert!(short.contains("took 50 ms  emulated, TCP's handshake too"), "{short}");
    let next = trace.lane(Protocol::Polling).flights()[2].clone();
    let next = screen(&trace, &inspecting(&next), (80, 24));
    assert!(next.contains("took 50 ms  the link's delay is emulated"), "{next}");
}

#[test]
fn bytes_that_were_not_captured_are_missed_aloud() {
    let mut trace = Trace::new();
    let records = busy().records().into_iter().filter(|record| record.at <= WorldTime::from_millis(NOW));
    for record in records.filter(|record| !matches!(record.what, crate::trace::What::Passed { .. })) {
        trace.apply(record);
    }
    let desk = inspecting(&trace.lane(Protocol::Sse).flights()[2]);
    let screen = screen(&trace, &desk, (120, 40));
    assert!(screen.contains("the bytes of this message were not kept"), "{screen}");
    assert!(matches!(copied(&desk, &trace), Wish::Say(why) if why.contains("not kept")));
}

#[test]
fn a_push_is_repeated_by_the_request_that_opened_its_stream() {
    let trace = busy().trace(NOW);
    let line = |protocol, event| {
        let desk = inspecting(&flight(&trace, protocol, |flight| has(flight, event)));
        let Wish::Copy(line) = copied(&desk, &trace) else { panic!("nothing copied") };
        line
    };
    assert!(line(Protocol::Sse, 2).starts_with("curl -sN 'http://127.0.0.1:8080/events' -H "));
    assert!(line(Protocol::Polling, 2).starts_with("curl -sN 'http://127.0.0.1:8080/poll?since=1' -H "));
    assert!(line(Protocol::WebSocket, 2).starts_with("websocat 'ws://127.0.0.1:8080/ws' -H "));
}

#[test]
fn empty_polls_are_named_beside_the_poll_that_brought_news() {
    let trace = busy().trace(NOW);
    let desk = inspecting(&flight(&trace, Protocol::Sse, |flight| has(flight, 2)));
    let screen = screen(&trace, &desk, (200, 60));
    assert!(
        screen.contains("421+39 B  request and answer, without the 1 empty poll before it: 409 B"),
        "{screen}"
    );
}

#[test]
fn an_ascii_terminal_gets_ascii_and_no_colours_need_none() {
    let trace = busy().trace(NOW);
    for protocol in Protocol::ALL {
        for flight in trace.lane(protocol).flights() {
            let mut ascii = Desk::new(ThemeName::Dark, ColorDepth::Ansi16, true, Duration::from_secs(7));
            (ascii.view, ascii.states.inspector) = (View::Inspector, State::of(flight));
            let screen = screen(&trace, &ascii, (120, 40));
            assert!(screen.is_ascii(), "{screen}");
        }
    }
    let mut mono = inspecting(&flight(&trace, Protocol::WebSocket, |flight| is_frame(flight, true)));
    mono.choice.theme = super::super::theme::Theme::new(ThemeName::Mono, ColorDepth::None, false);
    assert_snapshot!("mono", dump(&draw_trace(&trace, NOW, &mono, (80, 24))));
}

#[tokio::test(start_paused = true)]
async fn keys_open_it_on_the_newest_message_copy_and_lead_back() {
    let mut stage = Stage::new(&busy(), NOW).await;
    stage.press(KeyCode::Tab);
    stage.press(KeyCode::Tab);
    stage.keys("i");
    stage.shows(" 2 AJAX polling   client to server  GET /poll?since=4");
    stage.keys("y");
    let copied = stage.app.copied.take().unwrap();
    assert!(copied.starts_with("curl -sN 'http://127.0.0.1:8080/poll?since=4' -H 'user-agent"), "{copied}");
    stage.shows(" copied: curl -sN 'http://127.0.0.1:8080/poll?since=4' -H");
    stage.press(KeyCode::Left);
    stage.shows(" 2 AJAX polling   server to client  204");
    stage.keys("cc");
    stage.shows(" 2 AJAX polling   server to client  204");
    stage.press(KeyCode::Tab);
    stage.shows(" 3 Long polling ");
    assert_eq!(stage.commands(), [], "looking is not touching");
    stage.press(KeyCode::Esc);
    assert_eq!(stage.app.desk.view, View::Dashboard);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_copied_is_said() {
    let mut stage = Stage::new(&World::new(settings([false; 5])), NOW).await;
    stage.keys("iy");
    stage.shows("Nothing has passed in this lane yet.");
    stage.shows("there is no message to repeat");
    assert_eq!(stage.app.copied, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_size_and_state_is_survived(
        width in 0u16..260, height in 0u16..90, now in 0u64..4000, on: [bool; 5], ascii: bool,
        chosen in proptest::option::of((0usize..5, any::<prop::sample::Index>())), steps in proptest::collection::vec(0usize..8, 0..30),
    ) {
        const STEPS: [Step; 8] = [
            Step::Up, Step::Down, Step::Left, Step::Right, Step::PageUp, Step::PageDown, Step::LaneNext,
            Step::LaneBefore,
        ];
        let mut world = busy();
        world.settings.on = settings(on).on;
        let trace = world.trace(now);
        let mut desk = Desk::new(ThemeName::Light, ColorDepth::Ansi16, ascii, Duration::from_secs(7));
        desk.view = View::Inspector;
        if let Some((lane, index)) = chosen {
            let flights = trace.lane(Protocol::ALL[lane]).flights();
            if !flights.is_empty() {
                desk.states.inspector = State::of(&flights[index.index(flights.len())]);
            }
        }
        let area = frame::between(Rect::new(0, 0, width, height));
        for step in steps {
            let scene = desk.scene(&trace, WorldTime::from_millis(now), None);
            desk.states.inspector = desk.states.inspector.stepped(STEPS[step], &scene, area).0;
            let screen = draw_trace(&trace, now, &desk, (width, height));
            prop_assert!(is_whole(&screen));
        }
    }
}
