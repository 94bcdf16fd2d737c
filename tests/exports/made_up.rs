//! Exports of a made-up experiment with real bytes: written down, and read back.

use wirelab::export::{Format, export};
use wirelab::trace::Trace;

use super::wire;

pub fn bytes(trace: &Trace, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    export(trace, format, &mut bytes).unwrap();
    bytes
}

pub fn text(trace: &Trace, format: Format) -> String {
    String::from_utf8(bytes(trace, format)).unwrap()
}

#[test]
fn formats_are_found_by_name_and_by_ending() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        assert_eq!(format.extension().parse(), Ok(format));
    }
    let error = "pcap".parse::<Format>().unwrap_err().to_string();
    assert!(Format::ALL.iter().all(|format| error.contains(format.name())), "{error}");
}

#[test]
fn a_disk_that_is_full_is_an_error_of_that_format() {
    let mut full: &mut [u8] = &mut [0; 16];
    for format in Format::ALL {
        let error = export(&wire::everything(), format, &mut full).unwrap_err();
        assert_eq!(error.format, format);
        assert!(error.to_string().starts_with(&format!("the {format} export can't be written: ")));
    }
}
