//! The token endpoint: what it says when it says no, and answers that are none.

use serde_json::json;
use vestibule_model::ErrorCode::{
    IdTokenRefused, PscAnswerUnreadable, PscClientRefused, PscCodeRefused, PscRequestRefused, PscUnavailable, PscUnreachable,
};

use vestibule_lying_provider::Reply::{Drip, Raw, Silence, Text};

use crate::case::{Case, Stage, accepted, refused, remove};

const JSON: &str = "application/json";

pub fn cases() -> Vec<Case> {
    refusals().into_iter().chain(broken()).chain(members()).map(|case| case.stage(Stage::Token)).collect()
}

fn refusals() -> Vec<Case> {
    vec![
        accepted("jetons : le secret exigé en en-tête, et le vérificateur PKCE (`code_verifier`)").module("-client-secret-basic"),
        accepted("jetons : le secret exigé en formulaire").psc("auth_method = \"post\""),
        refused("jetons : `invalid_grant`", PscCodeRefused).token(Text(400, JSON, |_, _| r#"{"error":"invalid_grant"}"#.into())),
        refused("jetons : `invalid_grant`, décrit par un nombre", PscCodeRefused)
            .token(Text(400, JSON, |_, _| r#"{"error":"invalid_grant","error_description":7,"error_uri":[]}"#.into())),
        refused("jetons : `invalid_client` en 400", PscClientRefused).token(Text(400, JSON, |_, _| r#"{"error":"invalid_client"}"#.into())),
        refused("jetons : `invalid_client` en 401", PscClientRefused).token(Text(401, JSON, |_, _| r#"{"error":"invalid_client"}"#.into())),
        refused("jetons : 401 sans un mot", PscClientRefused).token(Text(401, "", |_, _| String::new())),
        refused("jetons : `unauthorized_client`", PscClientRefused)
            .token(Text(400, JSON, |_, _| r#"{"error":"unauthorized_client"}"#.into())),
        refused("jetons : `invalid_request`", PscRequestRefused).token(Text(400, JSON, |_, _| r#"{"error":"invalid_request"}"#.into())),
        refused("jetons : une erreur inconnue", PscRequestRefused)
            .token(Text(400, JSON, |_, _| r#"{"error":"<script>\u0000","error_description":"x"}"#.into())),
        refused("jetons : 403", PscRequestRefused).token(Text(403, JSON, |_, _| r#"{"error":"access_denied"}"#.into())),
        refused("jetons : 400 sans JSON", PscAnswerUnreadable).token(Text(400, JSON, |_, _| "non".into())),
        refused("jetons : 400 en HTML", PscUnavailable).token(Text(400, "text/html", |_, _| "<h1>Bad Request</h1>".into())),
        refused("jetons : 429", PscUnavailable).token(Text(429, JSON, |_, _| "{}".into())),
        refused("jetons : 500 avec de bons jetons", PscUnavailable).token(Text(500, JSON, |honest, _| honest.to_string())),
        refused("jetons : 502", PscUnavailable).token(Text(502, "text/html", |_, _| "<h1>Bad Gateway</h1>".into())),
        refused("jetons : 504", PscUnavailable).token(Text(504, "", |_, _| String::new())),
        refused("jetons : une page de maintenance en 200", PscUnavailable)
            .token(Text(200, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        refused("jetons : une redirection", PscAnswerUnreadable).token(Text(307, JSON, |honest, _| honest.to_string())),
        refused("jetons : une erreur en 200", PscAnswerUnreadable).token(Text(200, JSON, |_, _| r#"{"error":"invalid_grant"}"#.into())),
    ]
}

fn broken() -> Vec<Case> {
    vec![
        refused("jetons : vide", PscAnswerUnreadable).token(Text(200, JSON, |_, _| String::new())),
        refused("jetons : JSON coupé", PscAnswerUnreadable).token(Text(200, JSON, |honest, _| honest.to_string()[..90].to_owned())),
        refused("jetons : moins d’octets qu’annoncé", PscUnreachable).token(Raw(|honest| {
            let body = honest.to_string();
            format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 10).into_bytes()
        })),
        refused("jetons : `null`", PscAnswerUnreadable).token(Text(200, JSON, |_, _| "null".into())),
        refused("jetons : une liste", PscAnswerUnreadable).token(Text(200, JSON, |honest, _| format!("[{honest}]"))),
        refused("jetons : une chaîne qui contient la réponse", PscAnswerUnreadable)
            .token(Text(200, JSON, |honest, _| serde_json::Value::String(honest.to_string()).to_string())),
        refused("jetons : cent mille crochets", PscAnswerUnreadable).token(Text(200, JSON, |_, _| "[".repeat(100_000))),
        refused("jetons : deux réponses à la suite", PscAnswerUnreadable).token(Text(200, JSON, |honest, _| format!("{honest}{honest}"))),
        refused("jetons : plus de 1 Mo", PscAnswerUnreadable)
            .token(Text(200, JSON, |honest, _| format!("{honest}{}", " ".repeat(1024 * 1024)))),
        refused("jetons : annoncés comme du texte", PscAnswerUnreadable).token(Text(200, "text/plain", |honest, _| honest.to_string())),
        refused("jetons : en formulaire", PscAnswerUnreadable)
            .token(Text(200, "application/x-www-form-urlencoded", |_, _| "access_token=a&token_type=Bearer".into())),
        refused("jetons : la connexion se ferme", PscUnreachable).token(Raw(|_| Vec::new())),
        refused("jetons : aucune réponse", PscUnreachable).token(Silence),
        refused("jetons : un corps qui n’en finit pas", PscUnreachable).token(Drip),
        refused("jetons : le jeton d’accès nommé deux fois", PscAnswerUnreadable)
            .token(Text(200, JSON, |honest, _| format!("{{\"access_token\":\"autre\",{}", &honest.to_string()[1..]))),
        refused("jetons : le jeton d’identité nommé deux fois", PscAnswerUnreadable)
            .token(Text(200, JSON, |honest, _| format!("{{\"id_token\":{},{}", honest["id_token"], &honest.to_string()[1..]))),
        refused("jetons : un membre inconnu nommé deux fois", PscAnswerUnreadable)
            .token(Text(200, JSON, |honest, _| format!("{{\"x\":1,\"x\":2,{}", &honest.to_string()[1..]))),
        accepted("jetons : sans type de contenu").token(Text(200, "", |honest, _| honest.to_string())),
        accepted("jetons : type de contenu en majuscules")
            .token(Text(200, "Application/JSON; Charset=utf-8", |honest, _| honest.to_string())),
    ]
}

fn members() -> Vec<Case> {
    vec![
        accepted("jetons : `token_type` en minuscules").answer(|answer, _| answer["token_type"] = json!("bearer")),
        accepted("jetons : `token_type` en majuscules").answer(|answer, _| answer["token_type"] = json!("BEARER")),
        refused("jetons : `token_type` DPoP", PscAnswerUnreadable).answer(|answer, _| answer["token_type"] = json!("DPoP")),
        refused("jetons : `token_type` mac", PscAnswerUnreadable).answer(|answer, _| answer["token_type"] = json!("mac")),
        refused("jetons : `token_type` vide", PscAnswerUnreadable).answer(|answer, _| answer["token_type"] = json!("")),
        refused("jetons : sans `token_type`", PscAnswerUnreadable).answer(|answer, _| remove(answer, "token_type")),
        refused("jetons : sans jeton d’accès", PscAnswerUnreadable).answer(|answer, _| remove(answer, "access_token")),
        refused("jetons : un jeton d’accès qui est un nombre", PscAnswerUnreadable).answer(|answer, _| answer["access_token"] = json!(42)),
        refused("jetons : un jeton d’accès avec un retour à la ligne", PscAnswerUnreadable)
            .answer(|answer, _| answer["access_token"] = json!("psc\r\nX-Admin: 1")),
        refused("jetons : un jeton d’accès vide", PscAnswerUnreadable).answer(|answer, _| answer["access_token"] = json!("")),
        accepted("jetons : sans jeton de rafraîchissement").answer(|answer, _| remove(answer, "refresh_token")),
        accepted("jetons : sans `expires_in`").answer(|answer, _| remove(answer, "expires_in")),
        refused("jetons : `expires_in` en chaîne", PscAnswerUnreadable).answer(|answer, _| answer["expires_in"] = json!("120")),
        refused("jetons : `expires_in` en toutes lettres", PscAnswerUnreadable)
            .answer(|answer, _| answer["expires_in"] = json!("deux minutes")),
        refused("jetons : `expires_in` négatif", PscAnswerUnreadable).answer(|answer, _| answer["expires_in"] = json!(-120)),
        refused("jetons : `expires_in` de 1e300", PscAnswerUnreadable).answer(|answer, _| answer["expires_in"] = json!(1e300)),
        accepted("jetons : `expires_in` immense").answer(|answer, _| answer["expires_in"] = json!(u64::MAX)),
        accepted("jetons : sans `refresh_expires_in`").answer(|answer, _| remove(answer, "refresh_expires_in")),
        accepted("jetons : des membres que personne ne lit, sous d’autres formes").answer(|answer, _| {
            answer["scope"] = json!(["openid"]);
            answer["session_state"] = json!(7);
            answer["not-before-policy"] = json!("jamais");
            answer["error_description"] = json!(null);
        }),
        accepted("jetons : sans `scope`").answer(|answer, _| remove(answer, "scope")),
        refused("jetons : sans jeton d’identité", IdTokenRefused).answer(|answer, _| remove(answer, "id_token")),
        refused("jetons : un jeton d’identité nul", IdTokenRefused).answer(|answer, _| answer["id_token"] = json!(null)),
        refused("jetons : un jeton d’identité vide", IdTokenRefused).answer(|answer, _| answer["id_token"] = json!("")),
        refused("jetons : un jeton d’identité qui est un objet", IdTokenRefused)
            .answer(|answer, _| answer["id_token"] = json!({"sub": "x"})),
        refused("jetons : un jeton d’identité illisible", IdTokenRefused).answer(|answer, _| answer["id_token"] = json!("pas.un.jeton")),
    ]
}
