//! Values with quotes in them, values that are objects or lists, values that go on below their name.

use super::drawn::{Draw, document};
use super::{all_go, redacted, stays};

#[test]
fn a_value_goes_whole_whatever_quotes_are_in_it() {
    all_go(&[
        (r#"{"password":"\"Secret99\""}"#, "Secret99"),
        (r#"{"login":"jdupont","password":"ab\"Secret99!"}"#, "Secret99"),
        (r#"{"ts":1,"password":"ab\\\"Secret99!"}"#, "Secret99"),
        (r#"x="{\"password\":\"ab\\\"Secret99!\"}""#, "Secret99"),
        (r#"{\"password\":\"\\\"Secret99\\\"\"}"#, "Secret99"),
        (r#"mdp='l\'Secret99!'"#, "Secret99"),
        ("mdp='it''sSecret99'", "Secret99"),
        ("mdp='it'' Secret99' kept", "Secret99"),
        ("mdp='l'Secret99!'", "Secret99"),
        (r#"a,"password=""ab""Secret99""",b"#, "Secret99"),
        (r#""{""password"":""Secret99""}""#, "Secret99"),
        (r#""{""password"":""ab""""Secret99""}""#, "Secret99"),
        (r#"password = """Secret99""""#, "Secret99"),
        ("mdp=l'Secret99!", "Secret99"),
        ("mot de passe : l'Secret99!", "Secret99"),
        ("password: o'Hara99", "Hara99"),
        ("password=abc,def99", "def99"),
        ("password=abc;def99", "def99"),
        ("password=abc&def99", "def99"),
        ("password=abc#def99", "def99"),
        ("password=ab)def99", "def99"),
        ("--password=ab\"def99", "def99"),
        (r#"{"nom":"l\"DUPONT"}"#, "DUPONT"),
    ]);
}

#[test]
fn what_stands_behind_a_value_stays() {
    for (text, left) in [
        (r#"{"password":"ab\"c","kept":"x \"y\""}"#, r#"{"password":"[secret]","kept":"x \"y\""}"#),
        (r#"{"password":"\"Secret99\"","kept":1}"#, r#"{"password":"[secret]","kept":1}"#),
        ("mdp=l'zqx99! kept", "mdp=[secret] kept"),
        (r#"{"password":"","kept":"x"}"#, r#"{"password":"","kept":"x"}"#),
        ("password='' kept='x'", "password='' kept='x'"),
        ("password='it''s' kept", "password='[secret]' kept"),
        ("password=abc, kept=1", "password=[secret], kept=1"),
        ("password=abc,kept=1", "password=[secret],kept=1"),
        ("?password=abc&kept=1", "?password=[secret]&kept=1"),
        ("?password=abc#kept", "?password=[secret]"),
        ("f(password=abc) kept", "f(password=[secret]) kept"),
        ("password=abc; kept", "password=[secret]; kept"),
    ] {
        assert_eq!(redacted(text), left);
    }
}

#[test]
fn an_object_or_a_list_that_a_name_announces_goes_whole() {
    for (text, left) in [
        (r#"{"password":{"value":"Secret99!"},"kept":1}"#, r#"{"password":"[secret]","kept":1}"#),
        (r#"{"nom":{"usage":"DUPONT","de":["A","B"]},"kept":1}"#, r#"{"nom":"[nom]","kept":1}"#),
        (r#"{"prenoms":["Jean","Paul"],"kept":1}"#, r#"{"prenoms":"[nom]","kept":1}"#),
        (r#"{"password":{"value":"a}\"}b"},"kept":1}"#, r#"{"password":"[secret]","kept":1}"#),
        (r#"{"user":{"name":"Jean Dupont","id":"jdupont"},"kept":1}"#, r#"{"user":"[nom]","kept":1}"#),
        (r#"{"otherIds":[{"identifiant":"X1","origine":"RPPS"}],"kept":1}"#, r#"{"otherIds":"[numéro]","kept":1}"#),
        (r#""{\"password\":{\"value\":\"Secret99!\"},\"kept\":1}""#, r#""{\"password\":[secret],\"kept\":1}""#),
        (r#"{"credentials": ["jdupont", "Secret99!"], "kept": 1}"#, r#"{"credentials": "[secret]", "kept": 1}"#),
        (r#"{"password":{"value":"cut off"#, r#"{"password":[secret]"#),
        (r#"{"token":{"value":"abc"},"kept":1}"#, r#"{"token":"[secret]","kept":1}"#),
    ] {
        assert_eq!(redacted(text), left);
        assert_eq!(redacted(left), left);
    }
}

#[test]
fn an_object_or_a_list_of_things_stays() {
    stays(r#"{"session": {"state": "open"}, "code": ["VST-2041"], "host": {"port": 443}, "state": {"at": "x"}}"#);
    stays(r#"{"password": {}, "prenoms": [], "token": null}"#);
}

#[test]
fn a_value_that_goes_on_below_its_name_goes() {
    for (text, left) in [
        ("  password: >-\n    Secret99!\n    and more\n  kept: 1\n", "  password: >-\n    [secret]\n    [secret]\n  kept: 1\n"),
        ("password: |\n  Secret99!\nkept: 1\n", "password: |\n  [secret]\nkept: 1\n"),
        ("conf:\n  password:\n    Secret99!\n  kept: 1\n", "conf:\n  password:\n    [secret]\n  kept: 1\n"),
        ("prenoms:\n  - Jean\n  - Paul\nkept: 1\n", "prenoms:\n  [nom]\n  [nom]\nkept: 1\n"),
        (
            "{\n  \"password\": {\n    \"value\": \"Secret99!\"\n  },\n  \"kept\": 1\n}\n",
            "{\n  \"password\": {\n    \"[secret]\": null\n  },\n  \"kept\": 1\n}\n",
        ),
        ("{\n  \"prenoms\": [\n    \"Jean\"\n  ],\n  \"kept\": 1\n}\n", "{\n  \"prenoms\": [\n    \"[nom]\"\n  ],\n  \"kept\": 1\n}\n"),
    ] {
        assert_eq!(redacted(text), left);
        assert_eq!(redacted(left), left);
    }
}

/// Support reads it with its own programs.
#[test]
fn json_over_lines_stays_json() {
    let text = serde_json::to_string_pretty(&serde_json::json!({
        "password": { "value": "Secret99!", "of": { "who": ["a", "b"] }, "at": 3 },
        "prenoms": ["Jean", "Paul"],
        "credentials": [{ "id": 1 }, { "id": 2 }],
        "kept": { "status": "ok", "list": [1, 2] },
    }))
    .expect("written");
    let left = redacted(&text);
    assert!(["Secret99!", "who", "Jean", "Paul", "\"id\""].iter().all(|gone| !left.contains(gone)), "{left}");
    let read: serde_json::Value = serde_json::from_str(&left).unwrap_or_else(|error| panic!("{error}: {left}"));
    assert_eq!(read["kept"], serde_json::json!({ "status": "ok", "list": [1, 2] }));
    assert_eq!(redacted(&left), left);
}

/// A line of a log, an answer: whatever goes of it, and whatever a collector puts before it.
#[test]
fn a_document_of_one_line_stays_one() {
    for (text, left) in [
        (r#"{"token":12345,"kept":1}"#, r#"{"token":"[secret]","kept":1}"#),
        (r#"{"pin": 1234, "kept": [true, 1]}"#, r#"{"pin": "[secret]", "kept": [true, 1]}"#),
        (r#"[{"rpps":10100123456}]"#, r#"[{"rpps":"[numéro]"}]"#),
        (r#"srv x[1]: {"token":12345,"nom":{"a":1}}"#, r#"srv x[1]: {"token":"[secret]","nom":"[nom]"}"#),
        (r#"{"message":"a\nDUPONT nom=DUPONT","kept":1}"#, r#"{"message":"a\nDUPONT nom=[nom]","kept":1}"#),
    ] {
        assert_eq!(redacted(text), left);
        assert_eq!(redacted(left), left);
    }
    for seed in 0..3_000 {
        let mut draw = Draw::from(seed);
        let line = serde_json::json!({ "kept": "ok", "of": document(&mut draw, 4) }).to_string();
        let begins = ["", "nov. 22 13:00:03 srv x[812]: "][usize::from(seed % 2 == 1)];
        let left = redacted(&format!("{begins}{line}"));
        let written = &left[left.find('{').unwrap_or_else(|| panic!("{seed}: {left}"))..];
        let read: serde_json::Value =
            serde_json::from_str(written).unwrap_or_else(|error| panic!("{seed}: {error}: {line} became {written}"));
        assert_eq!(read["kept"], "ok", "{seed}: {line} became {written}");
    }
}

#[test]
fn the_lines_below_a_name_that_has_its_value_stay() {
    stays("password: [secret]\n  kept: 1\n");
    stays("The password:\n2026-11-28T15:28:23Z INFO x: Next port=1\n");
    stays("session:\n  state: open\n");
    stays("code:\n  VST-2041\n");
    stays("password:\nkept: 1\n");
    stays("  password: {}\n    kept\n");
}
