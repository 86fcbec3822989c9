//! What the browser brings back.

use vestibule_model::ErrorCode::{PscIssuerMismatch, PscRequestRefused, PscUnavailable, RequestMalformed, RequestTooLarge};

use crate::case::{Case, Expected, Stage, accepted, expecting, honest_query, ignored, refused};

pub fn cases() -> Vec<Case> {
    answers().into_iter().chain(errors()).chain(malformed()).map(|case| case.stage(Stage::Callback)).collect()
}

fn answers() -> Vec<Case> {
    vec![
        accepted("retour : sans `iss`, bien que la découverte l’annonce").module("(base)"),
        accepted("retour : avec le bon `iss`").query(|facts| format!("{}&iss={}", honest_query(facts), facts.issuer)),
        accepted("retour : `iss` vide, donc absent").query(|facts| format!("{}&iss=", honest_query(facts))),
        accepted("retour : des paramètres inconnus").query(|facts| format!("{}&inconnu=1&autre=", honest_query(facts))),
        refused("retour : l’`iss` d’un autre", PscIssuerMismatch)
            .query(|facts| format!("{}&iss=https://ailleurs.example", honest_query(facts))),
        refused("retour : le bon `iss` suivi d’une barre oblique", PscIssuerMismatch)
            .query(|facts| format!("{}&iss={}/", honest_query(facts), facts.issuer)),
        refused("retour : le bon `iss` en majuscules", PscIssuerMismatch)
            .query(|facts| format!("{}&iss={}", honest_query(facts), facts.issuer.to_uppercase())),
    ]
}

fn errors() -> Vec<Case> {
    vec![
        expecting("retour : la personne renonce", Expected::Declined)
            .query(|facts| format!("error=access_denied&error_description=<script>&state={}", facts.state)),
        refused("retour : un renoncement de la part d’un autre", PscIssuerMismatch)
            .query(|facts| format!("error=access_denied&state={}&iss=https://ailleurs.example", facts.state)),
        refused("retour : `server_error`", PscUnavailable).query(|facts| format!("error=server_error&state={}", facts.state)),
        refused("retour : `temporarily_unavailable`", PscUnavailable)
            .query(|facts| format!("error=temporarily_unavailable&state={}", facts.state)),
        refused("retour : `login_required`", PscRequestRefused).query(|facts| format!("error=login_required&state={}", facts.state)),
        refused("retour : une erreur inconnue, en HTML", PscRequestRefused)
            .query(|facts| format!("error=%3Cscript%3Ealert(1)%3C/script%3E&state={}", facts.state)),
        refused("retour : une erreur de cinq mille caractères", PscRequestRefused)
            .query(|facts| format!("error={}&state={}", "e".repeat(5_000), facts.state)),
        // Longer than any address that is read at all.
        ignored("retour : une erreur de dix mille caractères", RequestTooLarge)
            .query(|facts| format!("error={}&state={}", "e".repeat(10_000), facts.state)),
    ]
}

fn malformed() -> Vec<Case> {
    vec![
        ignored("retour : sans `state`", RequestMalformed).query(|_| "code=psc-code".into()),
        ignored("retour : `state` vide", RequestMalformed).query(|_| "code=psc-code&state=".into()),
        ignored("retour : le `state` d’un autre", vestibule_model::ErrorCode::SignInUnknown)
            .query(|_| "code=psc-code&state=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".into()),
        ignored("retour : deux `state`", RequestMalformed).query(|facts| format!("{}&state=autre", honest_query(facts))),
        ignored("retour : deux fois le même `state`", RequestMalformed)
            .query(|facts| format!("{}&state={}", honest_query(facts), facts.state)),
        ignored("retour : deux codes", RequestMalformed).query(|facts| format!("{}&code=autre", honest_query(facts))),
        ignored("retour : deux `iss`", RequestMalformed)
            .query(|facts| format!("{}&iss={}&iss=https://ailleurs.example", honest_query(facts), facts.issuer)),
        ignored("retour : un code et une erreur", RequestMalformed).query(|facts| format!("{}&error=access_denied", honest_query(facts))),
        ignored("retour : ni code ni erreur", RequestMalformed).query(|facts| format!("state={}", facts.state)),
        ignored("retour : un code vide", RequestMalformed).query(|facts| format!("code=&state={}", facts.state)),
        ignored("retour : un jeton d’identité au lieu d’un code", RequestMalformed)
            .query(|facts| format!("id_token=a.b.c&state={}", facts.state)),
        ignored("retour : une réponse en JWT", RequestMalformed).query(|_| "response=a.b.c".into()),
        ignored("retour : rien", RequestMalformed).query(|_| String::new()),
        ignored("retour : cent paramètres", RequestMalformed).query(|facts| {
            let more: String = (0..100).map(|number| format!("&p{number}=x")).collect();
            format!("{}{more}", honest_query(facts))
        }),
        ignored("retour : une connexion commencée par un tiers", RequestMalformed)
            .module("-3rd-party-init-login")
            .query(|facts| format!("iss={}&login_hint=899700999016&target_link_uri=https://ailleurs.example", facts.issuer)),
    ]
}
