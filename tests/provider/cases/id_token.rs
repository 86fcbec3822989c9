//! Claims of the ID token.

use serde_json::json;
use vestibule_model::ErrorCode::{AssuranceLevelRefused, IdTokenRefused};

use vestibule_lying_provider::CLIENT_ID;

use crate::case::{Case, Stage, accepted, refused, remove};

pub fn cases() -> Vec<Case> {
    issuers()
        .into_iter()
        .chain(audiences())
        .chain(subjects())
        .chain(times())
        .chain(others())
        .map(|case| case.stage(Stage::IdToken))
        .collect()
}

fn lie(name: &'static str) -> Case {
    refused(name, IdTokenRefused)
}

fn issuers() -> Vec<Case> {
    vec![
        lie("`iss` d’un autre").module("-invalid-iss").claims(|claims, _| claims["iss"] = json!("https://ailleurs.example")),
        lie("`iss` suivi d’une barre oblique").claims(|claims, facts| claims["iss"] = json!(format!("{}/", facts.issuer))),
        lie("`iss` en majuscules").claims(|claims, facts| claims["iss"] = json!(facts.issuer.to_uppercase())),
        lie("`iss` qui commence par le bon").claims(|claims, facts| claims["iss"] = json!(format!("{}.ailleurs.example", facts.issuer))),
        lie("`iss` absent").claims(|claims, _| remove(claims, "iss")),
        lie("`iss` nul").claims(|claims, _| claims["iss"] = json!(null)),
        lie("`iss` est une liste").claims(|claims, facts| claims["iss"] = json!([facts.issuer])),
    ]
}

fn audiences() -> Vec<Case> {
    vec![
        lie("`aud` d’un autre").module("-invalid-aud").claims(|claims, _| claims["aud"] = json!("autre-client")),
        lie("`aud` absent").module("-missing-aud").claims(|claims, _| remove(claims, "aud")),
        lie("`aud` vide").claims(|claims, _| claims["aud"] = json!([])),
        lie("`aud` nul").claims(|claims, _| claims["aud"] = json!(null)),
        lie("`aud` est un nombre").claims(|claims, _| claims["aud"] = json!(1)),
        lie("`aud` qui commence par le bon").claims(|claims, _| claims["aud"] = json!(format!("{CLIENT_ID}-bis"))),
        lie("`aud` : le bon et un autre").claims(|claims, _| claims["aud"] = json!([CLIENT_ID, "autre-client"])),
        accepted("`aud` : une liste d’un seul").claims(|claims, _| claims["aud"] = json!([CLIENT_ID])),
        lie("`azp` d’un autre").claims(|claims, _| claims["azp"] = json!("autre-client")),
        lie("`azp` est un nombre").claims(|claims, _| claims["azp"] = json!(1)),
        accepted("`azp` absent, un seul `aud`").claims(|claims, _| remove(claims, "azp")),
    ]
}

fn subjects() -> Vec<Case> {
    vec![
        lie("`sub` absent").module("-missing-sub").claims(|claims, _| remove(claims, "sub")),
        lie("`sub` vide").claims(|claims, _| claims["sub"] = json!("")),
        lie("`sub` nul").claims(|claims, _| claims["sub"] = json!(null)),
        lie("`sub` est un nombre").claims(|claims, _| claims["sub"] = json!(899_700_999_016_u64)),
        lie("`sub` est une liste").claims(|claims, _| claims["sub"] = json!(["x"])),
        lie("`nonce` d’une autre connexion").module("-nonce-invalid").claims(|claims, _| claims["nonce"] = json!("autre")),
        lie("`nonce` absent").claims(|claims, _| remove(claims, "nonce")),
        lie("`nonce` vide, comme Pro Santé Connect quand rien n’est envoyé").claims(|claims, _| claims["nonce"] = json!("")),
        lie("`nonce` nul").claims(|claims, _| claims["nonce"] = json!(null)),
        lie("`nonce` suivi d’une espace").claims(|claims, facts| claims["nonce"] = json!(format!("{} ", facts.nonce))),
        lie("`nonce` est une liste").claims(|claims, facts| claims["nonce"] = json!([facts.nonce])),
    ]
}

fn times() -> Vec<Case> {
    vec![
        lie("`exp` passé").claims(|claims, facts| claims["exp"] = json!(facts.now_s - 61)),
        accepted("`exp` passé de trente secondes : les horloges diffèrent").claims(|claims, facts| claims["exp"] = json!(facts.now_s - 30)),
        lie("`exp` absent").claims(|claims, _| remove(claims, "exp")),
        lie("`exp` nul").claims(|claims, _| claims["exp"] = json!(null)),
        lie("`exp` en chaîne").claims(|claims, facts| claims["exp"] = json!((facts.now_s + 120).to_string())),
        lie("`exp` négatif").claims(|claims, _| claims["exp"] = json!(-1)),
        lie("`exp` à zéro").claims(|claims, _| claims["exp"] = json!(0)),
        lie("`exp` de 1e300").claims(|claims, _| claims["exp"] = json!(1e300)),
        lie("`exp` du plus grand entier").claims(|claims, _| claims["exp"] = json!(u64::MAX)),
        lie("`iat` absent").module("-missing-iat").claims(|claims, _| remove(claims, "iat")),
        lie("`iat` dans une heure").claims(|claims, facts| claims["iat"] = json!(facts.now_s + 3600)),
        accepted("`iat` dans trente secondes : les horloges diffèrent").claims(|claims, facts| claims["iat"] = json!(facts.now_s + 30)),
        lie("`iat` de 1e300").claims(|claims, _| claims["iat"] = json!(1e300)),
        lie("`iat` en chaîne").claims(|claims, _| claims["iat"] = json!("hier")),
        lie("`nbf` dans une heure").claims(|claims, facts| claims["nbf"] = json!(facts.now_s + 3600)),
    ]
}

fn others() -> Vec<Case> {
    vec![
        lie("un jeton d’accès à la place, `typ` Bearer").claims(|claims, _| claims["typ"] = json!("Bearer")),
        lie("un jeton de déconnexion à la place, `typ` Logout").claims(|claims, _| claims["typ"] = json!("Logout")),
        accepted("`typ` absent des claims").claims(|claims, _| remove(claims, "typ")),
        lie("`at_hash` d’un autre jeton d’accès").claims(|claims, _| claims["at_hash"] = json!("AAAAAAAAAAAAAAAAAAAAAA")),
        lie("`at_hash` est un nombre").claims(|claims, _| claims["at_hash"] = json!(0)),
        accepted("`acr` eidas2").claims(|claims, _| claims["acr"] = json!("eidas2")),
        accepted("`acr` eidas3").claims(|claims, _| claims["acr"] = json!("eidas3")),
        accepted("`acr` absent").claims(|claims, _| remove(claims, "acr")),
        accepted("`acr` vide").claims(|claims, _| claims["acr"] = json!("")),
        accepted("`acr` inconnu").claims(|claims, _| claims["acr"] = json!("0")),
        lie("`acr` est une liste").claims(|claims, _| claims["acr"] = json!(["eidas1"])),
        accepted("`acr` admis par l’administrateur")
            .psc("accepted_acr = [\"eidas1\", \"eidas3\"]")
            .claims(|claims, _| claims["acr"] = json!("eidas3")),
        refused("`acr` que l’administrateur n’admet pas", AssuranceLevelRefused)
            .psc("accepted_acr = [\"eidas3\"]")
            .claims(|claims, _| claims["acr"] = json!("eidas1")),
        refused("`acr` absent là où l’administrateur en exige un", AssuranceLevelRefused)
            .psc("accepted_acr = [\"eidas1\"]")
            .claims(|claims, _| remove(claims, "acr")),
        accepted("des claims que personne ne lit, sous d’autres formes que celles de la norme").claims(|claims, _| {
            for (name, odd) in [
                ("email_verified", json!("true")),
                ("amr", json!("sc")),
                ("phone_number", json!(33)),
                ("address", json!("x")),
                ("updated_at", json!("2024-01-01")),
                ("auth_time", json!("hier")),
                ("birthdate", json!(["x"])),
                ("gender", json!(1)),
                ("email", json!({})),
                ("given_name", json!(false)),
                ("jti", json!(7)),
                ("sid", json!(null)),
            ] {
                claims[name] = odd;
            }
        }),
        accepted("`authMode` inconnu").claims(|claims, _| claims["authMode"] = json!("TELEPATHIE")),
        accepted("`authMode` est un nombre").claims(|claims, _| claims["authMode"] = json!(3)),
    ]
}
