//! Values of the config file, read by the same parsers as flags.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// A TOML value as the text that a flag would have: `0.2`, `"1/5"`, `true`, `["polling", "sse"]`.
pub(super) struct Scalar(pub String);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string, a number, true or false")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar(number.to_string()))
    }

    fn visit_bool<E: Error>(self, yes: bool) -> Result<Scalar, E> {
        Ok(Scalar(yes.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Scalar, A::Error> {
        let mut texts = Vec::new();
        while let Some(Scalar(text)) = items.next_element()? {
            texts.push(text);
        }
        Ok(Scalar(texts.join(",")))
    }
}

/// Reads and writes a type in the config file as the text of its `FromStr` and `Display`.
macro_rules! as_text {
    ([$($generics:tt)*] $type:ty) => {
        impl<'de, $($generics)*> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let $crate::cli::scalar::Scalar(text) = serde::Deserialize::deserialize(deserializer)?;
                text.parse().map_err(|error| serde::de::Error::custom(format_args!("`{text}`: {error}")))
            }
        }

        impl<$($generics)*> serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

pub(super) use as_text;

/// Reads and writes a `ValueEnum` in the config file by the names that its flag takes.
macro_rules! as_word {
    ($type:ty) => {
        impl std::str::FromStr for $type {
            type Err = $crate::cli::value::BadValue;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as clap::ValueEnum>::from_str(text, false).map_err(|_| {
                    let names = <Self as clap::ValueEnum>::value_variants().iter().map(ToString::to_string);
                    $crate::cli::value::BadValue::new("unknown word", names.collect::<Vec<_>>().join(", "))
                })
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let value = clap::ValueEnum::to_possible_value(self);
                f.write_str(value.as_ref().map_or("", clap::builder::PossibleValue::get_name))
            }
        }

        $crate::cli::scalar::as_text!([] $type);
    };
}

pub(super) use as_word;
