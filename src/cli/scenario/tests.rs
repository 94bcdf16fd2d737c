//! What a file says, and what it can't say.

use super::*;
use crate::model::Fault;

const HEAD: &str = "title = 'T'\nfor = '30s'\n";

fn read(text: &str) -> Result<Scripted, String> {
    parse(Path::new("t.toml"), &format!("{HEAD}{text}")).map_err(|error| error.to_string())
}

#[test]
fn a_step_says_when_and_what() {
    let text = "[clients]\nonly = 'sse'\n\
        [[step]]\nat = '5s'\nbreak = 'slow'\nstrength = '1KB/s'\non = 'ws'\nway = 'down'\nfor = '10s'\n\
        [[step]]\nwait = 'websocket.noticed'\nwithin = '40s'\n\
        [[step]]\nafter = '2s'\nset = { ping-every = '5s', feed = 'regular:2' }\nnote = 'n'\n\
        [[expect]]\nthat = 'sse.missed  =  0'\nwhy = 'the log'\n";
    let Scripted { options, scenario } = read(text).unwrap();
    assert_eq!(options.report.r#for, Some(TimeSpan(Duration::from_secs(30))));
    assert!(options.clients.only.is_some());
    let [slow, wait, set] = scenario.steps.as_slice() else { panic!("{scenario:?}") };
    let broken = Break::new(Fault::Slow(1000), Some(Protocol::WebSocket), Some(Direction::Down));
    assert_eq!(slow.action, Action::Break { broken, span: Some(Duration::from_secs(10)) });
    assert_eq!((slow.line, slow.when), (5, When::At(Duration::from_secs(5))));
    assert!(matches!(wait.action, Action::Wait { within, .. } if within == Duration::from_secs(40)));
    assert!(matches!(&set.action, Action::Set(changes) if changes.len() == 3), "{set:?}");
    assert_eq!(scenario.claims[0].that.to_string(), "sse.missed = 0");
    assert_eq!(scenario.claims[0].line, 19);
}

#[test]
fn mistakes_are_told_with_their_line() {
    for (text, told) in [
        ("[[step]]\nat = '5s'\nbraek = 'stall'", "t.toml:5:1: unknown field `braek`"),
        ("[[step]]\nbreak = 'flood'", "t.toml:4:9: unknown fault `flood`; try one of slow, jitter"),
        ("[[step]]\nbreak = 'stall'\non = 'pigeons'", "t.toml:5:6: `pigeons`: unknown protocol"),
        ("[[step]]\nbreak = 'slow'\nstrength = 'fast'", "t.toml:5:12: not a bandwidth"),
        ("[[step]]\nbreak = 'reset'\nfor = '5s'", "t.toml:3:1: reset happens once"),
        ("[[step]]\nbreak = 'six'\non = 'sse'", "t.toml:3:1: six acts on every lane"),
        ("[[step]]\nat = '5s'", "t.toml:3:1: the step does nothing"),
        ("[[step]]\nlift = 'reset'", "t.toml:3:1: reset happens once: there is nothing to lift"),
        ("[[step]]\nlift = 'close'", "t.toml:3:1: close happens once"),
        ("[[step]]\nbreak = 'restart'\n[[step]]\nlift = 'restart'", "t.toml:5:1: restart ends by itself"),
        (
            "[[step]]\nbreak = 'stall'\non = 'sse'\nway = 'down'\n[[step]]\nlift = 'stall'\non = 'sse'",
            "t.toml:7:1: this lifts stall on SSE, and line 3 breaks stall on SSE, down; try the same",
        ),
        ("[[step]]\nmend = true\nevents = 3", "t.toml:3:1: two actions"),
        ("[[step]]\nmend = true\nway = 'up'", "t.toml:3:1: `way` goes with break and lift"),
        ("[[step]]\nset = { delay = '5s' }\non = 'sse'", "t.toml:3:1: `on` goes with"),
        ("[[step]]\nset = { world-rate = 0 }", "t.toml:3:1: world-rate = 0 freezes the world"),
        (
            "[[step]]\nat = '5s'\nmend = true\n[[step]]\nat = '3s'\nmend = true",
            "t.toml:6:1: at = \"3s\" is before the step above; try at = \"5s\" or later",
        ),
        (
            "[[step]]\nwait = 'sse.shown'\n[[step]]\nat = '3s'\nmend = true",
            "t.toml:5:1: nobody knows when the wait above is over",
        ),
        ("[[step]]\nwait = 'sse.shwon > 3'", "t.toml:4:8: `sse.shwon > 3`: unknown figure `shwon`"),
        ("[[expect]]\nthat = 'sse.missed ~ 3'", "t.toml:4:8: `sse.missed ~ 3`: unknown operator"),
        ("[link]\ndelay = '3d'", "t.toml:4:9: `3d`: too long"),
        ("[dashboard]\nascii = true", "t.toml:3:2: unknown field `dashboard`"),
    ] {
        let error = read(text).unwrap_err();
        assert!(error.starts_with(told), "{text}: {error}");
    }
    for fine in [
        "[[step]]\nlift = 'stall'",
        "[[step]]\nbreak = 'slow'\n[[step]]\nlift = 'stall'\non = 'ws'",
        "[[step]]\nbreak = 'slow'\nstrength = '1KB/s'\n[[step]]\nbreak = 'slow'\non = 'ws'\n[[step]]\nlift = 'slow'",
        "[[step]]\nbreak = 'buffer'\non = 'sse'\n[[step]]\nlift = 'buffer'\non = 'sse'",
    ] {
        assert!(read(fine).is_ok(), "{fine}");
    }
    let error = parse(Path::new("t.toml"), "title = 'T'\n").unwrap_err().to_string();
    assert!(error.contains("missing field `for`"), "{error}");
}
