//! Userinfo: who it is about, the national id, and everything that may be missing.

use serde_json::json;
use vestibule_model::ErrorCode::{
    NationalIdRefused, PscAnswerUnreadable, PscRequestRefused, PscUnavailable, PscUnreachable, UserinfoRefused,
};

use vestibule_lying_provider::Reply::{Drip, Raw, Silence, Text};

use crate::case::{Case, Stage, accepted, refused, remove};

const JSON: &str = "application/json";

pub fn cases() -> Vec<Case> {
    broken().into_iter().chain(subjects()).chain(national_ids()).chain(shapes()).map(|case| case.stage(Stage::Userinfo)).collect()
}

fn broken() -> Vec<Case> {
    vec![
        refused("userinfo : 401", PscRequestRefused).userinfo(Text(401, JSON, |_, _| r#"{"error":"invalid_token"}"#.into())),
        refused("userinfo : 403", PscRequestRefused).userinfo(Text(403, JSON, |_, _| "{}".into())),
        refused("userinfo : 204", PscRequestRefused).userinfo(Text(204, "", |_, _| String::new())),
        refused("userinfo : 500 avec une bonne réponse", PscUnavailable).userinfo(Text(500, JSON, |honest, _| honest.to_string())),
        refused("userinfo : 503", PscUnavailable).userinfo(Text(503, "text/html", |_, _| "<h1>Maintenance</h1>".into())),
        refused("userinfo : une redirection", PscAnswerUnreadable).userinfo(Text(302, JSON, |honest, _| honest.to_string())),
        refused("userinfo : une page HTML en 200", PscUnavailable).userinfo(Text(200, "text/html", |_, _| "<h1>Bonjour</h1>".into())),
        refused("userinfo : un JWT", PscAnswerUnreadable)
            .module("-userinfo-signed")
            .userinfo(Text(200, "application/jwt", |_, _| "e30.e30.AA".into())),
        refused("userinfo : un JWT annoncé comme du JSON", PscAnswerUnreadable).userinfo(Text(200, JSON, |_, _| "e30.e30.AA".into())),
        refused("userinfo : vide", PscAnswerUnreadable).userinfo(Text(200, JSON, |_, _| String::new())),
        refused("userinfo : coupé", PscAnswerUnreadable).userinfo(Text(200, JSON, |honest, _| honest.to_string()[..60].to_owned())),
        refused("userinfo : moins d’octets qu’annoncé", PscUnreachable)
            .userinfo(Raw(|honest| format!("HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n{honest}").into_bytes())),
        refused("userinfo : plus de 1 Mo", PscAnswerUnreadable)
            .userinfo(Text(200, JSON, |honest, _| format!("{honest}{}", " ".repeat(1024 * 1024)))),
        refused("userinfo : cent mille crochets", PscAnswerUnreadable).userinfo(Text(200, JSON, |_, _| "[".repeat(100_000))),
        refused("userinfo : un octet qui n’est pas de l’UTF-8", PscAnswerUnreadable).userinfo(Raw(|_| {
            let mut answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n".to_vec();
            answer.extend(b"{\"sub\":\"\xff\"}");
            answer
        })),
        refused("userinfo : une liste", UserinfoRefused).userinfo(Text(200, JSON, |honest, _| format!("[{honest}]"))),
        refused("userinfo : `null`", UserinfoRefused).userinfo(Text(200, JSON, |_, _| "null".into())),
        refused("userinfo : aucune réponse", PscUnreachable).userinfo(Silence),
        refused("userinfo : un corps qui n’en finit pas", PscUnreachable).userinfo(Drip),
        refused("userinfo : la connexion se ferme", PscUnreachable).userinfo(Raw(|_| Vec::new())),
    ]
}

fn subjects() -> Vec<Case> {
    vec![
        refused("userinfo : le `sub` d’un autre", UserinfoRefused)
            .module("-userinfo-invalid-sub")
            .person(|person, _| person["sub"] = json!("f:autre:899700999024")),
        refused("userinfo : le `sub` suivi d’une espace", UserinfoRefused)
            .person(|person, _| person["sub"] = json!(format!("{} ", vestibule_lying_provider::SUBJECT))),
        refused("userinfo : le `sub` en majuscules", UserinfoRefused)
            .person(|person, _| person["sub"] = json!(vestibule_lying_provider::SUBJECT.to_uppercase())),
        refused("userinfo : sans `sub`", UserinfoRefused).person(|person, _| remove(person, "sub")),
        refused("userinfo : `sub` nul", UserinfoRefused).person(|person, _| person["sub"] = json!(null)),
        refused("userinfo : `sub` est une liste", UserinfoRefused)
            .person(|person, _| person["sub"] = json!([vestibule_lying_provider::SUBJECT])),
        refused("userinfo : `sub` nommé deux fois", UserinfoRefused)
            .userinfo(Text(200, JSON, |honest, _| format!("{{\"sub\":\"f:autre\",{}", &honest.to_string()[1..]))),
        accepted("userinfo : sans `sub`, là où l’administrateur le tolère")
            .psc("userinfo_sub = \"optional\"")
            .person(|person, _| remove(person, "sub")),
        refused("userinfo : le `sub` d’un autre, même là où son absence est tolérée", UserinfoRefused)
            .psc("userinfo_sub = \"optional\"")
            .person(|person, _| person["sub"] = json!("f:autre:899700999024")),
    ]
}

fn national_ids() -> Vec<Case> {
    vec![
        refused("identifiant national : absent", NationalIdRefused).person(|person, _| remove(person, "SubjectNameID")),
        refused("identifiant national : vide", NationalIdRefused).person(|person, _| person["SubjectNameID"] = json!("")),
        refused("identifiant national : nul", NationalIdRefused).person(|person, _| person["SubjectNameID"] = json!(null)),
        refused("identifiant national : un nombre", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!(899_700_999_016_u64)),
        refused("identifiant national : une liste", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!(["899700999016"])),
        refused("identifiant national : suivi d’une espace", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!("899700999016 ")),
        refused("identifiant national : précédé d’une espace insécable", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!("\u{a0}899700999016")),
        refused("identifiant national : un retour à la ligne", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!("8997009\n99016")),
        refused("identifiant national : un octet nul", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!("899700999016\u{0}")),
        refused("identifiant national : trois cents caractères", NationalIdRefused)
            .person(|person, _| person["SubjectNameID"] = json!("8".repeat(300))),
        refused("identifiant national : nommé deux fois", UserinfoRefused)
            .userinfo(Text(200, JSON, |honest, _| format!("{{\"SubjectNameID\":\"899700999024\",{}", &honest.to_string()[1..]))),
        accepted("identifiant national : du bac à sable, ANS et quatorze chiffres")
            .person(|person, _| person["SubjectNameID"] = json!("ANS20990101120000")),
        accepted("identifiant national : d’une structure, avec une barre oblique")
            .person(|person, _| person["SubjectNameID"] = json!("500000000000000/XXXX00001")),
        accepted("identifiant national : un UUID")
            .person(|person, _| person["SubjectNameID"] = json!("00000000-0000-4000-8000-000000000001")),
        accepted("identifiant national : une clé de contrôle fausse").person(|person, _| person["SubjectNameID"] = json!("899700999017")),
    ]
}

fn shapes() -> Vec<Case> {
    vec![
        accepted("userinfo : rien que les identifiants").person(|person, _| {
            *person = json!({"sub": person["sub"], "SubjectNameID": person["SubjectNameID"]});
        }),
        accepted("userinfo : `codeCivilite` à la racine").person(|person, _| {
            remove(&mut person["SubjectRefPro"], "codeCivilite");
            person["codeCivilite"] = json!("MME");
        }),
        accepted("userinfo : des blocs d’un autre type").person(|person, _| {
            person["SubjectRefPro"] = json!("aucun");
            person["given_name"] = json!(["Camille"]);
            person["otherIds"] = json!({});
        }),
        accepted("userinfo : des exercices qui n’en sont pas")
            .person(|person, _| person["SubjectRefPro"]["exercices"] = json!([null, 1, "x", [], {"activities": {}}])),
        accepted("userinfo : des claims que personne ne lit, sous d’autres formes").person(|person, _| {
            person["email_verified"] = json!("true");
            person["address"] = json!("x");
            person["updated_at"] = json!("2024-01-01");
            person["phone_number"] = json!(33);
            person["preferred_username"] = json!(null);
        }),
        accepted("userinfo : des codes inconnus").person(|person, _| {
            person["SubjectRefPro"]["exercices"][0]["codeProfession"] = json!("9999");
            person["SubjectRefPro"]["exercices"][0]["codeSavoirFaire"] = json!("ZZ99");
        }),
        accepted("userinfo : un nom hostile").person(|person, _| {
            person["family_name"] = json!("<script>alert(1)</script>\u{202e}\u{0}");
            person["given_name"] = json!("C".repeat(100_000));
        }),
        accepted("userinfo : mille activités").person(|person, _| {
            let activity = person["SubjectRefPro"]["exercices"][0]["activities"][0].clone();
            person["SubjectRefPro"]["exercices"][0]["activities"] = vec![activity; 1000].into();
        }),
    ]
}
