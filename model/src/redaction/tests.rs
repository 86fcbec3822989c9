//! In pairs: what must go, what must stay. Then secrets drawn from a seed, at every place of a line and in every encoding.

use std::time::Instant;

use super::{CUT, KnownWords, LONGEST_LINE, redact};

mod drawn;
mod forms;
mod hostile;
mod journals;
mod nested;

use drawn::{Draw, SECRETS, encodings};

fn known() -> KnownWords {
    KnownWords::names(["Camille", "FICTIF-Hébert"]).and_things(["cmartin", "ACCUEIL-03", "vst-poste-12"])
}

fn redacted(text: &str) -> String {
    redact(text, &known())
}

fn goes(text: &str, secrets: &[&str]) {
    let left = redacted(text);
    for secret in secrets {
        assert!(!left.contains(secret), "{secret} of {text:?} is in {left:?}");
    }
    assert_eq!(redacted(&left), left, "a second pass finds nothing");
}

/// The same of many, all that is left at once.
fn all_go(pairs: &[(&str, &str)]) {
    let is_left = |(text, secret): &&(&str, &str)| {
        let left = redacted(text);
        left.contains(secret) || redacted(&left) != left
    };
    let left: Vec<String> =
        pairs.iter().filter(is_left).map(|(text, secret)| format!("{secret} of {text:?} in {:?}", redacted(text))).collect();
    assert!(left.is_empty(), "{left:#?}");
}

fn stays(text: &str) {
    assert_eq!(redacted(text), text);
}

#[test]
fn redacts_tokens() {
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI4OTk3MDA5OTkwMTYifQ.c2lnbmF0dXJl";
    goes(&format!("Authorization: DPoP {jwt}"), &["eyJ", "c2ln"]);
    goes(&format!("a proof {jwt}, and more"), &["eyJ", "c2ln"]);
    goes("Bearer abc1def2", &["abc1def2"]);
    goes("Basic Y2FtaWxsZQ==", &["Y2Fta"]);
    goes("Cookie: __Host-sign-in=abc; nom=x y z", &["abc", "x y"]);
    goes("{\"authorization\": \"Bearer short-one\", \"kept\": 1}", &["short"]);
    goes("GET /cb/Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4MTIzNDU2Nzg?code=aB3&state=x9 HTTP/1.1", &["Zm9v", "aB3", "x9"]);
    goes("https://x/?code%3DaB3dE%26state%3Dx9y8z", &["aB3dE", "x9y8z"]);
    goes("sha256 9f86d081884c7d659a2feaa0c55ad015", &["9f86", "d015"]);
    goes("the token vst-poste-4kQx9Zr2Lm8Tn5Vb", &["4kQx", "Vb"]);
    goes("psi 550dc1c8-1234-4abc-9def-0123456789ab", &["550dc1c8", "9ab"]);
    goes("password=hunter, pin: 1234, client_secret=abc", &["hunter", "1234", "abc"]);
    goes("{\\\"refresh_token\\\":\\\"abc\\\"}", &["abc"]);
    goes("MIIBVgIBADANBgkqhkiG9w0B/QEFAASC+AUA/wggE8AgEAAkEAq7BFUp", &["MIIB", "BADAN", "q7BF"]);
    goes("code=[aB3dEf]", &["aB3"]);
}

#[test]
fn does_not_redact_what_support_works_with() {
    stays(
        "2026-11-28T15:28:23.123456Z  WARN vestibule_desktop::exchange::attempt: The sign-in failed sign_in.id=7F3K-9QXM error.code=VST-2041",
    );
    stays("2026-11-28T15:28:23.123456789Z INFO it took 1.123456789s, port 45123, state=at_provider status 404 code=VST-1001");
    stays("{\"error\":{\"code\":\"VST-2041\",\"sign_in_id\":\"7F3K-9QXM\",\"cause\":\"no_answer\"}}");
    stays("companion https://connexion.hopital.example:8443, vestibule 0.1.0, Debian 12.8, 6.1.0-28-amd64, Windows v10.0.19045.5131");
    stays("What answers is not the companion: status 404 at /.well-known/oauth-authorization-server, exit code: 1");
    stays("card_grace_seconds = 10, activity_source = \"workstation\" (par défaut), x86_64-unknown-linux-gnu, libpcsclite1");
    stays("Code : VST-1003 · PscSessionEndedElsewhere · InvalidClientMetadata · attempt_is_started_anew_after_the_end");
    stays("\"state\": {");
    stays("\"state\": [");
    stays("enrolment_token = définie, strict_loopback = false");
    stays("urn:ietf:params:oauth:grant-type:device_code");
}

#[test]
fn redacts_national_ids() {
    for id in [
        "899700999016",
        "10003456789",
        "0759900012",
        "990000018",
        "185057800608436",
        "1850578006084",
        "185052A00608436",
        "02A1234567",
        "1 85 05 78 006 084 36",
        "1 85 05 2A 006 084 36",
        "810 003 456 789",
        "ANS20990101120000",
        "81099009900123",
    ] {
        goes(&format!("id {id}."), &[id]);
        goes(&format!("{{\"x\":\"{id}\"}}"), &[id]);
    }
    goes("500000001815646/CPAT00045", &["5000", "CPAT"]);
    goes("3990000018/A12 signs", &["3990", "A12"]);
    goes("f:550dc1c8-1234-4abc-9def-0123456789ab:899700999016", &["8997"]);
    goes("SubjectNameID=X1", &["X1"]);
}

#[test]
fn does_not_redact_ordinary_numbers() {
    stays("14 fichiers, 12 345 678 octets, port 65535, pid 1234567, 20261128, 2026-11-28 15:28:23, 0x1f");
    stays("VST-1001 to VST-5005, 127.0.0.1:45123");
}

#[test]
fn redacts_telephone_numbers_and_mail_addresses() {
    for number in
        ["01 23 45 67 89", "0123456789", "01.23.45.67.89", "01-23-45-67-89", "+33 1 23 45 67 89", "+33 (0)1 23 45 67 89", "06.12 34 56.78"]
    {
        goes(&format!("call {number}, please"), &["45 67", "45.67", "45-67", "456", "34 56"]);
    }
    goes("camille.martin+x@hopital.example", &["camille", "martin", "hopital"]);
    goes("<élodie@hôpital.fr>", &["élodie"]);
    goes("mail%3Ajean%40hopital.fr", &["jean"]);
    goes("http://jean:motdepasse@proxy.hopital.example:3128", &["jean", "motdepasse"]);
    assert!(redacted("http://jean:motdepasse@proxy.hopital.example:3128").contains("proxy.hopital.example:3128"));
}

#[test]
fn does_not_redact_an_at_sign() {
    stays("vite@5.4.1, http://…@proxy.hopital.example, @home");
}

#[test]
fn redacts_ipv4() {
    for address in ["10.0.12.7", "192.168.1.20", "203.0.113.9", "172.16.254.1"] {
        goes(&format!("at {address}:443, from {address}."), &[address]);
        goes(&format!("http://{address}/x"), &[address]);
    }
}

#[test]
fn does_not_redact_localhost_ipv4() {
    stays("http://127.0.0.1:45123/cb and 127.0.1.1, 0.0.0.0, 255.255.255.255");
}

#[test]
fn does_not_redact_a_version_of_four_numbers() {
    stays("version 1.2.3.4, v1.2.3.4, 1.2.3, 10.0.19045.5131, 1.2.3.4.5");
}

#[test]
fn redacts_ipv6_and_hardware_addresses() {
    for address in [
        "2001:db8::7",
        "fe80::1a2b:3c4d",
        "2001:0db8:0000:0000:0000:0000:0000:0001",
        "::ffff:10.1.2.3",
        "00:1a:2b:3c:4d:5e",
        "00-1A-2B-3C-4D-5E",
    ] {
        goes(&format!("at [{address}]:443, {address} and {address}."), &[address]);
    }
}

#[test]
fn does_not_redact_localhost_ipv6_nor_the_path_of_a_module() {
    stays("[::1]:8443, ::, vestibule_app::cafe::face, dead::beef, 15:28:23");
}

#[test]
fn redacts_what_a_card_says_of_itself() {
    goes("atr=3B7F96", &["3B7F96"]);
    goes("3B 75 13 00 00 9C 02 02 01 02", &["3B 75", "9C 02"]);
    goes("3B751300009C0202010299", &["3B75"]);
    goes("serial: AB12", &["AB12"]);
}

#[test]
fn redacts_names_that_are_known() {
    goes("camille Fictif-Hebert, CAMILLE, FICTIF, hebert, C%41mille, H\\u00e9bert, H%C3%A9bert", &["amille", "ictif", "ebert", "u00e9"]);
    goes("the machine ACCUEIL-03, VST-Poste-12", &["ACCUEIL", "Poste"]);
    goes("display_name=Jean Dupont practice=x", &["Jean", "Dupont"]);
    assert!(redacted("display_name=Jean Dupont practice=x").ends_with(" practice=x"));
}

#[test]
fn does_not_redact_a_word_that_a_name_is_part_of() {
    stays("camilles, précamille, root cause");
    // The words of which a machine or a token is made are everybody's.
    stays("l’accueil de ce poste, 2026-11-03, VST-2041, x-cmartin2");
    assert_eq!(
        redact("root vestibule user 12", &KnownWords::names(["root", "x", "Dr Li"]).and_things(["vestibule", "user", "12"])),
        "root vestibule user 12"
    );
}

#[test]
fn redacts_whose_home_a_path_leads_to() {
    for (path, left) in [
        ("/home/jdupont/.local/state", "/home/[nom]/.local/state"),
        ("/Users/jdupont/Library", "/Users/[nom]/Library"),
        (r"C:\Users\jdupont\AppData", r"C:\Users\[nom]\AppData"),
        (r"C:\Users\Jean Dupont\AppData\x", r"C:\Users\[nom]\AppData\x"),
        (r"C:\Users\nathan\x", r"C:\Users\[nom]\x"),
        (r"C:\\Users\\Jean Dupont\\AppData", r"C:\\Users\\[nom]\\AppData"),
        (r"\\?\C:\Users\jdupont\x", r"\\?\C:\Users\[nom]\x"),
        (r"\\srv-profils\profils$\jdupont\x", r"\\[nom]\x"),
        (r#""\\\\srv\\partage\\jdupont\\x""#, r#""\\\\[nom]\\x""#),
        ("file:///home/jdupont/x", "file:///home/[nom]/x"),
        ("file:///C:/Users/Jean%20Dupont/x", "file:///C:/Users/[nom]/x"),
        ("file://srv/partage/jdupont/x", "file://[nom]/x"),
        ("%2Fhome%2Fjdupont%2Fx", "%2Fhome%2F[nom]%2Fx"),
        (r"\/home\/jdupont\/x", r"\/home\/[nom]\/x"),
        (r"C:\Documents and Settings\Jean\x", r"C:\Documents and Settings\[nom]\x"),
        ("/export/home/jdupont: refused", "/export/home/[nom]: refused"),
    ] {
        assert_eq!(redacted(path), left);
        assert_eq!(redacted(left), left);
    }
}

#[test]
fn does_not_redact_a_path_of_the_machine() {
    stays(r"/etc/vestibule/policy.toml, /usr/share/vestibule, HKLM\Software\Policies\Vestibule, C:\ProgramData\Vestibule\logs, /home");
    stays(r"C:\\ProgramData\\Vestibule, https://connexion.hopital.example/api/v1/sessions");
}

/// Lines of our own, into which secrets are put.
const LINES: [&str; 4] = [
    "2026-11-28T15:28:23.123456Z  WARN vestibule_desktop::exchange: The sign-in failed sign_in.id=7F3K-9QXM error.code=VST-2041",
    "{\"timestamp\":\"2026-11-28T15:28:23.123456Z\",\"level\":\"INFO\",\"fields\":{\"message\":\"Signed in\"},\"sign_in.id\":\"7F3K-9QXM\"}",
    "bon        Compagnon : https://connexion.hopital.example répond en 12 ms (« Dossier », 0.1.0)",
    "proxy = \"http://proxy.hopital.example:3128\"  (stratégie du poste)",
];

/// What may stand around a secret.
const AROUND: [(&str, &str); 9] =
    [(" ", " "), ("\"", "\""), ("=", "&"), ("?x=", " "), ("(", ")"), ("<", ">"), ("\t", "\t"), (", ", ", "), ("x: ", ". ")];

#[test]
fn no_drawn_secret_is_left_at_any_place_of_a_line_in_any_encoding() {
    let mut draw = Draw::from(11);
    let (mut tried, mut places) = (0, 0);
    for line in LINES {
        for (at, _) in line.char_indices() {
            let (kind, of_kind) = SECRETS[places % SECRETS.len()];
            let (before, after) = AROUND[(places / SECRETS.len()) % AROUND.len()];
            places += 1;
            let secret = of_kind(&mut draw);
            for (encoding, encoded) in encodings(&secret.text) {
                let text = format!("{}{before}{encoded}{after}{}", &line[..at], &line[at..]);
                let left = redact(&text, &KnownWords::names(["Éléonore", "Fictif-Abadie"]));
                // Neither what was encoded, nor what the encoding makes of it, where all of it goes.
                let windows = [secret.telling.as_str(), if secret.telling == secret.text { &encoded } else { "" }];
                for telling in windows.into_iter().filter(|telling| !telling.is_empty()) {
                    let is_left = drawn::windows(telling).any(|window| left.contains(window) && !line.contains(window));
                    assert!(!is_left, "{kind} in {encoding}: {encoded} of {text:?} is in {left:?}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 2000, "{tried}");
}

#[test]
fn every_kind_of_secret_goes_however_often_it_is_drawn() {
    let mut draw = Draw::from(7);
    let known = KnownWords::names(["Éléonore", "Fictif-Abadie"]);
    for turn in 0..400 {
        for (kind, of_kind) in SECRETS {
            let secret = of_kind(&mut draw);
            let left = redact(&format!("It was \"{}\" then.", secret.text), &known);
            let is_left = drawn::windows(&secret.telling).any(|window| left.contains(window));
            assert!(!is_left, "{kind}, turn {turn}: {} is in {left}", secret.text);
            assert!(left.starts_with("It was \"") && left.ends_with(" then."), "{kind}: {left}");
        }
    }
}

#[test]
fn the_thread_and_the_code_stay_beside_whatever_goes() {
    let mut draw = Draw::from(3);
    for (_, of_kind) in SECRETS {
        let left = redacted(&format!("sign_in.id=7F3K-9QXM {} error.code=VST-2041", of_kind(&mut draw).text));
        assert!(left.starts_with("sign_in.id=7F3K-9QXM ") && left.ends_with(" error.code=VST-2041"), "{left}");
    }
}

#[test]
fn a_long_line_is_cut_and_shows_no_beginning_of_a_word() {
    let secret = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4MTIzNDU2Nzg";
    for before in LONGEST_LINE - 60..LONGEST_LINE + 4 {
        let line = format!("{} {secret} end\nnext\n", "é ".repeat(before).chars().take(before / 3 * 2).collect::<String>());
        let padded = format!("{}{line}", "a ".repeat((before - (before / 3 * 2 * 3 / 2)).max(1) / 2));
        let left = redacted(&padded);
        assert!(left.ends_with("\nnext\n") && !left.contains("Zm9v"), "{}", &left[left.len().saturating_sub(99)..]);
    }
    let endless = redacted(&format!("{}\n", "ab1".repeat(LONGEST_LINE)));
    assert!(endless.ends_with(&format!("{CUT}\n")) && endless.len() < 99, "{}", endless.len());
    assert_eq!(redacted(&format!("{}é", "x ".repeat(LONGEST_LINE))).len(), LONGEST_LINE - 1 + CUT.len());
}

#[test]
fn hostile_lines_take_no_more_time_than_others() {
    let known = KnownWords::names((0..64).map(|number| format!("aaaaaaaaaaaa{number}")));
    let took = |line: &str| {
        let once = || {
            let began = Instant::now();
            assert!(redact(line, &known).len() <= 8 * line.len());
            began.elapsed().as_secs_f64()
        };
        (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    let ordinary = "what a log says ".repeat(LONGEST_LINE / 16);
    for piece in [
        "a",
        "@",
        "a@",
        "%25",
        "%2525",
        "\\",
        "\\\\",
        "\\u0041",
        "state=",
        "code=\"",
        "code='[",
        "/home/",
        "\\\\home\\",
        "1.",
        "::",
        "1 ",
        "A:",
        "+",
        "Bearer ",
        "eyJ",
        "aaaaaaaaaaaa",
        "password=",
        "http://a@",
        "2A",
        "authorization:",
        "0 0",
        "display_name=",
        " into )VALUES(",
        "0/0 {",
        "TCP_A/200-",
        "é",
        "-",
        "\u{0}",
        "1_",
        "1'2",
        "12/3 ",
        "10-1-",
        "ip-10-",
        "&#64;",
        "\\x40",
        "\\101",
        "=40",
        "a [at] ",
        "\"@a",
        "token:a",
        "user: A ",
        "nom: a:",
        "S(",
        "token=S(S(",
        "SW 00:",
        "apdu ",
        "AB\\ab ",
        "S-1-5-21-",
        " ~a/",
        "/home/a b",
        "MTAw/",
        "GEYDA3",
        "ts=1",
        "１",
        "mot de passe ",
        "{\"password\":{",
        "nom:[",
        "[1,",
        "1,",
        "\"password\":\"\\\"",
        "mdp='it''",
        "mdp='' ",
        "http://a:b/",
        "http://a:b/@",
        "sudo: a",
        "role \"",
        "user a 1.1 port ",
        "(to a) ",
        "0/0/0/1/1 504 ",
        "size 123456789 ",
        "e\u{301}",
        "by=",
    ] {
        let line = piece.repeat(LONGEST_LINE / piece.len());
        // Beside a line of the same length that holds nothing, in the same moment: what grew with the square would take hundreds of times as long.
        let ratio = took(&line) / took(&ordinary);
        assert!(ratio < 50.0, "{piece}: {ratio}");
    }
}

#[test]
fn hostile_lines_that_go_on_take_no_more_time_than_others() {
    let took = |text: &str| {
        let once = || {
            let began = Instant::now();
            assert!(redact(text, &known()).len() <= 8 * text.len());
            began.elapsed().as_secs_f64()
        };
        (0..3).map(|_| once()).fold(f64::INFINITY, f64::min)
    };
    let ordinary = "what a log says \n".repeat(1024);
    for line in [
        "aaaaaaaaaaaaaaaaaaaaa\n",
        "a\\\n",
        "aB3dE7fG9hJ2kL4mN6pQ8rS1\n",
        "password=a\\\n",
        "password: >-\n",
        " a\n",
        "\"password\": {\n",
        "nom: [\n",
        "\"aB3dE7fG9hJ2kL4mN6pQ\"\n",
    ] {
        let ratio = took(&line.repeat(ordinary.len() / line.len())) / took(&ordinary);
        assert!(ratio < 50.0, "{line:?}: {ratio}");
    }
}
