//! Texts that are not in UTF-8, sign by sign: Windows-1252, or the code pages that a console of Windows and an old Mac write. No byte is left out
//! before the last pass: without it, a name would be none that it knows.

/// What the bytes from 0x80 on say: on a workstation in France, in its consoles, on an old Mac.
const WINDOWS: &str = "€�‚ƒ„…†‡ˆ‰Š‹Œ�Ž��‘’“”•–—˜™š›œ�žŸ";
const CONSOLE: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";
const MAC: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// Letters of French that ASCII has not.
const FRENCH: &str = "àâçèéêëîïôùûüœÀÂÇÈÉÊËÎÔÙŒ";
/// Signs of French beside its letters.
const AROUND: &str = "«»°’‘“”–—…€·\u{a0}";
/// Bytes that stand at no letter in Windows-1252, and those that stand between no two.
const NEVER_AT_LETTERS: [u8; 12] = [0x81, 0x82, 0x83, 0x87, 0x88, 0x8a, 0x8d, 0x8e, 0x8f, 0x90, 0x9d, 0x9e];
const NEVER_BETWEEN: [u8; 14] = [0x80, 0x84, 0x86, 0x89, 0x8b, 0x91, 0x93, 0x94, 0x95, 0x98, 0x99, 0x9a, 0x9b, 0x9f];

/// In which encoding lines stand that are not in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Encoding {
    /// Of lines that Windows-1252 cannot have written.
    other: Page,
    /// Whether all others are of the same.
    is_all: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Windows,
    Console,
    Mac,
}

impl Page {
    fn sign(self, byte: u8) -> char {
        let table = match self {
            Self::Windows if byte >= 0xa0 => return char::from(byte),
            Self::Windows => WINDOWS,
            Self::Console => CONSOLE,
            Self::Mac => MAC,
        };
        table.chars().nth(usize::from(byte) - 0x80).unwrap_or(char::REPLACEMENT_CHARACTER)
    }

    /// Says the byte that stands there; whether a text has one there.
    fn say(self, line: &[u8], at: usize, byte: u8, text: &mut String) -> bool {
        let sign = self.sign(byte);
        text.push(sign);
        (sign.is_alphabetic() && (touches(line, at) || is_alone(line, at))) || AROUND.contains(sign)
    }
}

impl Encoding {
    /// What the lines of a text say of theirs.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (mut console, mut mac, mut windows) = (0_usize, 0_usize, false);
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| std::str::from_utf8(line).is_err()) {
            let mut others = odd(line).peekable();
            if others.peek().is_none() {
                windows |= invalid(line).any(|at| FRENCH.contains(Page::Windows.sign(line[at])) && touches(line, at));
            }
            for byte in others {
                console += usize::from(FRENCH.contains(Page::Console.sign(byte)));
                mac += usize::from(FRENCH.contains(Page::Mac.sign(byte)));
            }
        }
        Self { other: if mac > console { Page::Mac } else { Page::Console }, is_all: console + mac > 0 && !windows }
    }

    /// What a line says, and how many of its bytes say nothing that a text has.
    pub(crate) fn decoded(self, line: &[u8], text: &mut String) -> usize {
        let page = if self.is_all || odd(line).next().is_some() { self.other } else { Page::Windows };
        let (mut strange, mut at) = (0, 0);
        let is_mixed = std::str::from_utf8(line).is_err();
        for chunk in line.utf8_chunks() {
            let signs = chunk.valid().chars().map(|sign| (sign, !(is_mixed && is_far(sign)), sign.len_utf8()));
            let bytes = chunk.invalid().iter().map(|_| (char::REPLACEMENT_CHARACTER, false, 1));
            for (sign, is_said, length) in signs.chain(bytes) {
                if is_said {
                    text.push(sign);
                } else {
                    strange +=
                        line[at..at + length].iter().enumerate().filter(|(next, byte)| !page.say(line, at + next, **byte, text)).count();
                }
                at += length;
            }
        }
        strange
    }
}

/// Of no script near ours: bytes of another encoding that are UTF-8 by chance, as `à »` may be.
const fn is_far(sign: char) -> bool {
    matches!(sign, '\u{370}'..='\u{1fff}' | '\u{2e80}'..)
}

/// Where the bytes stand that are not of UTF-8.
fn invalid(line: &[u8]) -> impl Iterator<Item = usize> {
    let mut at = 0;
    line.utf8_chunks().flat_map(move |chunk| {
        let first = at + chunk.valid().len();
        at = first + chunk.invalid().len();
        first..at
    })
}

/// Those that Windows-1252 does not have where they stand.
fn odd(line: &[u8]) -> impl Iterator<Item = u8> {
    let is_letter = move |at: usize| line.get(at).is_some_and(u8::is_ascii_alphabetic);
    invalid(line).filter_map(move |at| {
        let (byte, before, after) = (line[at], at > 0 && is_letter(at - 1), is_letter(at + 1));
        let is_odd = (NEVER_AT_LETTERS.contains(&byte) && (before || after)) || (NEVER_BETWEEN.contains(&byte) && before && after);
        is_odd.then_some(byte)
    })
}

/// A letter of ASCII beside it, or one sign further on.
fn touches(line: &[u8], at: usize) -> bool {
    line[at.saturating_sub(2)..(at + 3).min(line.len())].iter().any(u8::is_ascii_alphabetic)
}

/// `à`.
fn is_alone(line: &[u8], at: usize) -> bool {
    let is_space = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_whitespace);
    is_space(at.checked_sub(1).and_then(|before| line.get(before))) && is_space(line.get(at + 1))
}
