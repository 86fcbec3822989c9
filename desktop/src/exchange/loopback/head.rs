//! Collects the head of a request as it arrives, without what means nothing to us.
//!
//! Every program that ever answered on 127.0.0.1 may have left cookies there, for all ports: the browser sends us kilobytes of them. Long
//! values of headers that we do not read are skipped as they pass; what is kept stays small.

/// Most that is kept of a head, in bytes.
pub(super) const KEPT_CAP: usize = 8 * 1024;

/// Longest head that is listened to, in bytes: a browser sends 180 cookies of 4 kB for one host at most.
pub(super) const HEAD_CAP: usize = 1024 * 1024;

/// Longest header that is kept whole, in bytes.
const HEADER_LINE_CAP: usize = 512;

/// Headers that `request.rs` reads.
const READ: [&str; 8] = ["host", "origin", "transfer-encoding", "upgrade", "expect", "content-length", "sec-fetch-mode", "sec-fetch-dest"];

/// A head on its way in.
#[derive(Debug, Default)]
pub(super) struct Head {
    kept: Vec<u8>,
    /// Where the present line begins.
    line: usize,
    /// The rest of the present line is not kept.
    skipping: bool,
    seen: usize,
    complete: bool,
}

impl Head {
    /// Takes the next bytes; `true` once the head is complete.
    ///
    /// # Errors
    /// What is wrong, without quoting any of it.
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool, &'static str> {
        for &byte in bytes {
            if self.complete {
                return Err("with a body");
            }
            self.seen += 1;
            if self.seen > HEAD_CAP {
                return Err("too long");
            }
            self.take_one(byte)?;
        }
        Ok(self.complete)
    }

    /// Whether nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// What is to be judged.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    fn take_one(&mut self, byte: u8) -> Result<(), &'static str> {
        if self.skipping {
            if byte == b'\n' {
                self.kept.extend_from_slice(b"\r\n");
                self.end_line();
            }
            return Ok(());
        }
        self.kept.push(byte);
        if byte == b'\n' {
            let line = &self.kept[self.line..];
            // Empty lines before the request are none (RFC 9112 section 2.2).
            self.complete = self.line > 0 && matches!(line, b"\r\n" | b"\n");
            self.end_line();
            return Ok(());
        }
        if self.kept.len() > KEPT_CAP {
            return Err("too long");
        }
        if self.line > 0 && self.kept.len() - self.line > HEADER_LINE_CAP {
            self.skip_value()?;
        }
        Ok(())
    }

    fn end_line(&mut self) {
        self.skipping = false;
        // Still before the request, nothing has begun.
        self.line = if self.kept.iter().all(|byte| matches!(byte, b'\r' | b'\n')) { 0 } else { self.kept.len() };
        if self.line == 0 {
            self.kept.clear();
        }
    }

    /// The name is kept, so that the headers can be counted.
    fn skip_value(&mut self) -> Result<(), &'static str> {
        let line = &self.kept[self.line..];
        let colon = line.iter().position(|&byte| byte == b':').ok_or("not HTTP")?;
        let name = line[..colon].to_ascii_lowercase();
        if READ.iter().any(|read| read.as_bytes() == name) {
            return Err("too long");
        }
        self.kept.truncate(self.line + colon + 1);
        self.skipping = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{HEAD_CAP, Head, KEPT_CAP};

    /// Byte by byte, which must make no difference.
    fn kept(text: &str) -> Result<String, &'static str> {
        let mut head = Head::default();
        for byte in text.as_bytes() {
            head.take(&[*byte])?;
        }
        let mut at_once = Head::default();
        assert_eq!(at_once.take(text.as_bytes()), Ok(head.complete));
        assert_eq!(at_once.kept(), head.kept());
        assert!(head.complete, "cut short");
        Ok(String::from_utf8(head.kept().to_vec()).expect("text"))
    }

    #[test]
    fn a_usual_head_is_kept_as_it_is() {
        let head = "GET /x HTTP/1.1\r\nHost: 127.0.0.1:1\r\nCookie: a=b\r\n\r\n";
        assert_eq!(kept(head).as_deref(), Ok(head));
        assert_eq!(kept(&format!("\r\n{head}")).as_deref(), Ok(head));
    }

    #[test]
    fn attack_45_kilobytes_of_foreign_cookies_are_skipped_as_they_pass() {
        for length in [600, 9_000, 16_000, 720_000] {
            let head = format!("GET /x HTTP/1.1\r\nCookie: {}\r\nHost: 127.0.0.1:1\r\n\r\n", "é".repeat(length / 2));
            assert_eq!(kept(&head).as_deref(), Ok("GET /x HTTP/1.1\r\nCookie:\r\nHost: 127.0.0.1:1\r\n\r\n"), "{length}");
        }
    }

    #[test]
    fn what_is_read_is_never_skipped() {
        for name in ["Host", "ORIGIN", "Sec-Fetch-Mode", "Content-Length", "Transfer-Encoding"] {
            assert_eq!(kept(&format!("GET / HTTP/1.1\r\n{name}: {}\r\n\r\n", "a".repeat(600))), Err("too long"), "{name}");
        }
        assert_eq!(kept(&format!("GET / HTTP/1.1\r\n{}\r\n\r\n", "a".repeat(600))), Err("not HTTP"));
    }

    #[test]
    fn what_is_kept_and_what_is_listened_to_are_bounded() {
        assert_eq!(kept(&format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(KEPT_CAP))), Err("too long"));
        assert_eq!(kept(&format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(HEAD_CAP))), Err("too long"));
        let mut head = Head::default();
        for _ in 0..100 {
            head.take(b"Cookie: ").expect("taken");
        }
        assert_eq!(head.take(b"GET / HTTP/1.1\r\n\r\nbody"), Err("with a body"));
    }
}
