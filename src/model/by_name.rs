//! Arrays in files: a value beside each name, and no word of what is as usual. So a file is read too that knows
//! fewer lanes, or fewer kinds of messages, than there are.
//!
//! In files of old the values stand in the order of the names: new names come last.

use std::array;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What the places of an array are called.
type Names = fn(usize) -> &'static str;

fn write<T, S>(names: Names, values: &[T], to: S) -> Result<S::Ok, S::Error>
where
    T: Default + PartialEq + Serialize,
    S: Serializer,
{
    let unusual = values.iter().enumerate().filter(|(_, value)| **value != T::default());
    to.collect_map(unusual.map(|(place, value)| (names(place), value)))
}

/// Reads what is written down of an array, and takes the default for the rest.
struct Reader<T, const N: usize>(Names, PhantomData<T>);

impl<'de, T: Default + Deserialize<'de>, const N: usize> Visitor<'de> for Reader<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values with their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<[T; N], A::Error> {
        let mut values = array::from_fn(|_| T::default());
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            let place = (0..N).find(|place| (self.0)(*place) == name);
            values[place.ok_or_else(|| A::Error::custom(format_args!("unknown name `{name}`")))?] = value;
        }
        Ok(values)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<[T; N], A::Error> {
        let mut values = array::from_fn(|_| T::default());
        for place in &mut values {
            let Some(value) = seq.next_element()? else { break };
            *place = value;
        }
        Ok(values)
    }
}

/// By lane.
pub(crate) mod by_lane {
    use super::{Deserialize, Deserializer, Names, PhantomData, Reader, Serialize, Serializer, write};
    use crate::model::Protocol;

    const LANES: Names = |lane| Protocol::ALL[lane].slug();

    pub fn serialize<T, S>(values: &[T; Protocol::COUNT], to: S) -> Result<S::Ok, S::Error>
    where
        T: Default + PartialEq + Serialize,
        S: Serializer,
    {
        write(LANES, values, to)
    }

    pub fn deserialize<'de, T, D>(from: D) -> Result<[T; Protocol::COUNT], D::Error>
    where
        T: Default + Deserialize<'de>,
        D: Deserializer<'de>,
    {
        from.deserialize_any(Reader(LANES, PhantomData))
    }
}

/// By direction, and by kind of message.
pub(crate) mod by_kind {
    use super::{Deserialize, Deserializer, Names, PhantomData, Reader, Serialize, Serializer, write};
    use crate::model::Kind;

    const KINDS: Names = |kind| Kind::NAMES[kind];

    struct Counts([u64; Kind::COUNT]);

    impl Serialize for Counts {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            write(KINDS, &self.0, to)
        }
    }

    impl<'de> Deserialize<'de> for Counts {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            from.deserialize_any(Reader(KINDS, PhantomData)).map(Self)
        }
    }

    pub fn serialize<S: Serializer>(counts: &[[u64; Kind::COUNT]; 2], to: S) -> Result<S::Ok, S::Error> {
        counts.map(Counts).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[[u64; Kind::COUNT]; 2], D::Error> {
        <[Counts; 2]>::deserialize(from).map(|counts| counts.map(|Counts(one)| one))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Protocol;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    struct On(#[serde(with = "by_lane")] [bool; Protocol::COUNT]);

    fn read(json: &str) -> Result<On, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_stands_beside_its_name() {
        let on = On(Protocol::flags(&[Protocol::Polling, Protocol::WebSocket]));
        let json = serde_json::to_string(&on).unwrap();
        assert_eq!(json, r#"{"polling":true,"websocket":true}"#);
        assert_eq!(read(&json), Ok(on));
    }

    #[test]
    fn files_that_know_fewer_lanes_are_read() {
        let sse = || Ok(On(Protocol::flags(&[Protocol::Sse])));
        assert_eq!(read(r#"{"sse":true}"#), sse());
        assert_eq!(read("[false,false,false,true]"), sse(), "of old, in order");
        assert!(read("[true,true,true,true,true,true]").is_err(), "more than there are");
        assert!(read(r#"{"quic":true}"#).unwrap_err().starts_with("unknown name `quic`"));
    }
}
