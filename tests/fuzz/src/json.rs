//! What two readers of the same JSON could understand differently.

use std::collections::HashSet;

use serde::de::IgnoredAny;
use serde_json::Value;

/// Whether an object of this JSON text, which must be well formed, names a key twice.
pub fn has_repeated_key(text: &str) -> bool {
    // One set of names for each open object, nothing for an open array.
    let mut open: Vec<Option<HashSet<String>>> = Vec::new();
    let mut at_name = false;
    let mut position = 0;
    while let Some(byte) = text.as_bytes().get(position) {
        match byte {
            b'{' => {
                open.push(Some(HashSet::new()));
                at_name = true;
            }
            b'[' => open.push(None),
            b'}' | b']' => drop(open.pop()),
            b',' => at_name = matches!(open.last(), Some(Some(_))),
            b':' => at_name = false,
            b'"' => {
                let end = end_of_string(text, position);
                let is_new = match open.last_mut() {
                    Some(Some(names)) if at_name => names.insert(serde_json::from_str(&text[position..end]).expect("a JSON string")),
                    _ => true,
                };
                if !is_new {
                    return true;
                }
                position = end;
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    false
}

/// What an accepted text says. `None` when a member that the product skips holds half a surrogate pair or a number out of range, which the
/// grammar allows (RFC 8259 sections 6 and 8.2) and a value cannot hold.
pub fn value(text: &str) -> Option<Value> {
    serde_json::from_str::<IgnoredAny>(text).expect("accepted JSON is JSON");
    serde_json::from_str(text).ok()
}

/// Whether it is JSON at all.
pub fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<Value>(bytes).is_ok()
}

fn end_of_string(text: &str, start: usize) -> usize {
    let mut position = start + 1;
    loop {
        match text.as_bytes().get(position) {
            Some(b'"') => return position + 1,
            Some(b'\\') => position += 2,
            Some(_) => position += 1,
            None => return text.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_one_object_can_be_repeated() {
        for text in [r#"{"a":1,"a":2}"#, r#"[{"b":{"c":[],"c":1}}]"#, r#"{"sub":"x","s\u0075b":"y"}"#, r#"{"":1,"b":[{}],"":2}"#] {
            assert!(has_repeated_key(text), "{text}");
        }
        for text in ["{}", r#"{"a":"a","b":"a"}"#, r#"{"a":{"a":["a","a"]}}"#, r#"["a","a"]"#, r#"{"a\"":1,"a":"{\"a\":"}"#] {
            assert!(!has_repeated_key(text), "{text}");
        }
    }
}
