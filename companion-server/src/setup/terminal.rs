//! The terminal that the command was run in. Questions go to standard error: standard output is for the answer.

use std::io::{self, BufRead as _, ErrorKind, IsTerminal as _, Write as _};

use zeroize::Zeroizing;

use super::interview::Person;

/// The person before it.
#[derive(Debug, Default)]
pub struct Terminal(());

impl Terminal {
    /// Where standard input is one.
    pub fn here() -> Option<Self> {
        io::stdin().is_terminal().then_some(Self(()))
    }
}

impl Person for Terminal {
    fn tell(&mut self, text: &str) -> io::Result<()> {
        io::stderr().write_all(format!("{text}\n").as_bytes())
    }

    fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        io::stderr().write_all(format!("{question} ").as_bytes())?;
        let mut line = Vec::new();
        if io::stdin().lock().read_until(b'\n', &mut line)? == 0 {
            self.tell("")?;
            return Ok(None);
        }
        // What is no text is refused as the sign that stands for it.
        Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).replace(char::REPLACEMENT_CHARACTER, "\u{0}")))
    }

    fn ask_hidden(&mut self, question: &str) -> io::Result<Option<Zeroizing<String>>> {
        let line = hidden_line(question);
        self.tell("")?;
        line
    }
}

/// Longest line that is read so.
const LONGEST: usize = 4096;

/// Without an echo. The terminal is as it was again at the end, also of a person who gives up: her Ctrl-C is a sign here.
#[cfg(unix)]
fn hidden_line(question: &str) -> io::Result<Option<Zeroizing<String>>> {
    // Before the question: whoever answers at once is not shown either.
    let _quiet = quiet::Quiet::begin()?;
    io::stderr().write_all(format!("{question} ").as_bytes())?;
    typed(&mut quiet::Keys)
}

/// The line that the keys give. What was pasted with it and is not blank is refused with it: it would answer the next question, and be shown.
#[cfg(unix)]
fn typed(keys: &mut impl io::Read) -> io::Result<Option<Zeroizing<String>>> {
    // Refused as no text is.
    let unfit = || Ok(Some(Zeroizing::new("\u{0}".to_owned())));
    let mut line = Zeroizing::new(Vec::with_capacity(LONGEST));
    let mut chunk = Zeroizing::new([0_u8; LONGEST]);
    let mut is_whole = true;
    loop {
        let count = keys.read(&mut *chunk)?;
        if count == 0 {
            return Ok(None);
        }
        for (place, byte) in chunk[..count].iter().enumerate() {
            match *byte {
                b'\r' | b'\n' => {
                    let is_alone = chunk[place..count].iter().all(u8::is_ascii_whitespace);
                    let text = std::str::from_utf8(&line).ok().filter(|_| is_alone && is_whole);
                    return text.map_or_else(unfit, |text| Ok(Some(Zeroizing::new(text.to_owned()))));
                }
                // Ctrl-C
                3 => return Err(ErrorKind::Interrupted.into()),
                // Ctrl-D
                4 => return Ok(None),
                // Ctrl-U
                21 => {
                    line.clear();
                    is_whole = true;
                }
                8 | 127 => drop_last(&mut line),
                other if line.len() < LONGEST => line.push(other),
                _ => is_whole = false,
            }
        }
    }
}

/// A letter may be several bytes.
#[cfg(unix)]
fn drop_last(line: &mut Vec<u8>) {
    while line.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
}

#[cfg(unix)]
mod quiet {
    use std::io;

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    /// What is typed, with nothing of it kept back for a later question.
    pub struct Keys;

    impl io::Read for Keys {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            Ok(rustix::io::read(io::stdin(), into)?)
        }
    }

    /// Until it goes, the terminal shows nothing of what is typed.
    pub struct Quiet(Termios);

    impl Quiet {
        pub fn begin() -> io::Result<Self> {
            let before = tcgetattr(io::stdin())?;
            let mut quiet = before.clone();
            quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
            tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
            Ok(Self(before))
        }
    }

    impl Drop for Quiet {
        fn drop(&mut self) {
            // Nobody is left to be told. What was typed unseen goes with it.
            let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
        }
    }
}

/// Elsewhere a file gives it.
#[cfg(not(unix))]
fn hidden_line(_: &str) -> io::Result<Option<Zeroizing<String>>> {
    Ok(None)
}

#[cfg(all(test, unix))]
mod tests {
    #[test]
    fn what_is_pasted_after_the_line_is_no_answer_to_another_question() {
        let of = |keys: &str| super::typed(&mut keys.as_bytes()).expect("read").map(|line| line.to_string());
        assert_eq!(of("secret\r"), Some("secret".into()));
        assert_eq!(of("secret\r\r\n \r"), Some("secret".into()));
        assert_eq!(of("sek\u{7f}cret\n"), Some("secret".into()));
        assert_eq!(of("wrong\u{15}secret\n"), Some("secret".into()));
        assert_eq!(of("secret"), None, "never ended");
        let long = format!("{}\n", "a".repeat(super::LONGEST + 1));
        for unfit in ["first\nsecond\n", "first\n\nsecond", long.as_str()] {
            assert_eq!(of(unfit), Some("\u{0}".into()), "{unfit}");
        }
        assert_eq!(super::typed(&mut &b"\xe9\n"[..]).expect("read").as_deref().map(String::as_str), Some("\u{0}"));
        assert!(super::typed(&mut &b"abc\x03"[..]).is_err());
    }

    #[test]
    fn what_is_erased_is_a_letter_and_not_a_byte() {
        let mut line = "aé€".as_bytes().to_vec();
        for left in ["aé", "a", "", ""] {
            super::drop_last(&mut line);
            assert_eq!(std::str::from_utf8(&line), Ok(left));
        }
    }
}
