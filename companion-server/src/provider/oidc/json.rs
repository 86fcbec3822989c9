//! JSON from outside: an object that names a key twice is refused, because two readers could understand it differently.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a JSON text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonRefused {
    /// Not JSON, cut short, or nested too deep.
    #[error("it is not JSON")]
    Malformed,
    /// Some object names a key twice.
    #[error("it names a key twice")]
    DuplicateKey,
}

/// Reads a whole JSON text.
///
/// # Errors
/// [`JsonRefused`] when it is not JSON or names a key twice at any depth.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonRefused> {
    serde_json::from_slice::<Unambiguous>(bytes).map(|value| value.0).map_err(|error| {
        // Syntax errors have their own category: what is left comes from our visitor.
        if error.classify() == serde_json::error::Category::Data { JsonRefused::DuplicateKey } else { JsonRefused::Malformed }
    })
}

struct Unambiguous(Value);

impl<'de> Deserialize<'de> for Unambiguous {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UnambiguousVisitor)
    }
}

struct UnambiguousVisitor;

impl<'de> Visitor<'de> for UnambiguousVisitor {
    type Value = Unambiguous;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without repeated keys")
    }

    fn visit_unit<E>(self) -> Result<Unambiguous, E> {
        Ok(Unambiguous(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Unambiguous, E> {
        Ok(Unambiguous(Number::from_f64(value).map_or(Value::Null, Value::Number)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Unambiguous, E> {
        Ok(Unambiguous(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Unambiguous, A::Error> {
        let mut values = Vec::new();
        while let Some(Unambiguous(value)) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Unambiguous(Value::Array(values)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Unambiguous, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let Unambiguous(value) = entries.next_value()?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("repeated key"));
            }
        }
        Ok(Unambiguous(Value::Object(map)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_named_twice_is_refused_at_any_depth() {
        for text in [r#"{"a":1,"a":2}"#, r#"{"a":[{"b":{"c":null,"c":null}}]}"#, r#"{"sub":"x","s\u0075b":"y"}"#] {
            assert_eq!(parse(text.as_bytes()), Err(JsonRefused::DuplicateKey), "{text}");
        }
    }

    #[test]
    fn what_is_not_json_is_refused() {
        let deep = "[".repeat(100_000);
        for text in ["", "<html>", r#"{"a":"#, r#"{"a":1} trailing"#, deep.as_str()] {
            assert_eq!(parse(text.as_bytes()), Err(JsonRefused::Malformed));
        }
        assert_eq!(parse(b"{\"a\":\"\xff\"}"), Err(JsonRefused::Malformed));
    }

    #[test]
    fn every_kind_of_value_is_read() {
        let text = r#"{"a":[null,true,-1,18446744073709551615,1.5,"é"],"b":{}}"#;
        assert_eq!(parse(text.as_bytes()).expect("read"), serde_json::from_str::<Value>(text).expect("read"));
    }
}
