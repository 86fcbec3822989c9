//! Whom userinfo tells of.

use std::collections::HashMap;

use psc_simulator::persona;
use serde_json::{Value, json};

use crate::bench::{Bench, text};

/// What userinfo answers for everyone, by persona.
async fn everyone() -> HashMap<String, Value> {
    let bench = Bench::start().await;
    let mut answers = HashMap::new();
    for persona in persona::embedded().expect("personas") {
        let tokens = bench.tokens(&persona.id).await;
        let claims: Value = bench.userinfo(text(&tokens, "access_token")).await.json().await.expect("json");
        let (_, id) = bench.verified(text(&tokens, "id_token")).await.expect("signed");
        assert_eq!(claims["sub"], id["sub"], "{}", persona.id);
        assert_eq!(claims, Value::Object(persona.userinfo.clone()), "{}", persona.id);
        answers.insert(persona.id, claims);
    }
    answers
}

fn practices(claims: &Value) -> &[Value] {
    claims["SubjectRefPro"]["exercices"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn situations(claims: &Value) -> usize {
    practices(claims).iter().filter_map(|practice| practice["activities"].as_array()).map(Vec::len).sum()
}

#[tokio::test]
async fn every_persona_signs_in_and_shows_its_case() {
    let people = everyone().await;
    let count = |id: &str| (practices(&people[id]).len(), situations(&people[id]));
    assert_eq!(count("camille"), (1, 2), "the rebuilt example");
    assert_eq!(count("sacha"), (1, 3), "a nurse on three sites");
    assert_eq!(count("alix"), (2, 2), "a pharmacist with two practices");
    assert_eq!(count("noa"), (1, 7), "seven situations");
    assert_eq!(count("ange"), (1, 1), "exactly one situation");
    assert_eq!(practices(&people["eden"])[0]["codeCategorieProfessionnelle"], "E", "an intern");
    assert_eq!(people["lou"].get("SubjectRefPro"), None, "not registered");
    assert_eq!(people["maxence"]["SubjectRefPro"]["codeCivilite"], "M", "a: the shape of 2021");
    assert_eq!(people["maxence"]["email_verified"], false);
    assert_eq!(people["maxence"].get("codeGenreActivite"), None);
    assert_eq!(people["charlie"]["SubjectNameID"], "ANS20990101120000", "b: a sandbox identity");
    assert_eq!(people["charlie"]["otherIds"][0]["origine"], "EDIT");
    let mut minimal: Vec<&str> = people["dominique"].as_object().expect("object").keys().map(String::as_str).collect();
    minimal.sort_unstable();
    assert_eq!(minimal, ["SubjectNameID", "codeCivilite", "family_name", "given_name", "preferred_username", "sub"], "c");
    assert_eq!(practices(&people["yael"])[0].get("activities"), None, "d: a practice without activity");
    assert_eq!(count("morgan").0, 2, "e: two practices");
    assert_eq!(practices(&people["robin"])[0]["codeProfession"], "9987", "f: an unknown code");
    assert!(people["marie"]["family_name"].as_str().expect("name").chars().count() > 50, "g: a long name");
}

#[test]
fn the_rebuilt_example_has_the_shape_of_the_documented_one() {
    let people = persona::embedded().expect("personas");
    let camille = &people[0].userinfo;
    assert_eq!(camille["sub"], "f:00000000-aaaa-4bbb-8ccc-000000000001:899700999016");
    assert_eq!(camille["SubjectRole"], json!(["10^1.2.250.1.213.1.1.5.5"]));
    let activities = camille["SubjectRefPro"]["exercices"][0]["activities"].as_array().expect("activities");
    assert_eq!(activities[0].as_object().map(serde_json::Map::len), Some(30));
    assert_eq!(activities[1].as_object().map(serde_json::Map::len), Some(9), "deliberately partial");
}

#[test]
fn personas_are_distinct_and_consistent() {
    let people = persona::embedded().expect("personas");
    for (index, persona) in people.iter().enumerate() {
        let id = persona.claim("SubjectNameID");
        assert_eq!(id, persona.claim("preferred_username"), "{}", persona.id);
        assert!(persona.claim("sub").ends_with(&format!(":{id}")), "{}", persona.id);
        assert!(persona.id.chars().all(|character| character.is_ascii_lowercase()), "{}", persona.id);
        assert!(people[..index].iter().all(|other| other.id != persona.id && other.claim("SubjectNameID") != id), "{}", persona.id);
    }
}

#[test]
fn registered_numbers_satisfy_luhn_and_are_of_the_invented_range() {
    let people = persona::embedded().expect("personas");
    let ids: Vec<&str> = people.iter().map(|persona| persona.claim("SubjectNameID")).collect();
    let registered: Vec<&str> = ids.iter().copied().filter(|id| id.len() == 12 && id.starts_with('8')).collect();
    assert!(registered.len() >= 10, "{ids:?}");
    for id in registered {
        assert!(id.starts_with("8997009990") || id.starts_with("8997009991"), "{id}");
        let digits = id[1..].chars().rev().filter_map(|digit| digit.to_digit(10)).enumerate();
        let sum: u32 = digits.map(|(place, digit)| if place % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { digit }).sum();
        assert_eq!(sum % 10, 0, "{id}");
    }
}
