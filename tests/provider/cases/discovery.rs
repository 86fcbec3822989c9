//! The discovery document and the keys, before the browser leaves.

use serde_json::json;
use vestibule_model::ErrorCode::{PscAnswerUnreadable, PscDiscoveryRefused, PscRequestRefused, PscUnavailable, PscUnreachable};

use vestibule_lying_provider::Reply::{Drip, Json, Raw, Silence, Text};

use crate::case::{Case, Stage, accepted, refused, remove};

pub fn cases() -> Vec<Case> {
    documents().into_iter().chain(endpoints()).chain(key_sets()).map(|case| case.stage(Stage::Discovery)).collect()
}

fn documents() -> Vec<Case> {
    vec![
        refused("découverte : un autre émetteur", PscDiscoveryRefused)
            .module("-discovery-issuer-mismatch")
            .discovery(Json(|document, _| document["issuer"] = json!("https://ailleurs.example/auth/realms/esante-wallet"))),
        refused("découverte : l’émetteur suivi d’une barre oblique", PscDiscoveryRefused)
            .discovery(Json(|document, facts| document["issuer"] = json!(format!("{}/", facts.issuer)))),
        refused("découverte : l’émetteur de la production", PscDiscoveryRefused).discovery(Json(|document, _| {
            document["issuer"] = json!("https://auth.esw.esante.gouv.fr/auth/realms/esante-wallet");
        })),
        refused("découverte : sans émetteur", PscDiscoveryRefused).discovery(Json(|document, _| remove(document, "issuer"))),
        refused("découverte : l’émetteur est une liste", PscDiscoveryRefused)
            .discovery(Json(|document, facts| document["issuer"] = json!([facts.issuer]))),
        refused("découverte : l’émetteur nommé deux fois", PscDiscoveryRefused).discovery(Text(200, "application/json", |honest, _| {
            format!("{{\"issuer\":\"https://ailleurs.example\",{}", &honest.to_string()[1..])
        })),
        refused("découverte : une liste JSON", PscDiscoveryRefused)
            .discovery(Text(200, "application/json", |honest, _| format!("[{honest}]"))),
        refused("découverte : vide", PscAnswerUnreadable).discovery(Text(200, "application/json", |_, _| String::new())),
        refused("découverte : coupée au milieu", PscAnswerUnreadable)
            .discovery(Text(200, "application/json", |honest, _| honest.to_string()[..100].to_owned())),
        refused("découverte : plus de 1 Mo", PscAnswerUnreadable)
            .discovery(Text(200, "application/json", |honest, _| format!("{honest}{}", " ".repeat(1024 * 1024)))),
        refused("découverte : une page de maintenance", PscUnavailable)
            .discovery(Text(200, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        refused("découverte : 500", PscUnavailable).discovery(Text(500, "application/json", |honest, _| honest.to_string())),
        refused("découverte : 503", PscUnavailable).discovery(Text(503, "text/plain", |_, _| String::new())),
        refused("découverte : 404", PscRequestRefused).discovery(Text(404, "application/json", |_, _| "{}".into())),
        refused("découverte : une redirection", PscAnswerUnreadable)
            .discovery(Text(302, "application/json", |honest, _| honest.to_string())),
        refused("découverte : annoncée comme du texte", PscAnswerUnreadable)
            .discovery(Text(200, "text/plain", |honest, _| honest.to_string())),
        refused("découverte : aucune réponse", PscUnreachable).discovery(Silence),
        refused("découverte : la connexion se ferme", PscUnreachable).discovery(Raw(|_| Vec::new())),
        refused("découverte : autre chose que HTTP", PscUnreachable).discovery(Raw(|_| b"SSH-2.0-essai\r\n\r\n".to_vec())),
        accepted("découverte : les clés ailleurs sur le même hôte")
            .module("-discovery-jwks-uri-keys")
            .discovery(Json(|document, facts| document["jwks_uri"] = json!(format!("{}/autres/certs", facts.origin)))),
        accepted("découverte : seulement ce qui sert").discovery(Json(|document, _| {
            for name in ["acr_values_supported", "response_modes_supported", "id_token_signing_alg_values_supported"] {
                remove(document, name);
            }
        })),
        accepted("découverte : des membres inconnus et des niveaux étranges").discovery(Json(|document, _| {
            document["acr_values_supported"] = json!([0, null, {"eidas": 1}]);
            document["inconnu"] = json!({"a": [1, 2, 3]});
        })),
    ]
}

fn endpoints() -> Vec<Case> {
    vec![
        refused("découverte : la page de connexion sur un autre hôte", PscDiscoveryRefused).discovery(Json(|document, _| {
            document["authorization_endpoint"] = json!("https://wallet.ailleurs.example/auth");
        })),
        refused("découverte : la page de connexion est un script", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["authorization_endpoint"] = json!("javascript:alert(1)"))),
        refused("découverte : les jetons sur un autre hôte", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["token_endpoint"] = json!("https://ailleurs.example/token"))),
        refused("découverte : les jetons sur un autre port", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["token_endpoint"] = json!("http://127.0.0.1:9/token"))),
        refused("découverte : l’hôte attendu n’est qu’un nom d’utilisateur", PscDiscoveryRefused).discovery(Json(|document, facts| {
            document["token_endpoint"] = json!(format!("{}@ailleurs.example/token", facts.origin));
        })),
        refused("découverte : userinfo sur un autre hôte", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["userinfo_endpoint"] = json!("https://ailleurs.example/userinfo"))),
        refused("découverte : la fin de session sur un autre hôte", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["end_session_endpoint"] = json!("https://ailleurs.example/logout"))),
        refused("découverte : les clés sur un autre hôte", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["jwks_uri"] = json!("https://ailleurs.example/certs"))),
        refused("découverte : sans point d’accès aux jetons", PscDiscoveryRefused)
            .discovery(Json(|document, _| remove(document, "token_endpoint"))),
        refused("découverte : une adresse qui n’en est pas une", PscDiscoveryRefused)
            .discovery(Json(|document, _| document["userinfo_endpoint"] = json!("userinfo"))),
    ]
}

fn key_sets() -> Vec<Case> {
    vec![
        refused("clés : aucune", PscDiscoveryRefused).jwks(Json(|set, _| set["keys"] = json!([]))),
        refused("clés : pas une liste", PscAnswerUnreadable).jwks(Json(|set, _| set["keys"] = json!("cle-0"))),
        refused("clés : un tableau sans enveloppe", PscAnswerUnreadable)
            .jwks(Text(200, "application/json", |set, _| set["keys"].to_string())),
        refused("clés : 500", PscUnavailable).jwks(Text(500, "application/json", |_, _| "{}".into())),
        refused("clés : une redirection", PscAnswerUnreadable).jwks(Text(301, "application/json", |set, _| set.to_string())),
        refused("clés : une page HTML", PscUnavailable).jwks(Text(200, "text/html", |_, _| "<p>Bonjour</p>".into())),
        refused("clés : plus de 1 Mo", PscAnswerUnreadable)
            .jwks(Text(200, "application/json", |set, _| format!("{set}{}", " ".repeat(1024 * 1024)))),
        refused("clés : un corps qui n’en finit pas", PscUnreachable).jwks(Drip),
    ]
}
