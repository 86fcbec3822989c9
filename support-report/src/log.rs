//! The end of a log: the newest lines are kept where there is no room for all.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use vestibule_model::redaction::{self, KnownWords};

use crate::part::Part;

/// More of a stream than this is read past.
const PIECE: usize = 64 * 1024;

/// Whole lines at the end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEnd {
    pub text: String,
    /// Bytes before it.
    left_out: u64,
}

impl LogEnd {
    /// So many bytes of a file at most. Performs I/O.
    ///
    /// # Errors
    /// The system's.
    pub fn of_file(mut file: File, room: u64) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let from = length.saturating_sub(room);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        // It may grow meanwhile.
        file.take(length - from).read_to_end(&mut bytes)?;
        Self::of_bytes(&bytes, from)
    }

    /// The same of what comes without a length. Performs I/O.
    ///
    /// # Errors
    /// The system's.
    pub fn of_stream(from: &mut impl Read, room: u64) -> io::Result<Self> {
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let (mut kept, mut left_out, mut piece) = (Vec::new(), 0_u64, vec![0; PIECE]);
        loop {
            let read = from.read(&mut piece)?;
            if read == 0 {
                let excess = kept.len().saturating_sub(room);
                return Self::of_bytes(&kept[excess..], left_out + excess as u64);
            }
            kept.extend_from_slice(&piece[..read]);
            if kept.len() > room.saturating_mul(2) {
                let excess = kept.len() - room;
                kept.drain(..excess);
                left_out += excess as u64;
            }
        }
    }

    /// What another program wrote in UTF-16 is no text to the last pass: nothing in it would be recognised. A power cut leaves some zeros too.
    fn of_bytes(bytes: &[u8], before: u64) -> io::Result<Self> {
        if bytes.iter().filter(|byte| **byte == 0).count() * 5 > bytes.len() {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let begun = if before == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1) };
        let text = plain(&String::from_utf8_lossy(&bytes[begun..]));
        Ok(Self { text, left_out: before + begun as u64 })
    }

    /// After the last pass, so many bytes at most; under the line that says how many bytes were left out, if any were.
    pub fn part(self, name: &str, room: u64, known: &KnownWords, cut: impl FnOnce(u64) -> String) -> Part {
        let redacted = redaction::redact(&self.text, known);
        // What stands in the place of a short word may be longer than it.
        let kept = newest(&redacted, room);
        let left_out = self.left_out + (redacted.len() - kept.len()) as u64;
        let notice = if left_out > 0 { cut(left_out) + "\n" } else { String::new() };
        Part { left_out, ..Part::new(name, notice + kept) }
    }
}

/// Without what a terminal hides: colours, and signs that have no width. Between the letters of a name, they would hide it from the last pass too.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '\u{1b}' if signs.next_if_eq(&'[').is_some() => {
                // Up to the letter that ends it (ECMA-48).
                while signs.next_if(|sign| matches!(sign, '\u{20}'..='\u{3f}')).is_some() {}
                signs.next_if(|sign| matches!(sign, '\u{40}'..='\u{7e}'));
            }
            '\n' | '\t' => plain.push(sign),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {}
            sign if sign.is_control() => {}
            sign => plain.push(sign),
        }
    }
    plain
}

/// Whole lines at the end, so many bytes at most.
fn newest(text: &str, room: u64) -> &str {
    let excess = text.len().saturating_sub(usize::try_from(room).unwrap_or(usize::MAX));
    if excess == 0 {
        return text;
    }
    text.as_bytes()[excess..].iter().position(|byte| *byte == b'\n').map_or("", |end| &text[excess + end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines() -> String {
        (0..10_000).map(|number| format!("2026-11-28 line {number}\n")).collect()
    }

    #[test]
    fn what_comes_without_a_length_is_kept_from_its_end() {
        let many = lines();
        let LogEnd { text, left_out } = LogEnd::of_stream(&mut many.as_bytes(), 1000).expect("read");
        assert!(many.ends_with(&text) && text.len() <= 1000 && text.len() > 900 && text.starts_with("2026"), "{}", text.len());
        assert_eq!(left_out + text.len() as u64, many.len() as u64);
    }

    #[test]
    fn a_file_and_a_stream_of_the_same_lines_have_the_same_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, many) = (folder.path().join("log"), lines());
        std::fs::write(&path, &many).expect("written");
        for room in [0, 1, 1000, 200_000, 1 << 20] {
            let of_file = LogEnd::of_file(File::open(&path).expect("there"), room).expect("read");
            assert_eq!(of_file, LogEnd::of_stream(&mut many.as_bytes(), room).expect("read"), "{room}");
        }
    }

    #[test]
    fn what_a_terminal_hides_hides_nothing_from_the_last_pass() {
        for odd in
            ["8997\u{200b}00999016", "8997\u{1b}[1;31m00999016\u{1b}[0m", "\u{feff}899700999016", "8997\u{7}00999016", "8997\u{0}00999016"]
        {
            let end = LogEnd::of_stream(&mut format!("id {odd}\r\n").as_bytes(), 1000).expect("read");
            let part = end.part("logs/a", 1000, &KnownWords::default(), |_| String::new());
            assert!(part.text.starts_with("id [") && part.text.ends_with("]\n") && !part.text.contains("016"), "{odd}: {}", part.text);
        }
        assert_eq!(plain("à\tb\u{1b}c\n"), "à\tbc\n");
    }

    #[test]
    fn what_is_not_written_as_ours_is_refused_and_not_passed_on_unread() {
        let utf_16: Vec<u8> = "id 899700999016\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let refused = LogEnd::of_stream(&mut utf_16.as_slice(), 1000).expect_err("no text");
        assert_eq!(refused.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn the_cut_is_said_where_there_is_one() {
        let part = |room: u64| {
            let end = LogEnd::of_stream(&mut "one\ntwo\n".as_bytes(), room).expect("read");
            end.part("logs/a", room, &KnownWords::default(), |left_out| format!("[{left_out} bytes]"))
        };
        assert_eq!((part(8).text.as_str(), part(8).left_out), ("one\ntwo\n", 0));
        assert_eq!((part(5).text.as_str(), part(5).left_out), ("[4 bytes]\ntwo\n", 4));
    }
}
