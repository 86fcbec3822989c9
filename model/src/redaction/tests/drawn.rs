//! Secrets drawn from a seed, and the encodings in which a log may hold them.

/// Numbers that only look random: the same for the same seed.
pub struct Draw(u64);

/// A secret, and what of it must not be left: all, or what its encoding keeps.
pub struct Secret {
    pub text: String,
    pub telling: String,
}

impl Draw {
    pub const fn from(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % most
    }

    fn of(&mut self, letters: &str, count: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..count).map(|_| letters[self.below(letters.len())]).collect()
    }

    fn digits(&mut self, count: usize) -> String {
        self.of("0123456789", count)
    }

    fn base64url(&mut self, count: usize) -> String {
        self.of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", count)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// In groups of one to four figures, with one sign between them.
fn in_groups(draw: &mut Draw, digits: &str) -> String {
    let gap = draw.one(&[" ", "\u{a0}", "\u{202f}", ".", "_", "'", "’", "/", "-"]).to_owned();
    let (mut groups, mut rest) = (Vec::new(), digits);
    while !rest.is_empty() {
        // One figure alone inside would be a version.
        let most = rest.len().min(4);
        let length = if rest.len() < 4 { rest.len() } else { (2 + draw.below(3)).min(most) };
        let length = if rest.len() - length == 1 { length - 1 } else { length };
        groups.push(&rest[..length]);
        rest = &rest[length..];
    }
    groups.join(&gap)
}

fn whole(text: String) -> Secret {
    Secret { telling: text.clone(), text }
}

type OfKind = fn(&mut Draw) -> Secret;

pub const SECRETS: [(&str, OfKind); 31] = [
    ("a token of ours", |draw| whole(draw.base64url(43))),
    ("a short code", |draw| whole(draw.base64url(22))),
    ("a verifier", |draw| {
        let length = 43 + draw.below(86);
        whole(draw.base64url(length))
    }),
    ("a hash", |draw| whole(draw.of("0123456789abcdef", 64))),
    ("base64", |draw| whole(draw.of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 88) + "==")),
    ("a JWT", |draw| {
        let (head, body, end) = (draw.base64url(20), draw.base64url(120), draw.base64url(86));
        whole(format!("eyJ{head}.eyJ{body}.{end}"))
    }),
    ("a UUID", |draw| {
        let mut hex = |count| draw.of("0123456789abcdef", count);
        let (a, b, c, d, e) = (hex(8), hex(4), hex(4), hex(4), hex(12));
        whole(format!("{a}-{b}-{c}-{d}-{e}"))
    }),
    ("RPPS", |draw| whole(format!("8{}", draw.digits(11)))),
    ("RPPS without its 8", |draw| whole(format!("1{}", draw.digits(10)))),
    ("ADELI", |draw| whole(format!("0{}", draw.digits(9)))),
    ("a register of a structure", |draw| {
        let (siret, register) = (draw.digits(14), draw.digits(5));
        whole(format!("5{siret}/CPAT{register}"))
    }),
    ("NIR", |draw| {
        let (sex, rest) = (draw.one(&["1", "2"]).to_owned(), draw.digits(14));
        whole(sex + &rest)
    }),
    ("NIR of Corsica", |draw| {
        let (year, department, rest) = (draw.digits(4), draw.one(&["2A", "2B"]).to_owned(), draw.digits(8));
        whole(format!("2{year}{department}{rest}"))
    }),
    ("NIR in groups", |draw| {
        let (a, b, c, d, e, f) = (draw.digits(2), draw.digits(2), draw.digits(2), draw.digits(3), draw.digits(3), draw.digits(2));
        whole(format!("1 {a} {b} {c} {d} {e} {f}"))
    }),
    ("a telephone", |draw| {
        let gap = draw.one(&["", " ", ".", "-"]).to_owned();
        let pairs: Vec<String> = (0..4).map(|_| draw.digits(2)).collect();
        whole(format!("0{}{gap}{}", draw.one(&["1", "4", "6", "7"]), pairs.join(&gap)))
    }),
    ("a telephone abroad", |draw| {
        let pairs: Vec<String> = (0..4).map(|_| draw.digits(2)).collect();
        whole(format!("+33 {} {}", draw.one(&["1", "6"]), pairs.join(" ")))
    }),
    ("mail", |draw| {
        let (first, last) = (draw.of("abcdefghij", 7), draw.of("klmnopqrst", 8));
        whole(format!("{first}.{last}@hopital-{first}.fr"))
    }),
    ("IPv4", |draw| {
        let (a, b, c) = (draw.below(256), draw.below(256), draw.below(256));
        whole(format!("{}.{a}.{b}.{c}", draw.one(&["10", "172", "192", "203"])))
    }),
    ("IPv6", |draw| {
        let mut group = || draw.of("0123456789abcdef", 4);
        let (a, b, c) = (group(), group(), group());
        whole(format!("2001:db8:{a}::{b}:{c}"))
    }),
    ("a home", |draw| {
        let name = draw.of("abcdefghijklmnopqrst", 9);
        let text = draw.one(&["/home/NAME/x", "/Users/NAME/x", r"C:\Users\NAME\x", r"\\srv1\profils\NAME\x", "file:///C:/Users/NAME/x"]);
        Secret { text: text.replace("NAME", &name), telling: name }
    }),
    ("a name", |draw| {
        let text = draw.one(&["Éléonore", "ELEONORE", "éléonore", "Abadie", "FICTIF"]).to_owned();
        Secret { telling: text.clone(), text }
    }),
    ("RPPS in groups", |draw| {
        let digits = format!("1{}", draw.digits(10));
        whole(in_groups(draw, &digits))
    }),
    ("NIR in groups of any kind", |draw| {
        let (sex, year, month) = (draw.one(&["1", "2"]).to_owned(), draw.digits(2), draw.one(&["01", "07", "12"]).to_owned());
        let digits = format!("{sex}{year}{month}{}", draw.digits(10));
        whole(in_groups(draw, &digits))
    }),
    ("ADELI in groups", |draw| {
        let (a, b, c, d) = (draw.of("123456789", 2), draw.of("123456789", 1), draw.digits(5), draw.digits(1));
        let gap = draw.one(&[" ", "\u{a0}", "_", "'", "’", ".", "-", "/"]).to_owned();
        whole([a, b, c, d].join(&gap))
    }),
    ("a number in base64", |draw| {
        let digits = format!("1{}", draw.digits(10));
        whole(base64(&digits, false))
    }),
    ("a hardware address in fours", |draw| {
        let mut four = || draw.of("0123456789", 2) + &draw.of("abcdef", 2);
        let (a, b, c) = (four(), four(), four());
        whole(format!("{a}.{b}.{c}"))
    }),
    ("a hardware address in a row", |draw| whole(draw.of("0123456789", 4) + &draw.of("abcdef", 2) + &draw.of("0123456789abcdef", 6))),
    ("a machine called by its address", |draw| {
        let (a, b, c) = (draw.below(256), draw.below(256), draw.below(256));
        Secret { text: format!("ip-10-{a}-{b}-{c}"), telling: format!("10-{a}-{b}-{c}") }
    }),
    ("mail with a name in quotes", |draw| {
        let (first, last) = (draw.of("abcdefghij", 7), draw.of("klmnopqrst", 8));
        Secret { text: format!("\"{first} {last}\"@hopital.example"), telling: format!("{first} {last}") }
    }),
    ("a short secret under its name", |draw| {
        let key =
            draw.one(&["token=", "session=", "nonce=", "mdp=", "password: ", "--token ", "client_secret=", "?code=", "apiKey="]).to_owned();
        let value = draw.of("bcdfghjklmnpqrstvwxz", 7);
        Secret { text: format!("{key}{value}"), telling: value }
    }),
    ("an answer to a reset", |draw| whole(format!("3B{}", draw.of("0123456789ABCDEF", 30)))),
];

/// Names of members, some of which say that their value goes.
const NAMES: [&str; 14] =
    ["password", "token", "nom", "prenoms", "user", "rpps", "code", "credentials", "kept", "status", "a b", "é\"\\", "count", "at"];

/// A document with secrets in it, under names that tell or not.
pub fn document(draw: &mut Draw, depth: usize) -> serde_json::Value {
    use serde_json::{Value, json};
    match draw.below(if depth == 0 { 6 } else { 10 }) {
        0 => json!(draw.below(1_000_000)),
        1 => json!(-1.5e3),
        2 => [json!(true), json!(false), Value::Null][draw.below(3)].clone(),
        3 => json!(draw.digits(11).parse::<u64>().expect("a number")),
        4 => json!(draw.one(&["ok", "", "l\"é\\\n", "mdp=\"zq99\", fin", "a,b:{c}[d]", "VST-2041"])),
        5 => {
            let Secret { text, .. } = SECRETS[draw.below(SECRETS.len())].1(draw);
            json!(format!("{}{text}\" \\ fin", draw.one(&["", "x ", "\n", "\"", "\u{1}"])))
        }
        6 | 7 => (0..draw.below(5)).map(|_| document(draw, depth - 1)).collect(),
        _ => Value::Object((0..=draw.below(5)).map(|_| (draw.one(&NAMES).to_owned(), document(draw, depth - 1))).collect()),
    }
}

/// The text as it may be written down.
pub fn encodings(text: &str) -> Vec<(&'static str, String)> {
    let percent = |text: &str, all: bool| -> String {
        let is_kept = |byte: u8| !all && (byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        text.bytes().map(|byte| if is_kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
    };
    let json = |text: &str| serde_json::to_string(text).expect("a string").trim_matches('"').to_owned();
    let ascii = |text: &str| -> String {
        let signs = text.chars().map(|letter| if letter.is_ascii() { letter.to_string() } else { format!("\\u{:04x}", u32::from(letter)) });
        signs.collect()
    };
    let escaped = |of_sign: &dyn Fn(u32) -> String| text.chars().map(|sign| of_sign(u32::from(sign))).collect::<String>();
    let bytes = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    let wide =
        text.chars().map(|sign| if sign.is_ascii_graphic() { char::from_u32(u32::from(sign) + 0xfee0).unwrap_or(sign) } else { sign });
    let document = serde_json::json!({ "value": text }).to_string();
    vec![
        ("plain", text.to_owned()),
        ("percent", percent(text, false)),
        ("percent throughout", percent(text, true)),
        ("percent twice", percent(&percent(text, true), false)),
        ("JSON", json(text)),
        ("JSON of ASCII", ascii(&json(text))),
        ("JSON in JSON", json(&json(text))),
        ("percent in JSON", json(&percent(text, false))),
        ("escapes of bytes", bytes),
        ("escapes of letters", escaped(&|number| format!("\\u{number:04x}"))),
        ("escapes in braces", escaped(&|number| format!("\\u{{{number:x}}}"))),
        ("entities", escaped(&|number| format!("&#{number};"))),
        ("entities of sixteen", escaped(&|number| format!("&#x{number:X};"))),
        ("wide letters", wide.collect()),
        ("base64 of JSON", base64(&document, false)),
        ("base64url of JSON", base64(&document, true)),
    ]
}

fn base64(text: &str, url: bool) -> String {
    let signs: Vec<char> = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".chars().collect();
    let sign = |six: usize| match (six, url) {
        (62, true) => '-',
        (62, false) => '+',
        (63, true) => '_',
        (63, false) => '/',
        (six, _) => signs[six],
    };
    let mut encoded = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        (0..=three.len()).for_each(|turn| encoded.push(sign(bits >> (18 - 6 * turn) & 63)));
        if !url {
            encoded.push_str(&"=".repeat(3 - three.len()));
        }
    }
    encoded
}

/// Every piece of six characters, or the whole of what is shorter.
pub fn windows(text: &str) -> impl Iterator<Item = &str> {
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let length = (starts.len() - 1).min(6);
    (0..starts.len() - length).map(move |at| &text[starts[at]..starts[at + length]]).collect::<Vec<_>>().into_iter()
}
