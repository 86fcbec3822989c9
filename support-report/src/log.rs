//! The end of a log: the newest lines are kept where there is no room for all. What is no text is refused, and what gzip packed is unpacked.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};

use flate2::read::MultiGzDecoder;
use vestibule_model::redaction::{self, KnownWords};
use vestibule_model::wire::is_hidden;

use crate::encoding::Encoding;
use crate::part::Part;

/// More of a stream than this is read past.
const PIECE: usize = 64 * 1024;
/// Bytes by which a kind of file is known.
const HEAD: u64 = 8;
/// What comes without a length, out of another program or of what gzip packed, may have no end: no more of it is read, in bytes.
const MOST: u64 = 1 << 30;
const GZIP: &[u8] = &[0x1f, 0x8b];
/// How the others begin, and which program unpacks them.
const PACKED: [(&[u8], &str); 5] = [
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd"),
    (&[0xfd, b'7', b'z', b'X', b'Z'], "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "unzip"),
    (&[0x04, 0x22, 0x4d, 0x18], "lz4"),
];
/// How a file of the journal of systemd begins.
const JOURNAL: &[u8] = b"LPKSHHRH";

/// Why a file is no log that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoLog {
    /// By this program.
    #[error("it is packed by {0}")]
    Packed(&'static str),
    #[error("it is a file of the journal of systemd")]
    Journal,
    /// UTF-16 too: nothing in it would be recognised.
    #[error("it is no text")]
    NoText,
    #[error("it says more than is read")]
    Endless,
    /// Of what was to come from another command.
    #[error("nothing came")]
    Nothing,
}

impl NoLog {
    /// Whether this is why.
    pub fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

impl From<NoLog> for io::Error {
    fn from(no_log: NoLog) -> Self {
        Self::new(io::ErrorKind::InvalidData, no_log)
    }
}

/// Whole lines at the end of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEnd {
    pub text: String,
    /// What packed it ends before its end: more was written.
    pub is_torn: bool,
    /// Bytes before it.
    left_out: u64,
}

impl LogEnd {
    /// So many bytes of a file at most. Performs I/O.
    ///
    /// # Errors
    /// The system's; [`NoLog`] within one.
    pub fn of_file(mut file: File, room: u64) -> io::Result<Self> {
        let head = head_of(&mut file)?;
        if head.starts_with(GZIP) {
            return Self::unpacked(io::Cursor::new(head).chain(file), room);
        }
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
    /// As [`LogEnd::of_file`].
    pub fn of_stream(from: &mut impl Read, room: u64) -> io::Result<Self> {
        Self::within(from, room, MOST)
    }

    fn within(from: &mut impl Read, room: u64, most: u64) -> io::Result<Self> {
        let mut from = Capped { from, left: most };
        let head = head_of(&mut from)?;
        let is_packed = head.starts_with(GZIP);
        let mut whole = io::Cursor::new(head).chain(from);
        if is_packed { Self::unpacked(whole, room) } else { Self::of_all(&mut whole, room) }
    }

    /// Whether there was nothing at all.
    pub const fn is_empty(&self) -> bool {
        self.text.is_empty() && self.left_out == 0
    }

    fn unpacked(from: impl Read, room: u64) -> io::Result<Self> {
        let mut from = Capped { from: Unpacked::new(from), left: MOST };
        let end = Self::of_all(&mut from, room)?;
        Ok(Self { is_torn: from.from.is_torn, ..end })
    }

    fn of_all(from: &mut impl Read, room: u64) -> io::Result<Self> {
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

    fn of_bytes(bytes: &[u8], before: u64) -> io::Result<Self> {
        let begun = if before == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1) };
        let text = plain(&text_of(bytes, begun).ok_or(NoLog::NoText)?);
        Ok(Self { text, is_torn: false, left_out: before + begun as u64 })
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

/// What gzip packed, as far as it goes: of one that was cut short, what is there is told.
struct Unpacked<T> {
    from: MultiGzDecoder<T>,
    has_said: bool,
    is_torn: bool,
}

impl<T: Read> Unpacked<T> {
    fn new(from: T) -> Self {
        Self { from: MultiGzDecoder::new(from), has_said: false, is_torn: false }
    }
}

impl<T: Read> Read for Unpacked<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.from.read(into) {
            Ok(read) => {
                self.has_said |= read > 0;
                Ok(read)
            }
            Err(error) if self.has_said && error.kind() == io::ErrorKind::UnexpectedEof => {
                self.is_torn = true;
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }
}

/// So many bytes at most: the next one is [`NoLog::Endless`].
struct Capped<T> {
    from: T,
    left: u64,
}

impl<T: Read> Read for Capped<T> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.left = self.left.checked_sub(read as u64).ok_or(NoLog::Endless)?;
        Ok(read)
    }
}

/// Every line of a log, from its first: what gzip packed is unpacked, and what is no text is refused before any.
pub struct LogLines<'a> {
    from: Box<dyn BufRead + 'a>,
    encoding: Encoding,
}

impl<'a> LogLines<'a> {
    /// Of a file. Performs I/O.
    ///
    /// # Errors
    /// The system's; [`NoLog`] within one.
    pub fn of_file(file: File) -> io::Result<Self> {
        Self::of(file)
    }

    /// Of what comes without a length. Performs I/O.
    ///
    /// # Errors
    /// As [`LogLines::of_file`].
    pub fn of_stream(from: impl Read + 'a) -> io::Result<Self> {
        Self::within(from, MOST)
    }

    fn within(from: impl Read + 'a, most: u64) -> io::Result<Self> {
        Self::of(Capped { from, left: most })
    }

    fn of(mut from: impl Read + 'a) -> io::Result<Self> {
        let head = head_of(&mut from)?;
        let is_packed = head.starts_with(GZIP);
        let whole = io::Cursor::new(head).chain(from);
        let mut from: Box<dyn BufRead + 'a> = if is_packed {
            Box::new(BufReader::new(Capped { from: Unpacked::new(whole), left: MOST }))
        } else {
            Box::new(BufReader::new(whole))
        };
        let mut begin = Vec::new();
        from.by_ref().take(PIECE as u64).read_to_end(&mut begin)?;
        text_of(&begin, 0).ok_or(NoLog::NoText)?;
        let encoding = Encoding::of(&begin);
        Ok(Self { from: Box::new(io::Cursor::new(begin).chain(from)), encoding })
    }

    /// The next line, without its end: of a longer one, so many bytes. `None` behind the last. Performs I/O.
    ///
    /// # Errors
    /// As [`LogLines::of_file`].
    pub fn next_line(&mut self, longest: u64) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        if self.from.by_ref().take(longest).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(None);
        }
        if bytes.last() != Some(&b'\n') {
            self.from.skip_until(b'\n')?;
        }
        let mut text = String::with_capacity(bytes.len());
        self.encoding.decoded(&bytes, &mut text);
        Ok(Some(plain(text.trim_end())))
    }
}

/// The first bytes. Where they say that no line can follow, that.
fn head_of(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    from.by_ref().take(HEAD).read_to_end(&mut head)?;
    if let Some((_, program)) = PACKED.iter().find(|(begins, _)| head.starts_with(begins)) {
        return Err(NoLog::Packed(program).into());
    }
    if head.starts_with(JOURNAL) { Err(NoLog::Journal.into()) } else { Ok(head) }
}

/// What these bytes say from here on, in UTF-8 or as [`Encoding`] finds it; `None` where too few of them are of a text. A power cut leaves zeros, and
/// a few signs may be broken.
fn text_of(bytes: &[u8], begun: usize) -> Option<String> {
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    let is_odd = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, 0 | b'\t' | b'\n' | b'\r' | 0x1b);
    let mut odd = bytes.iter().filter(is_odd).count();
    let mut text = String::with_capacity(bytes.len());
    let encoding = Encoding::of(&bytes[begun..]);
    for line in bytes[begun..].split_inclusive(|byte| *byte == b'\n') {
        odd += encoding.decoded(line, &mut text);
    }
    (zeros * 5 <= bytes.len() && odd * 10 <= bytes.len()).then_some(text)
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
            sign if sign.is_control() || is_hidden(sign) => {}
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
    use std::io::Write as _;

    use super::*;

    fn lines() -> String {
        (0..10_000).map(|number| format!("2026-11-28 line {number}\n")).collect()
    }

    #[test]
    fn what_comes_without_a_length_is_kept_from_its_end() {
        let many = lines();
        let LogEnd { text, left_out, .. } = LogEnd::of_stream(&mut many.as_bytes(), 1000).expect("read");
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
        let random: Vec<u8> = (0..4096_u32).map(|at| at.wrapping_mul(0x9e37_79b9).to_be_bytes()[0]).collect();
        for (bytes, why) in [
            (utf_16.as_slice(), NoLog::NoText),
            (&random, NoLog::NoText),
            (b"\x28\xb5\x2f\xfd...", NoLog::Packed("zstd")),
            (b"\xfd7zXZ\0...", NoLog::Packed("xz")),
            (b"PK\x03\x04...", NoLog::Packed("unzip")),
            (b"LPKSHHRH...", NoLog::Journal),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("log");
            std::fs::write(&path, bytes).expect("written");
            let of_file = LogEnd::of_file(File::open(&path).expect("there"), 1000).expect_err("no log");
            let of_stream = LogEnd::of_stream(&mut &*bytes, 1000).expect_err("no log");
            assert_eq!((NoLog::of(&of_file), NoLog::of(&of_stream)), (Some(why), Some(why)));
            assert_eq!(of_file.kind(), io::ErrorKind::InvalidData);
        }
    }

    #[test]
    fn what_gzip_packed_is_read_as_what_it_was_and_no_further_than_it_should() {
        let (mut packed, many) = (flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()), lines());
        packed.write_all(many.as_bytes()).expect("packed");
        let packed = packed.finish().expect("packed");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.gz");
        std::fs::write(&path, &packed).expect("written");
        let plain = LogEnd::of_stream(&mut many.as_bytes(), 1000).expect("read");
        assert_eq!(LogEnd::of_file(File::open(&path).expect("there"), 1000).expect("read"), plain);
        assert_eq!(LogEnd::of_stream(&mut packed.as_slice(), 1000).expect("read"), plain);
        let cut = LogEnd::of_stream(&mut &packed[..packed.len() / 2], 1000).expect("half of it");
        assert!(cut.is_torn && !plain.is_torn && many.contains(&cut.text) && cut.text.len() > 900, "{cut:?}");
        let nothing = LogEnd::of_stream(&mut &packed[..9], 1000).expect_err("nothing of it");
        assert_eq!(nothing.kind(), io::ErrorKind::UnexpectedEof);
    }

    /// As `yes | companion-server report --logs -` gives it, lines or not.
    #[test]
    fn what_has_no_end_is_read_to_a_bound_and_refused() {
        let many = lines();
        let most = many.len() as u64;
        assert!(LogEnd::within(&mut many.as_bytes(), 1000, most).is_ok());
        assert_eq!(
            LogLines::within(many.as_bytes(), most).expect("a text").next_line(100).expect("read").as_deref(),
            Some("2026-11-28 line 0")
        );
        for byte in [b'\n', b'y'] {
            let end = LogEnd::within(&mut io::repeat(byte), 1000, most).expect_err("too much");
            assert_eq!(NoLog::of(&end), Some(NoLog::Endless));
            let mut lines = LogLines::within(io::repeat(byte), most).expect("a text");
            let refused = loop {
                match lines.next_line(1000) {
                    Ok(line) => assert!(line.is_some_and(|line| line.len() <= 1000)),
                    Err(error) => break error,
                }
            };
            assert_eq!(NoLog::of(&refused), Some(NoLog::Endless));
        }
    }

    #[test]
    fn a_text_of_latin_1_says_what_it_says_and_the_last_pass_knows_its_names() {
        let latin: Vec<u8> = "l\u{92}identit\u{e9} de H\u{e9}bert est lue sur ce poste\n"
            .chars()
            .map(|sign| u8::try_from(u32::from(sign)).expect("Latin-1"))
            .collect();
        let end = LogEnd::of_stream(&mut latin.as_slice(), 1000).expect("read");
        let part = end.part("logs/a", 1000, &KnownWords::names(["Hébert"]), |_| String::new());
        assert_eq!(part.text, "l’identité de [nom] est lue sur ce poste\n");
    }

    /// In an encoding, by its first byte for each letter.
    fn bytes_of(text: &str, letters: &[(char, u8)]) -> Vec<u8> {
        let byte = |sign: char| {
            letters.iter().find(|(letter, _)| *letter == sign).map_or_else(|| u8::try_from(sign).expect("ASCII"), |(_, byte)| *byte)
        };
        text.chars().map(byte).collect()
    }

    const WINDOWS: [(char, u8); 8] =
        [('é', 0xe9), ('è', 0xe8), ('ô', 0xf4), ('à', 0xe0), ('’', 0x92), ('«', 0xab), ('»', 0xbb), ('\u{a0}', 0xa0)];
    const CONSOLE: [(char, u8); 8] =
        [('é', 0x82), ('è', 0x8a), ('ô', 0x93), ('à', 0x85), ('’', 0x27), ('«', 0xae), ('»', 0xaf), ('\u{a0}', 0xff)];
    const MAC: [(char, u8); 8] =
        [('é', 0x8e), ('è', 0x8f), ('ô', 0x99), ('à', 0x88), ('’', 0xd5), ('«', 0xc7), ('»', 0xc8), ('\u{a0}', 0xca)];

    #[test]
    fn no_byte_is_lost_before_the_last_pass_whatever_encoding_a_log_is_in() {
        for (name, letters) in [("Windows-1252", WINDOWS), ("code page 850", CONSOLE), ("Mac", MAC)] {
            for (text, left) in [
                ("prénom=Jérôme code=VST-2041\n", "prénom=[nom] code=VST-2041\n"),
                ("clé secrète\u{a0}: zqx99!\n", "clé secrète\u{a0}: [secret]\n"),
                ("là, André Hébert\n", "là, [nom] [nom]\n"),
            ] {
                let bytes = bytes_of(text, &letters);
                let known = KnownWords::names(["Hébert", "André"]);
                let end = LogEnd::of_stream(&mut bytes.as_slice(), 1000).expect("read");
                assert_eq!(end.text, text, "{name}");
                assert_eq!(end.part("logs/a", 1000, &known, |_| String::new()).text, left, "{name}");
            }
        }
        // Lines of several programs in one file.
        let mixed =
            [bytes_of("prénom=Jérôme\n", &CONSOLE), bytes_of("mot «\u{a0}là\u{a0}» créé\n", &WINDOWS), "nom=Éric é\n".into()].concat();
        let end = LogEnd::of_stream(&mut mixed.as_slice(), 1000).expect("read");
        assert_eq!(end.text, "prénom=Jérôme\nmot «\u{a0}là\u{a0}» créé\nnom=Éric é\n");
    }

    #[test]
    fn every_line_of_a_log_is_read_and_what_is_none_is_refused_before_any() {
        let all = |bytes: &[u8]| -> io::Result<Vec<String>> {
            let mut lines = LogLines::of_stream(bytes)?;
            std::iter::from_fn(|| lines.next_line(20).transpose()).collect()
        };
        let many = lines();
        assert!(all(many.as_bytes()).expect("read").iter().map(String::as_str).eq(many.lines()));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(many.as_bytes()).expect("packed");
        let packed = packed.finish().expect("packed");
        assert!(all(&packed).expect("read").iter().map(String::as_str).eq(many.lines()));
        let torn = all(&packed[..packed.len() / 2]).expect("what is there");
        assert!(torn.len() > 100 && torn.len() < 10_000, "{}", torn.len());
        assert_eq!(all(format!("{}end\nnext", "x".repeat(50)).as_bytes()).expect("read"), ["x".repeat(20), "next".to_owned()]);
        assert_eq!(all(b"").expect("read"), Vec::<String>::new());
        let utf_16: Vec<u8> = "id 7F3K-9QXM\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, why) in [
            (utf_16.as_slice(), NoLog::NoText),
            (b"\xfd7zXZ\0...", NoLog::Packed("xz")),
            (b"SQLite format 3\0\x10\0\x01\x01\0\x40\0\0\0\0\0\0\0\0", NoLog::NoText),
        ] {
            assert_eq!(NoLog::of(&all(bytes).expect_err("no log")), Some(why));
        }
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
