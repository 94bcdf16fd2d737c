//! Arrays in files: a value beside each name, and no word of what is as usual. So a file is read too that knows
//! fewer lanes, or fewer kinds of messages, than there are.
//!
//! In files of old the values stand in the order of the names: new names come last.

use std::array;
use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What an array's places are called, and what stands at a place of which a file says nothing.
struct ByName<T, const N: usize>(&'static [&'static str], T);

impl<T: Clone + PartialEq, const N: usize> ByName<T, N> {
    fn write<S: Serializer>(&self, values: &[T; N], serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize,
    {
        serializer.collect_map(self.0.iter().zip(values).filter(|(_, value)| **value != self.1))
    }

    fn usual(&self) -> [T; N] {
        array::from_fn(|_| self.1.clone())
    }
}

impl<'de, T: Clone + PartialEq + Deserialize<'de>, const N: usize> Visitor<'de> for ByName<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("values with their names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<[T; N], A::Error> {
        let mut values = self.usual();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            let place = self.0.iter().position(|one| *one == name);
            values[place.ok_or_else(|| A::Error::unknown_field(&name, self.0))?] = value;
        }
        Ok(values)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<[T; N], A::Error> {
        let mut values = self.usual();
        for place in &mut values {
            let Some(value) = seq.next_element()? else { break };
            *place = value;
        }
        Ok(values)
    }
}

/// By lane; of a lane that a file does not know, the default.
pub(crate) mod by_lane {
    use super::{ByName, Deserialize, Deserializer, Serialize, Serializer};
    use crate::model::Protocol;

    const COUNT: usize = Protocol::COUNT;

    pub fn serialize<T, S>(values: &[T; COUNT], serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Clone + Default + PartialEq + Serialize,
        S: Serializer,
    {
        ByName(Protocol::SLUGS, T::default()).write(values, serializer)
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<[T; COUNT], D::Error>
    where
        T: Clone + Default + PartialEq + Deserialize<'de>,
        D: Deserializer<'de>,
    {
        deserializer.deserialize_any(ByName(Protocol::SLUGS, T::default()))
    }
}

/// How many clients each lane has: one, where nothing is said.
pub(crate) mod clients_by_lane {
    use super::{ByName, Deserializer, Serializer};
    use crate::model::Protocol;

    const USUAL: ByName<u32, { Protocol::COUNT }> = ByName(Protocol::SLUGS, 1);

    pub fn serialize<S: Serializer>(values: &[u32; Protocol::COUNT], to: S) -> Result<S::Ok, S::Error> {
        USUAL.write(values, to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u32; Protocol::COUNT], D::Error> {
        from.deserialize_any(USUAL)
    }
}

/// By direction, and by kind of message.
pub(crate) mod by_kind {
    use super::{ByName, Deserialize, Deserializer, Serialize, Serializer};
    use crate::model::Kind;

    const NONE: ByName<u64, { Kind::COUNT }> = ByName(Kind::NAMES, 0);

    struct Counts([u64; Kind::COUNT]);

    impl Serialize for Counts {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            NONE.write(&self.0, serializer)
        }
    }

    impl<'de> Deserialize<'de> for Counts {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(NONE).map(Self)
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
        assert!(read(r#"{"quic":true}"#).unwrap_err().starts_with("unknown field `quic`, expected one of"));
    }
}
