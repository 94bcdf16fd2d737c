//! What every file of a fault must say.

use super::*;

#[test]
fn every_fault_is_named_explained_and_parses_back() {
    let mut keys = Vec::new();
    for kind in FaultKind::ALL {
        assert_eq!(kind.slug().parse(), Ok(kind));
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.slug());
        assert!(!kind.name().is_empty() && !kind.what().is_empty(), "{kind}");
        assert!(!keys.contains(&kind.key()) && kind.key() != ' ', "{kind} needs a key of its own");
        keys.push(kind.key());
        assert!(UnknownFault(String::new()).to_string().contains(kind.slug()));
    }
    assert!("flood".parse::<FaultKind>().is_err());
}

#[test]
fn a_word_of_old_is_still_read() {
    assert_eq!("hold".parse(), Ok(FaultKind::HeadOfLine));
    assert_eq!(serde_json::from_str::<FaultKind>("\"hold\"").unwrap(), FaultKind::HeadOfLine);
    assert_eq!(serde_json::from_str::<Fault>("\"hold\"").unwrap(), Fault::HeadOfLine);
    assert_eq!(FaultKind::HeadOfLine.slug(), "head-of-line");
}

#[test]
fn every_fault_is_of_its_kind_at_every_preset_and_stays_at_its_ends() {
    for kind in FaultKind::ALL {
        assert_eq!(kind.usual().kind(), kind);
        assert_eq!(kind.usual().strength().is_none(), matches!(kind.degrees(), Degrees::None(_)), "{kind}");
        assert!(kind.usual().is_possible());
        for notch in [Notch::Up, Notch::Down] {
            let end = (0..20).fold(kind.usual(), |fault, _| fault.stepped(notch));
            assert_eq!((end.kind(), end.stepped(notch)), (kind, end));
        }
    }
    assert_eq!(Fault::Slow(1000).stepped(Notch::Down), Fault::Slow(500));
    assert!(!Fault::Slow(0).is_possible());
}

#[test]
fn what_a_fault_does_to_bytes_fits_what_is_said_of_it() {
    for kind in FaultKind::ALL {
        let mut way = Impairment::default();
        kind.usual().impair(&mut way);
        let acts_on_bytes = matches!(kind.scope(), Scope::Bytes | Scope::Responses);
        assert_eq!(way != Impairment::default(), acts_on_bytes, "{kind}");
        assert_eq!(kind.usual().only_slows(), acts_on_bytes && !way.blocks(), "{kind}");
        assert_eq!(kind.usual().own_time().is_some(), kind.ending() == Ending::ByItself, "{kind}");
    }
    let mut way = Impairment::default();
    for fault in [Fault::Slow(10), Fault::Slow(1000)] {
        fault.impair(&mut way);
    }
    assert_eq!(way.bandwidth, Some(10), "the narrowest");
}
