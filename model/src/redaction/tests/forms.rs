//! Forms in which the last pass was once passed by, in pairs.

use super::{goes, redacted, stays};

#[test]
fn redacts_national_ids_whatever_stands_between_their_figures() {
    for (id, left) in [
        ("10003.456.789", "10003"),
        ("100.034.567.89", "034"),
        ("1_00_03_45_67_89", "_03_"),
        ("10_003_456_789", "_456"),
        ("10'003'456'789", "456"),
        ("10’003’456’789", "456"),
        ("10003/456/789", "456"),
        ("10003-456-789", "456"),
        ("10003 456 789", "456"),
        ("10003\u{a0}456\u{202f}789", "456"),
        ("10003 456789", "456"),
        ("10.003-456 789", "456"),
        ("1|00|03|45|67|89", "|03|"),
        ("10003 - 456 - 789", "456"),
        ("１０００３４５６７８９", "１０"),
        ("１０ ００３ ４５６ ７８９", "４５"),
        ("١٠٠٠٣٤٥٦٧٨٩", "٣٤"),
        ("1\u{200b}0003\u{ad}456789", "0003"),
        ("75 9 90001 2", "9000"),
        ("75.9.90001.2", "9000"),
        ("0 75 99000 12", "9900"),
        ("759_900_012", "900"),
        ("1.85.05.78.006.084.36", "006"),
        ("1_85_05_78_006_084_36", "006"),
        ("1:85:05:78:006:084:36", "006"),
        ("185 05 78 006 084-36", "006"),
        ("1.85.05.2A.006.084.36", "006"),
        ("185057800608/4/36", "185057"),
        ("01_23_45_67_89", "45_"),
        ("01'23'45'67'89", "45"),
        // Base64, base32 and hexadecimal of the number alone.
        ("MTAwMDM0NTY3ODk=", "MTAw"),
        ("ODk5NzAwOTk5MDE2", "ODk5"),
        ("GEYDAMBTGQ2TMNZYHE======", "GEYD"),
        ("3130303033343536373839", "3130"),
        // `jean@hopital.fr`, `Camille`.
        ("amVhbkBob3BpdGFsLmZy", "amVh"),
        ("ZG9zc2llciBDYW1pbGxl", "ZG9z"),
    ] {
        for (before, after) in [("", ""), ("id ", "."), ("rpps=", " "), ("(", ")"), ("2026-11-28 15:28:23 ", ", fin"), ("\"", "\"")] {
            goes(&format!("{before}{id}{after}"), &[left]);
        }
    }
}

#[test]
fn does_not_redact_dates_versions_sizes_and_times_in_groups() {
    stays("2026-11-28-153012, vestibule-rapport-2026-11-28-153012.zip, 2026_11_28_15_28_23, 20261128-152823, 20261128_152823");
    stays("2026-11-28T08:00:00.000000Z, 08:00:00.000000, 01:02:03.040506, 00:00:00,000000");
    stays("28/11/2026 15:28:23, 28.11.2026 15:28, 2026/11/28 15:28:23.123456, 2026-11-28 15.28.23, 15:28:23,123");
    stays("1_073_741_824, 67_108_864, 12'345'678, 1,234,567,890, 12 345 678 octets");
    stays("Chrome 131.0.6778.86, Edge 131.0.2903.112, pilote 31.0.15.4633, noyau 6.1.0-28, version 27.20.100.9466");
    stays("12/244 15000 200, 127.10.100.100");
    stays("200 512 0.003, 100 5123 0.003, 12345.678901, 3.14159265, [443,8443,45123], [100,200,300], main.rs:123:45");
    stays("127.0.0.1:45123, 255.255.255.255, 0.0.0.0:8443");
    stays("Vestibule, diagnostic, TWFuIGlzIGRpc3Rpb, conformity/exigences");
}

#[test]
fn redacts_hardware_addresses_in_every_writing_and_names_made_of_an_address() {
    for (address, left) in [
        ("001b.4411.3ab7", "4411"),
        ("001b:4411:3ab7", "4411"),
        ("001B-4411-3AB7", "4411"),
        ("001b44113ab7", "4411"),
        ("001B44113AB7", "4411"),
        ("00.1b.44.11.3a.b7", "44"),
        ("00_1b_44_11_3a_b7", "44"),
        ("00 1b 44 11 3a b7", "44"),
        ("ip-10-1-2-3", "10-1"),
        ("ip-10-1-2-3.eu-west-3.compute.internal", "10-1"),
        ("ec2-52-47-101-12.compute.example", "52-47"),
        ("82-64-101-12.abonne.example", "82-64"),
        ("192-168-1-20", "192"),
        ("host_10_1_2_3", "10_1"),
        ("192.168.001.014", "001"),
        ("010.001.002.003", "001"),
        ("3.2.1.10.in-addr.arpa", "3.2.1"),
        ("DESKTOP-4F7Q2AB", "4F7Q"),
        ("LAPTOP-9K2LM1QX", "9K2L"),
    ] {
        for (before, after) in [("", ""), ("at ", "."), ("=", " "), ("(", ")"), ("\"", "\""), ("//", "/x")] {
            goes(&format!("{before}{address}{after}"), &[left]);
        }
    }
}

#[test]
fn does_not_redact_what_is_written_as_an_address_and_is_none() {
    stays("vestibule-desktop, 0-1-2-3, lib-1-2-3-4, dead.beef.cafe, 2026-11-28-15, feedfacecafe, v1-2-3-4, 0x80070005, 4411.3ab7");
}

#[test]
fn redacts_mail_addresses_with_quotes_and_escapes() {
    for address in [
        "\"jean dupont\"@hopital.fr",
        "\"jean\"@hopital.fr",
        "jean\\x40hopital.fr",
        "jean&#64;hopital.fr",
        "jean&#x40;hopital.fr",
        "jean&commat;hopital.fr",
        "jean&amp;#64;hopital.fr",
        "jean%40hopital.fr",
        "jean%u0040hopital.fr",
        "jean\\u0040hopital.fr",
        "jean\\u{40}hopital.fr",
        "jean\\U00000040hopital.fr",
        "jean\\100hopital.fr",
        "jean=40hopital.fr",
        "j\\x65an@hopital.fr",
        "jean [at] hopital.fr",
        "jean(at)hopital.fr",
        "jean arobase hopital.fr",
        "jean＠hopital.fr",
        "jean@[10.1.2.3]",
        "jean@10.1.2.3",
        "'jean'@'hopital'",
    ] {
        for (before, after) in [("", ""), ("mail ", "."), ("x=", " "), ("<", ">")] {
            goes(&format!("{before}{address}{after}"), &["jean", "j\\x65an", "hopital"]);
        }
    }
    goes("nom=\\x4a\\xc3\\xa9r\\xc3\\xb4me", &["x4a", "xc3"]);
    goes("num&eacute;ro 8997&#48;0999016", &["8997", "999016"]);
}

#[test]
fn does_not_redact_what_looks_like_an_escape() {
    stays(r"C:\ProgramData\x40\logs, 100 % de 40, &nbsp;, a&b, timeout=40s, look at hopital.example, vite@5.4.1");
}

#[test]
fn redacts_short_secrets_under_their_name_in_every_form() {
    let keys = [
        "token",
        "session",
        "nonce",
        "mdp",
        "motdepasse",
        "mot_de_passe",
        "MotDePasse",
        "passwd",
        "pwd",
        "password",
        "secret",
        "client_secret",
        "clientSecret",
        "db_password",
        "PGPASSWORD",
        "api-key",
        "X-Api-Key",
        "JSESSIONID",
        "csrf_token",
        "otp",
        "access_token",
    ];
    for key in keys {
        for form in [
            format!("{key}=zqx"),
            format!("{key} = zqx"),
            format!("{key}: zqx"),
            format!("{key}\u{a0}: zqx"),
            format!("{{\"{key}\":\"zqx\"}}"),
            format!("{{\"{key}\": \"zqx\", \"kept\": 1}}"),
            format!("<x {key}='zqx' kept='1'/>"),
            format!("<{key}>zqx</{key}>"),
            format!("prog --{key} zqx kept"),
            format!("prog --{key}=zqx kept"),
            format!("[\"--{key}\", \"zqx\"]"),
            format!("{key}: Some(\"zqx\")"),
            format!("\"{key}\" => \"zqx\""),
            format!("?{key}=zqx&kept=1"),
            format!("%3F{key}%3Dzqx%26kept"),
        ] {
            goes(&form, &["zqx"]);
        }
    }
    for (text, secret) in [
        ("?code=zqx&state=wvu HTTP/1.1", "zqx"),
        ("?code=zqx&state=wvu HTTP/1.1", "wvu"),
        ("code=zqx state=wvu", "zqx"),
        ("code=zqx state=wvu", "wvu"),
        ("{\"code\":\"zqx\",\"state\":\"wvu\"}", "wvu"),
        ("state: wvu", "wvu"),
        ("mot de passe : zqx", "zqx"),
        ("Mot de passe: « zqx »", "zqx"),
        ("passwd zqx", "zqx"),
        ("mdp zqx", "zqx"),
        ("password Zqx123 given", "Zqx123"),
        ("Authorization: Basic zq==", "zq"),
        ("authorization=Basic zq", "zq"),
        ("{\"authorization\": [\"Basic zq\"], \"kept\": 1}", "zq"),
        ("(\"cookie\", \"a=zq\")", "zq"),
        ("Cookie: a=zq; b=xw", "xw"),
        ("Set-Cookie: a=zq; Path=/", "zq"),
        ("-H 'Cookie: a=zq'", "zq"),
        ("clé secrète : zqx", "zqx"),
        ("password=Secret(\"zqx\")", "zqx"),
    ] {
        goes(text, &[secret]);
    }
    assert!(redacted("<x password='zqx' kept='1'/>").contains("kept='1'"));
    assert!(redacted("prog --token zqx --kept").ends_with(" --kept"));
    assert!(redacted("{\"token\":\"zqx\",\"kept\":1}").ends_with("\"kept\":1}"));
}

#[test]
fn does_not_redact_what_a_word_says_of_a_secret_nor_a_state_nor_a_code() {
    stays("enrolment_token = définie, token: expired, client_secret : absent, password=none, mot de passe : incorrect");
    stays("Main process exited, code=exited, status=1/FAILURE; code=killed, state=running, code=ECONNREFUSED, state=at_provider");
    stays(
        "code=VST-2041 status 404 code: 401 code=0x80070005 \"code\": \"VST-1001\" code=InvalidGrant \"code\": \"G15\" \"code\": \"SA07\" state=ended_elsewhere",
    );
    stays("session=7F3K-9QXM, The password cannot be read, passwd file, Failed password for invalid user, le mot de passe est faux");
    stays("/etc/passwd is read, no token was given, the secret is set, client_secret_file = \"/etc/vestibule/client-secret\"");
    stays("token_endpoint: https://auth.example/token, token_type=Bearer, code_challenge_method=S256");
}

#[test]
fn redacts_what_passes_between_a_reader_and_a_card_and_leaves_the_status() {
    for (text, data) in [
        ("SW=9000 data=6F1A8407A000", "6F1A"),
        ("SW=9000 6F1A8407", "6F1A"),
        ("APDU: 00A40400", "00A4"),
        ("APDU 00 A4 04 00", "A4 04"),
        ("00000012 APDU: 80:CA:9F:7F:00", "9F:7F"),
        ("C-APDU 80ca9f7f00 SW=6A82", "9f7f"),
        ("SCardTransmit 00 B2 01 0C 00 SW: 90 00", "B2 01"),
        ("apdu=00b201", "00b2"),
    ] {
        goes(text, &[data]);
    }
    assert_eq!(redacted("2026-11-28 15:28:23 C-APDU 80ca9f7f00 SW=6A82"), "2026-11-28 15:28:23 C-APDU [secret] SW=6A82");
}

#[test]
fn does_not_redact_a_status_nor_figures_beside_it() {
    stays("2026-11-28 15:28:23 SW=9000, SW: 6A 82, SW1=61 SW2=0C, 12 ms, 20261128");
    stays("Nov 28 15:28:23 T=1, SW=6982, decade, VST-5003");
    stays("data: 42, response=200, command: start, data=abcd");
}

#[test]
fn redacts_names_under_their_key() {
    for (text, name) in [
        ("name=\"Jean Dupont\"", "upont"),
        ("name=Dupont", "upont"),
        ("{\"name\":\"DUPONT\"}", "DUPONT"),
        ("nom=dupont prenom=jean", "dupont"),
        ("nom=dupont prenom=jean", "jean"),
        ("Nom : Dupont", "Dupont"),
        ("prénom : Jean-Marie", "Jean"),
        ("nom: Le Goff de La Tour", "Tour"),
        ("{\"family_name\":\"dupont\"}", "dupont"),
        ("familyName: dupont", "dupont"),
        ("<nom>Dupont</nom>", "Dupont"),
        ("<patient nom='Dupont'/>", "Dupont"),
        ("user=jdupont", "jdupont"),
        ("user: Jean Dupont", "Dupont"),
        ("\"user\": \"jdupont\"", "jdupont"),
        ("utilisateur=jdupont", "jdupont"),
        ("Utilisateur : jdupont", "jdupont"),
        ("nom d’utilisateur : jdupont", "jdupont"),
        ("--user jdupont", "jdupont"),
        ("session opened for user jdupont(uid=1000)", "jdupont"),
        ("HOPITAL\\jdupont", "jdupont"),
        ("{\"x\":\"HOPITAL\\\\jdupont\"}", "jdupont"),
        ("for hopital.example\\jdupont,", "jdupont"),
        ("S-1-5-21-3623811015-3361044348-30300820-1013", "30300820"),
        ("{\"_HOSTNAME\":\"accueil\"}", "accueil"),
        ("hostname=accueil", "accueil"),
        ("host=accueil", "accueil"),
        ("ComputerName: accueil", "accueil"),
        ("nov. 28 10:11:12 accueil vestibule[812]: Started", "accueil"),
        ("Nov 28 10:11:12 accueil sshd[81]: x", "accueil"),
        ("2026-11-28T10:11:12+0100 accueil vestibule[812]: Started", "accueil"),
        ("<13>Nov  8 10:11:12 accueil kernel: x", "accueil"),
        ("cn=Jean Dupont,ou=x", "Dupont"),
        ("~jdupont/.ssh", "jdupont"),
    ] {
        goes(text, &[name]);
    }
    for (path, left) in [
        ("/home/Jean Dupont/.config/x", "/home/[nom]/.config/x"),
        ("/home/jean dupont/x and /etc/x", "/home/[nom]/x and /etc/x"),
        ("/home/Jean Dupont", "/home/[nom]"),
        (r"/home/Jean\ Dupont/x", "/home/[nom]/x"),
        ("/Users/Jean Marie Dupont/Library", "/Users/[nom]/Library"),
        (r"C:\Users\Jean Dupont\AppData\x y", r"C:\Users\[nom]\AppData\x y"),
        ("C:/Users/Jean Dupont/x", "C:/Users/[nom]/x"),
        ("/home/jdupont and /etc/x", "/home/[nom] and /etc/x"),
        ("/home/jdupont was full", "/home/[nom] was full"),
    ] {
        assert_eq!(redacted(path), left);
    }
}

#[test]
fn does_not_redact_the_name_of_a_thing_nor_an_account_of_every_system() {
    stays(
        "\"name\": \"backup\", \"name\": \"Debian GNU/Linux 12 (bookworm)\", service.name = Dossier, thread name: Main, \"name\": \"state.json\"",
    );
    stays("user=root, user: vestibule, _UID=1000, uid=0, by: default, user agent, account: closed, utilisateur : aucun");
    stays(r"NT AUTHORITY\SYSTEM, BUILTIN\Users, HKLM\Software, logs\vestibule.log, System32\drivers, ERROR\nCaused by");
    stays("host=connexion.hopital.example, hostname=localhost, host: 127.0.0.1:8443, Host: connexion.hopital.example");
    stays("2026-11-28T15:28:23Z  INFO companion_server::x: Listening port=8443");
    stays("2026-11-28 15:28:23 WARN upstream: timed out");
    stays("15:28:23 info companion_server::x: Listening");
    stays("Poste : prêt, machine: prête");
}

#[test]
fn redacts_secrets_that_were_cut_over_lines() {
    let token =
        "eyJhbGciOiJFUzI1NiIsInR5cCI6ImRwb3Arand0In0eyJqdGkiOiJ4IiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vYS5leGFtcGxlL3RvVc2lnbmF0dXJl9aZ7q";
    for column in [32, 64, 76] {
        for (soft, indent) in [("", ""), ("\\", ""), ("=", ""), ("", "    "), ("\\", "  "), ("\"", "    \""), ("", "> ")] {
            if soft == "=" && column < 40 {
                continue;
            }
            let signs: Vec<char> = token.chars().collect();
            let lines: Vec<String> = signs.chunks(column).map(|piece| piece.iter().collect()).collect();
            let text = format!("a proof {}\nNext line 12\n", lines.join(&format!("{soft}\n{indent}")));
            let left = redacted(&text);
            assert_eq!(left.lines().count(), text.lines().count(), "{left}");
            for line in &lines {
                assert!(!left.contains(line.as_str()), "{line} of {text} is in {left}");
            }
            assert!(left.starts_with("a proof [secret]") && left.ends_with("\nNext line 12\n"), "{left}");
        }
    }
    let split = redacted("password=hun\\\n  ter retry\nnext");
    assert_eq!(split, "password=[secret]\n  [secret] retry\nnext");
    let key = "-----BEGIN PRIVATE KEY-----\nMIIBVgIBADANBgkqhkiG9w0BAQEFAASCAUAwggE8AgEAAkEAq7BFUpkGp3rLQmlQ\nYx2eqzDV+xeG8kx/sQFV18S5JhzGeIJNA72wSeukEPojtqUyX2J0CciPBh7eqclQ\n2zpAswIDAQ\n-----END PRIVATE KEY-----\n";
    let left = redacted(key);
    assert!(!left.contains("MIIB") && !left.contains("2zpA") && left.contains("-----END PRIVATE KEY-----"), "{left}");
}

#[test]
fn does_not_redact_the_line_after_a_secret() {
    let text = "sha256 [secret]\nDone\n2026-11-28T15:28:23Z INFO x: Next port=1\n";
    assert_eq!(redacted(&text.replace("[secret]", "9f86d081884c7d659a2feaa0c55ad015 ")), text.replace("[secret]", "[secret] "));
    let text = "password=[secret]\n2026-11-28T15:28:23Z INFO x: Next port=1\n";
    assert_eq!(redacted(&text.replace("[secret]", "abc\\")), text);
    stays("see \\\n2026-11-28T15:28:23Z INFO x: Next port=1\n");
    stays("/usr/lib/x86_64-linux-gnu/libpcsclite.so.1\nDone\n");
}

#[test]
fn does_not_redact_moments_that_are_counted() {
    stays("{\"__REALTIME_TIMESTAMP\":\"1732788123123456\",\"__MONOTONIC_TIMESTAMP\":\"12345678901\",\"PRIORITY\":\"6\"}");
    stays("_SOURCE_REALTIME_TIMESTAMP=1732788123123456, ts=1732788123.123456, \"time\": 1732788123123, exp=1732788123");
}

#[test]
fn redacts_a_number_that_no_moment_has() {
    goes("timestamp=10003456789", &["10003456789"]);
    goes("ts=899700999016", &["899700999016"]);
    goes("{\"__CURSOR\":\"1732788123123456\"}", &["17327"]);
}
