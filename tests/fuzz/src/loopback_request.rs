use secrecy::{ExposeSecret as _, SecretString};
use url::Url;
use vestibule_desktop::exchange::loopback::fuzzing::{Judge, Judged};
use vestibule_desktop::exchange::loopback::{Answer, Awaited, Expected};

use crate::form;

const PORT: u16 = 49_152;
const LAUNCH: &str = "/u3Jv0lHkQmR1/go";
const CALLBACK: &str = "/cb/Zk9sXw2TtYb4";
const STATE: &str = "etat-de-l-application";
const ISSUER: &str = "https://compagnon.example";

/// One request to the loopback listener, head and whatever follows it.
pub fn accepts(input: &[u8]) -> bool {
    let address = |path: &str| Url::parse(&format!("{ISSUER}{path}")).expect("an address");
    let awaited = Awaited { state: SecretString::from(STATE), returned: address("/sign-in/return") };
    let expected = Expected { returned: address("/sign-in/return"), answers: vec![awaited], issuer: ISSUER.to_owned() };
    let judge = Judge::new(PORT, LAUNCH, CALLBACK, expected);
    match judge.judge(input) {
        Judged::Stray => return false,
        Judged::Launch => {
            assert_eq!(target(input), LAUNCH);
            assert!(matches!(judge.judge(input), Judged::Launch), "what looks at the address first uses nothing up");
        }
        Judged::Return(answer) => {
            let target = target(input);
            let query = target.strip_prefix(CALLBACK).and_then(|rest| rest.strip_prefix('?')).expect("the return path and a query");
            check_answer(&form::pairs(query.as_bytes()), &answer);
        }
    }
    true
}

/// The target of a plain GET to this very host, that nothing but a person's browser sends.
fn target(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).skip_while(|line| line.is_empty());
    let mut words = lines.next().expect("a request line").split(' ');
    assert_eq!(words.next(), Some("GET"));
    let target = words.next().expect("a target").to_owned();
    assert!(words.next().is_some_and(|version| matches!(version, "HTTP/1.1" | "HTTP/1.0")) && words.next().is_none());
    let headers: Vec<(String, &str)> = lines
        .by_ref()
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_once(':').map(|(name, value)| (name.to_ascii_lowercase(), value.trim())).expect("a header"))
        .collect();
    assert!(lines.all(str::is_empty) && text.ends_with('\n'), "something follows the head");
    let all = |wanted: &str| headers.iter().filter(|(name, _)| name == wanted).map(|(_, value)| *value).collect::<Vec<_>>();
    assert_eq!(all("host"), [format!("127.0.0.1:{PORT}")], "for another host");
    for forbidden in ["origin", "transfer-encoding", "upgrade", "expect"] {
        assert!(all(forbidden).is_empty(), "with {forbidden}");
    }
    assert!(all("content-length").iter().all(|length| *length == "0"));
    assert!(all("sec-fetch-mode").iter().all(|mode| *mode == "navigate"));
    assert!(all("sec-fetch-dest").iter().all(|kind| *kind == "document"));
    target
}

/// RFC 6749 section 4.1.2 and RFC 9207: once each, ours, and either a code or an error. Shared with the private-use scheme.
pub fn check_answer(pairs: &[(String, String)], answer: &Answer) {
    let all = |wanted: &str| pairs.iter().filter(|(name, _)| name == wanted).map(|(_, value)| value.as_str()).collect::<Vec<_>>();
    assert_eq!(all("state"), [STATE], "for another sign-in");
    assert_eq!(all("iss"), [ISSUER], "of another companion");
    match answer {
        Answer::Code(code) => {
            assert_eq!(all("code"), [code.expose_secret()]);
            assert!(all("error").is_empty(), "both a code and an error");
        }
        Answer::Refused { error, code } => {
            assert_eq!(all("error"), [error.as_str()]);
            assert!(all("code").is_empty(), "both a code and an error");
            assert!(code.is_none_or(|code| all("error_code") == [code.to_string()]), "another number");
        }
    }
}
