//! The ID token's envelope: algorithm, signature, header, encoding.

use serde_json::json;
use vestibule_model::ErrorCode::IdTokenRefused;

use vestibule_lying_provider::keys;

use crate::case::{Case, Stage, accepted, refused, remove};

pub fn cases() -> Vec<Case> {
    algorithms().into_iter().chain(headers()).chain(encodings()).map(|case| case.stage(Stage::IdToken)).collect()
}

fn lie(name: &'static str) -> Case {
    refused(name, IdTokenRefused)
}

fn algorithms() -> Vec<Case> {
    vec![
        accepted("signature : RS256").module("-idtoken-sig-rs256"),
        lie("signature : aucune, `alg` vaut none")
            .module("-idtoken-sig-none")
            .header(|header, _| header["alg"] = json!("none"))
            .sign(|_| Vec::new()),
        lie("signature : `alg` vaut None").header(|header, _| header["alg"] = json!("None")).sign(|_| Vec::new()),
        lie("signature : `alg` vaut none, avec une signature").header(|header, _| header["alg"] = json!("none")),
        lie("signature : fausse").module("-invalid-sig-rs256").sign(|_| vec![7; 256]),
        lie("signature : un seul bit changé").sign(|signed| {
            let mut signature = keys::rs256(signed);
            signature[255] ^= 1;
            signature
        }),
        lie("signature : vide").sign(|_| Vec::new()),
        lie("signature : coupée").sign(|signed| keys::rs256(signed)[..255].to_vec()),
        lie("signature : que des zéros").sign(|_| vec![0; 256]),
        lie("signature : d’une autre clé sous le nom de la bonne").sign(keys::rs256_by_the_other),
        lie("signature : HS256 avec le secret du client")
            .module("-invalid-sig-hs256")
            .header(|header, _| header["alg"] = json!("HS256"))
            .sign(keys::hs256_with_the_client_secret),
        lie("signature : HS256 avec la clé publique")
            .header(|header, _| header["alg"] = json!("HS256"))
            .sign(keys::hs256_with_the_public_key),
        lie("signature : HS256 avec une clé vide").header(|header, _| header["alg"] = json!("HS256")).sign(keys::hs256_with_nothing),
        lie("signature : ES256").module("-invalid-sig-es256").header(|header, _| header["alg"] = json!("ES256")).sign(keys::es256),
        lie("signature : PS256, pourtant juste").header(|header, _| header["alg"] = json!("PS256")).sign(keys::ps256),
        lie("signature : RS512, pourtant juste").header(|header, _| header["alg"] = json!("RS512")).sign(keys::rs512),
        lie("signature : PS256 annoncée RS256").sign(keys::ps256),
        lie("signature : un algorithme inconnu").header(|header, _| header["alg"] = json!("RS255")),
        lie("signature : `alg` est une liste").header(|header, _| header["alg"] = json!(["RS256", "none"])),
        lie("signature : sans `alg`").header(|header, _| remove(header, "alg")),
    ]
}

fn headers() -> Vec<Case> {
    vec![
        lie("en-tête : une extension critique inconnue").header(|header, _| header["crit"] = json!(["b64"])),
        lie("en-tête : `b64` à faux et critique").header(|header, _| {
            header["crit"] = json!(["b64"]);
            header["b64"] = json!(false);
        }),
        lie("en-tête : sa propre clé dans `jwk`").header(|header, _| header["jwk"] = keys::jwk(1)).sign(keys::rs256_by_the_other),
        lie("en-tête : ses propres clés sous `jku`")
            .header(|header, facts| header["jku"] = json!(format!("{}/ailleurs", facts.origin)))
            .sign(keys::rs256_by_the_other),
        lie("en-tête : un jeton d’accès, `typ` at+jwt").header(|header, _| header["typ"] = json!("at+jwt")),
        lie("en-tête : un jeton de déconnexion, `typ` logout+jwt").header(|header, _| header["typ"] = json!("logout+jwt")),
        accepted("en-tête : sans `typ`").header(|header, _| remove(header, "typ")),
        accepted("en-tête : `typ` en minuscules").header(|header, _| header["typ"] = json!("jwt")),
    ]
}

fn encodings() -> Vec<Case> {
    vec![
        lie("encodage : deux parties").compact(|token| token.rsplit_once('.').unwrap().0.to_owned()),
        lie("encodage : quatre parties").compact(|token| format!("{token}.e30")),
        lie("encodage : cinq parties, comme chiffré").compact(|_| "e30.AA.AA.AA.AA".into()),
        lie("encodage : des espaces autour").compact(|token| format!(" {token}\n")),
        lie("encodage : base64 avec remplissage").compact(|token| format!("{token}==")),
        lie("encodage : la charge n’est pas du JSON").payload(|_| "bonjour".into()),
        lie("encodage : la charge est une liste").payload(|claims| format!("[{claims}]")),
        lie("encodage : la charge est `null`").payload(|_| "null".into()),
        lie("encodage : `sub` nommé deux fois").payload(|claims| format!("{{\"sub\":\"autre\",{}", &claims.to_string()[1..])),
        lie("encodage : un claim inconnu nommé deux fois").payload(|claims| format!("{{\"x\":1,\"x\":2,{}", &claims.to_string()[1..])),
        lie("encodage : `exp` dit 1e400").payload(|claims| claims.to_string().replace("\"exp\":1795000120", "\"exp\":1e400")),
        lie("encodage : du texte après l’objet").payload(|claims| format!("{claims} suite")),
        accepted("encodage : des blancs dans le JSON").payload(|claims| format!(" \n{claims}\t ")),
    ]
}
