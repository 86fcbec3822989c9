//! Which key signed: names, rotation, sets of keys.

use serde_json::json;
use vestibule_model::ErrorCode::{IdTokenRefused, PscAnswerUnreadable, PscDiscoveryRefused, PscUnavailable};

use vestibule_lying_provider::Reply::{Json, Text};
use vestibule_lying_provider::{Reply, keys};

use crate::case::{Case, Stage, accepted, refused, remove};

pub fn cases() -> Vec<Case> {
    names().into_iter().chain(rotations()).chain(sets()).map(|case| case.stage(Stage::IdToken)).collect()
}

fn names() -> Vec<Case> {
    vec![
        accepted("clé : sans nom, une seule publiée").module("-kid-absent-single-jwks").header(|header, _| remove(header, "kid")),
        refused("clé : sans nom, deux publiées", IdTokenRefused)
            .module("-kid-absent-multiple-jwks")
            .jwks(Json(|set, _| set["keys"] = json!([keys::jwk(1), keys::jwk(0)])))
            .header(|header, _| remove(header, "kid")),
        refused("clé : un nom jamais publié", IdTokenRefused).header(|header, _| header["kid"] = json!("jamais-publiee")),
        refused("clé : un nom qui est un nombre", IdTokenRefused).header(|header, _| header["kid"] = json!(0)),
        refused("clé : un nom vide", IdTokenRefused).header(|header, _| header["kid"] = json!("")),
        refused("clé : un nom qui est un chemin", IdTokenRefused).header(|header, _| header["kid"] = json!("../../../../dev/null")),
        refused("clé : le nom de la clé de chiffrement", IdTokenRefused).header(|header, _| header["kid"] = json!("chiffrement")),
    ]
}

fn rotations() -> Vec<Case> {
    vec![
        accepted("clés changées entre le départ et la signature, l’ancienne retirée")
            .module("-signing-key-rotation-just-before-signing")
            .jwks_later(Json(|set, _| set["keys"] = json!([keys::jwk(1)])))
            .header(|header, _| header["kid"] = json!("cle-1"))
            .sign(keys::rs256_by_the_other),
        accepted("clés changées, l’ancienne encore publiée")
            .module("-signing-key-rotation")
            .jwks_later(Json(|set, _| set["keys"] = json!([keys::jwk(0), keys::jwk(1)])))
            .header(|header, _| header["kid"] = json!("cle-1"))
            .sign(keys::rs256_by_the_other),
        accepted("clés changées après le départ, signature de l’ancienne").jwks_later(Json(|set, _| set["keys"] = json!([keys::jwk(1)]))),
        refused("clés changées, et la nouvelle n’est pas publiée", IdTokenRefused)
            .jwks_later(Reply::HONEST)
            .header(|header, _| header["kid"] = json!("cle-1"))
            .sign(keys::rs256_by_the_other),
        refused("clés changées, et leur point d’accès en panne", PscUnavailable)
            .jwks_later(Text(503, "text/plain", |_, _| String::new()))
            .header(|header, _| header["kid"] = json!("cle-1"))
            .sign(keys::rs256_by_the_other),
        refused("clés changées, et plus aucune n’est publiée", PscDiscoveryRefused)
            .jwks_later(Json(|set, _| set["keys"] = json!([])))
            .header(|header, _| header["kid"] = json!("cle-1"))
            .sign(keys::rs256_by_the_other),
        refused("clés changées, et leur liste illisible", PscAnswerUnreadable)
            .jwks_later(Text(200, "application/json", |_, _| "[]".into()))
            .header(|header, _| header["kid"] = json!("cle-1"))
            .sign(keys::rs256_by_the_other),
    ]
}

fn sets() -> Vec<Case> {
    vec![
        refused("clés : la bonne, mais pour chiffrer", IdTokenRefused).jwks(Json(|set, _| set["keys"][0]["use"] = json!("enc"))),
        refused("clés : la bonne, mais pour PS256", IdTokenRefused).jwks(Json(|set, _| set["keys"][0]["alg"] = json!("PS256"))),
        refused("clés : un secret partagé publié sous son nom", IdTokenRefused)
            .jwks(Json(|set, _| set["keys"] = json!([{"kty": "oct", "kid": "cle-0", "use": "sig", "k": "AAAA"}])))
            .header(|header, _| header["alg"] = json!("HS256"))
            .sign(keys::hs256_with_nothing),
        refused("clés : une courbe elliptique publiée sous son nom", IdTokenRefused)
            .jwks(Json(|set, _| set["keys"] = json!([keys::curve_jwk()])))
            .header(|header, _| header["alg"] = json!("ES256"))
            .sign(keys::es256),
        refused("clés : un module RSA qui n’en est pas un", IdTokenRefused).jwks(Json(|set, _| set["keys"][0]["n"] = json!("AQAB"))),
        refused("clés : un module RSA illisible", IdTokenRefused).jwks(Json(|set, _| set["keys"][0]["n"] = json!("é!"))),
        refused("clés : sans module", IdTokenRefused).jwks(Json(|set, _| remove(&mut set["keys"][0], "n"))),
        accepted("clés : un type inconnu à côté de la bonne")
            .jwks(Json(|set, _| set["keys"].as_array_mut().unwrap().insert(0, json!({"kty": "futur", "kid": "demain"})))),
        accepted("clés : la bonne parmi mille").jwks(Json(|set, _| {
            let keys = set["keys"].as_array_mut().unwrap();
            for number in 0..1000 {
                keys.insert(
                    0,
                    json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": format!("autre-{number}"), "n": "AQAB", "e": "AQAB"}),
                );
            }
        })),
        accepted("clés : sans `use` ni `alg`").jwks(Json(|set, _| {
            remove(&mut set["keys"][0], "use");
            remove(&mut set["keys"][0], "alg");
        })),
    ]
}
