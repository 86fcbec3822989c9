//! Once signed in: the refresh in the wake of activity, and the end of the session.

use serde_json::json;

use vestibule_lying_provider::Reply::{Json, Raw, Silence, Text};

use crate::case::{Case, Expected, Stage, accepted, expecting, remove};

const JSON: &str = "application/json";

pub fn cases() -> Vec<Case> {
    let refreshes = refreshes().into_iter().map(|case| case.stage(Stage::Refresh));
    refreshes.chain(sign_outs().into_iter().map(|case| case.stage(Stage::SignOut))).collect()
}

fn refreshes() -> Vec<Case> {
    let kept = |name| expecting(name, Expected::Kept);
    vec![
        accepted("rafraîchissement : honnête").module("-refresh-token"),
        kept("rafraîchissement : le jeton d’identité d’un autre émetteur")
            .module("-refresh-token-invalid-issuer")
            .refreshed_claims(|claims, _| claims["iss"] = json!("https://ailleurs.example")),
        kept("rafraîchissement : le jeton d’identité de quelqu’un d’autre")
            .module("-refresh-token-invalid-sub")
            .refreshed_claims(|claims, _| claims["sub"] = json!("f:autre:899700999024")),
        kept("rafraîchissement : un jeton d’identité pour un autre client").refreshed_claims(|claims, _| claims["aud"] = json!("autre")),
        kept("rafraîchissement : un jeton d’identité expiré").refreshed_claims(|claims, facts| claims["exp"] = json!(facts.now_s - 61)),
        accepted("rafraîchissement : sans jeton d’identité").refresh(Json(|answer, _| remove(answer, "id_token"))),
        accepted("rafraîchissement : sans nouveau jeton de rafraîchissement").refresh(Json(|answer, _| remove(answer, "refresh_token"))),
        expecting("rafraîchissement : `invalid_grant`", Expected::Over)
            .refresh(Text(400, JSON, |_, _| r#"{"error":"invalid_grant","error_description":"Session not active"}"#.into())),
        kept("rafraîchissement : 401").refresh(Text(401, JSON, |_, _| r#"{"error":"invalid_client"}"#.into())),
        kept("rafraîchissement : 503").refresh(Text(503, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        kept("rafraîchissement : une page HTML").refresh(Text(200, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        kept("rafraîchissement : une redirection").refresh(Text(302, JSON, |honest, _| honest.to_string())),
        kept("rafraîchissement : un autre type de jeton").refresh(Json(|answer, _| answer["token_type"] = json!("mac"))),
        kept("rafraîchissement : le jeton d’accès nommé deux fois")
            .refresh(Text(200, JSON, |honest, _| format!("{{\"access_token\":\"autre\",{}", &honest.to_string()[1..]))),
        kept("rafraîchissement : la connexion se ferme").refresh(Raw(|_| Vec::new())),
        kept("rafraîchissement : aucune réponse").refresh(Silence),
    ]
}

fn sign_outs() -> Vec<Case> {
    let browser = |name| expecting(name, Expected::BrowserNeeded);
    let unknown = |name| expecting(name, Expected::Unknown);
    vec![
        accepted("déconnexion : 204, de serveur à serveur"),
        accepted("déconnexion : le renvoi vers l’adresse de retour").end_session(Raw(|back| {
            format!("HTTP/1.1 302 Found\r\nLocation: {}?state=x\r\nContent-Length: 0\r\n\r\n", back.as_str().unwrap_or_default())
                .into_bytes()
        })),
        unknown("déconnexion : une page en 200").end_session(Text(200, "text/html", |_, _| "<p>Au revoir</p>".into())),
        unknown("déconnexion : une page de maintenance en 200").end_session(Text(200, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        unknown("déconnexion : du JSON en 200").end_session(Text(200, JSON, |_, _| "{}".into())),
        unknown("déconnexion : un renvoi vers un autre site").end_session(Raw(|_| {
            b"HTTP/1.1 302 Found\r\nLocation: https://maintenance.example/psc/logout-return\r\nContent-Length: 0\r\n\r\n".to_vec()
        })),
        browser("déconnexion : 400").end_session(Text(400, JSON, |_, _| r#"{"error":"invalid_request"}"#.into())),
        browser("déconnexion : 503").end_session(Text(503, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        unknown("déconnexion : une redirection sans adresse").end_session(Text(302, "text/html", |_, _| String::new())),
        browser("déconnexion : la connexion se ferme").end_session(Raw(|_| Vec::new())),
        browser("déconnexion : aucune réponse").end_session(Silence),
        expecting("déconnexion par le navigateur : il revient", Expected::BrowserDone)
            .module("-rp-init-logout")
            .farewell(|state| format!("state={state}")),
        browser("déconnexion par le navigateur : il revient sans `state`").module("-rp-init-logout-no-state").farewell(|_| String::new()),
        browser("déconnexion par le navigateur : il revient avec le `state` d’un autre")
            .module("-rp-init-logout-other-state")
            .farewell(|_| "state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into()),
        browser("déconnexion par le navigateur : il revient avec deux `state`").farewell(|state| format!("state={state}&state={state}")),
    ]
}
