//! The form encoding once more (WHATWG URL, section 5), so that two readers of the same parameters can be compared.

/// Every pair in its order.
pub fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    encoded
        .split(|byte| *byte == b'&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let at = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
            (decode(&piece[..at]), decode(piece.get(at + 1..).unwrap_or_default()))
        })
        .collect()
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// Whether a name comes twice.
pub fn has_repeated_name(pairs: &[(String, String)]) -> bool {
    let mut seen = std::collections::HashSet::new();
    !pairs.iter().all(|(name, _)| seen.insert(name))
}
