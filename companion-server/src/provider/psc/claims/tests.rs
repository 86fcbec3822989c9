//! Userinfo in the shapes that it has had, and in those that it must not have.

use serde_json::json;

use super::*;
use vestibule_model::ErrorCode;

const SUBJECT: &str = "f:00000000-aaaa-4bbb-8ccc-000000000001:899700999016";

fn read(userinfo: &Value) -> Practitioner {
    practitioner(userinfo.to_string().as_bytes(), SUBJECT, UserinfoSub::Required).expect("accepted")
}

/// The shape of 2023 and later.
fn recent() -> Value {
    let text = r#"{
        "SubjectNameID": "899700999016", "preferred_username": "899700999016",
        "given_name": "Camille", "family_name": "FICTIF-EXEMPLE", "codeCivilite": "MME", "codeGenreActivite": "GENR01",
        "Secteur_Activite": "SA07^1.2.250.1.71.4.2.4", "SubjectOrganization": "CABINET DE DEMONSTRATION A",
        "SubjectOrganizationID": "R00000000000001", "SubjectRole": ["10^1.2.250.1.213.1.1.5.5"], "Mode_Acces_Raison": "",
        "Acces_Regulation_Medicale": "FAUX", "UITVersion": "1.0",
        "otherIds": [{"identifiant": "899700999016", "origine": "RPPS", "qualite": 1}],
        "SubjectRefPro": {"exercices": [{
            "codeProfession": "10", "codeCategorieProfessionnelle": "C", "codeCiviliteDexercice": "DR",
            "nomDexercice": "FICTIF", "prenomDexercice": "Camille", "codeTypeSavoirFaire": "S", "codeSavoirFaire": "SM54",
            "activities": [
                {"codeModeExercice": "L", "codeSecteurDactivite": "SA07", "codeSectionPharmacien": "", "codeRole": "",
                 "codeGenreActivite": "GENR01", "numeroSiretSite": "", "numeroFinessSite": "",
                 "identifiantTechniqueDeLaStructure": "R00000000000001", "raisonSocialeSite": "CABINET DE DEMONSTRATION A",
                 "enseigneCommercialeSite": "", "bureauCedex": "", "codePostal": "75000", "codePays": "99000"},
                {"codeModeExercice": "S", "codeSecteurDactivite": "SA01", "codeRole": "FON-01", "codeGenreActivite": "GENR01",
                 "numeroFinessSite": "990000018", "identifiantTechniqueDeLaStructure": "F990000018",
                 "raisonSocialeSite": "HOPITAL DE DEMONSTRATION B", "codePostal": "69000"}
            ]
        }]}
    }"#;
    let mut userinfo: Value = serde_json::from_str(text).expect("JSON");
    userinfo["sub"] = json!(SUBJECT);
    userinfo
}

#[test]
fn exi_18_the_recent_shape_is_read_whole() {
    let practitioner = read(&recent());
    assert_eq!(practitioner.national_id.expose(), "899700999016");
    assert_eq!(practitioner.display_name(vestibule_model::language::Language::Fr), "Dr\u{a0}Camille FICTIF-EXEMPLE");
    let [practice] = practitioner.practices.as_slice() else { panic!("one practice") };
    assert_eq!((practice.profession.code.as_str(), practice.profession.label.as_str()), ("10", "Médecin"));
    assert_eq!(practice.category.as_ref().expect("known").code, "C");
    assert_eq!(practice.speciality.as_ref().expect("known").code, "SM54");
    let [office, hospital] = practice.situations.as_slice() else { panic!("two situations") };
    assert_eq!(office.mode.as_ref().expect("known").code, "L");
    assert_eq!(office.role, None, "an empty text is not known");
    assert_eq!(office.structure.as_ref().and_then(Structure::place).as_deref(), Some("CABINET DE DEMONSTRATION A, 75000"));
    assert_eq!(hospital.role.as_ref().expect("known").code, "FON-01");
    assert_eq!(hospital.structure.as_ref().expect("known").finess, "990000018");
    assert_ne!(office.id, hospital.id);
}

#[test]
fn the_shape_of_2021_is_read() {
    let mut userinfo = recent();
    let root = userinfo.as_object_mut().expect("object");
    root.remove("codeCivilite");
    root.remove("codeGenreActivite");
    root.insert("email_verified".into(), json!(false));
    userinfo["SubjectRefPro"]["codeCivilite"] = json!("MME");
    assert_eq!(read(&userinfo), read(&recent()));
}

#[test]
fn exi_18_a_sandbox_identity_is_an_account_like_any_other() {
    let mut userinfo = recent();
    userinfo["SubjectNameID"] = json!("ANS20990101120000");
    userinfo["otherIds"] = json!([{"identifiant": "ANS20990101120000", "origine": "EDIT", "qualite": 1}]);
    assert_eq!(read(&userinfo).national_id.expose(), "ANS20990101120000");
}

#[test]
fn a_person_absent_from_the_register_has_no_practice() {
    let minimal = json!({
        "sub": SUBJECT, "SubjectNameID": "500000000000000/XXXX00001", "preferred_username": "x", "codeCivilite": "M",
        "given_name": "Alix", "family_name": "EXEMPLE",
    });
    let practitioner = read(&minimal);
    assert!(practitioner.practices.is_empty());
    assert_eq!(practitioner.display_name(vestibule_model::language::Language::Fr), "Alix EXEMPLE");
}

#[test]
fn a_practice_without_activities_has_one_situation_without_a_place() {
    for activities in [Value::Null, json!([]), json!("aucune"), json!([null])] {
        let mut userinfo = recent();
        userinfo["SubjectRefPro"]["exercices"][0]["activities"] = activities;
        let practitioner = read(&userinfo);
        let situations: Vec<_> = practitioner.situations().collect();
        let [(practice, situation)] = situations.as_slice() else { panic!("one situation") };
        assert_eq!(practice.profession.code, "10");
        assert_eq!(situation.structure, None);
    }
    let mut userinfo = recent();
    userinfo["SubjectRefPro"]["exercices"][0].as_object_mut().expect("object").remove("activities");
    assert_eq!(read(&userinfo).situations().count(), 1);
}

#[test]
fn two_practices_are_kept_in_their_order() {
    let mut userinfo = recent();
    let practices = userinfo["SubjectRefPro"]["exercices"].as_array_mut().expect("array");
    practices
        .insert(0, json!({"codeProfession": "21", "codeCategorieProfessionnelle": "E", "codeCiviliteDexercice": "", "activities": []}));
    let practitioner = read(&userinfo);
    let codes: Vec<&str> = practitioner.practices.iter().map(|practice| practice.profession.code.as_str()).collect();
    assert_eq!(codes, ["21", "10"]);
    assert_eq!(practitioner.title.as_deref(), Some("Dr"), "the first known title");
    assert_eq!(practitioner.situations().count(), 3);
}

#[test]
fn unknown_codes_stand_as_they_are() {
    let mut userinfo = recent();
    let practice = &mut userinfo["SubjectRefPro"]["exercices"][0];
    practice["codeProfession"] = json!("ZZ99");
    practice["codeSavoirFaire"] = json!("XX-futur");
    practice["codeCiviliteDexercice"] = json!("M");
    practice["activities"][0]["codeSecteurDactivite"] = json!("SA999");
    let practitioner = read(&userinfo);
    let practice = practitioner.practices.first().expect("one");
    assert_eq!(practice.profession, Coded { code: "ZZ99".into(), label: "ZZ99".into() });
    assert_eq!(practice.speciality, Some(Coded { code: "XX-futur".into(), label: "XX-futur".into() }));
    assert_eq!(practice.situations.first().expect("one").sector.as_ref().expect("kept").code, "SA999");
    assert_eq!(practitioner.title, None);
}

#[test]
fn hostile_names_are_shown_without_their_tricks_and_cut() {
    let shown = |name: &str| {
        let mut userinfo = recent();
        userinfo["family_name"] = json!(name);
        read(&userinfo).family_name
    };
    assert_eq!(shown("  D’ÉXÉMPLE-O'NEILL  "), "D’ÉXÉMPLE-O'NEILL");
    assert_eq!(shown("E\u{301}COLE"), "ÉCOLE", "composed");
    assert_eq!(shown("AB\u{202e}CD\u{2066}E\u{2069}\u{200f}\u{61c}\u{feff}"), "ABCDE", "no bidirectional control");
    assert_eq!(shown("A\u{0}B\nC\u{2028}D\u{9b}E"), "ABCDE", "no control character");
    assert_eq!(shown("A\u{200b}B\u{200d}C\u{2060}D\u{ad}E\u{e0041}"), "ABCDE", "nothing of no width");
    assert_eq!(shown("<script>alert(1)</script>"), "<script>alert(1)</script>", "kept: escaping is the page's business");
    assert_eq!(shown(&"É".repeat(10_000)).chars().count(), 200);
    assert_eq!(shown("\u{202e} "), "FICTIF", "a name with nothing to show falls back on the practice's");
    assert_eq!(shown(&format!("{}B", " ".repeat(5000))), "FICTIF", "cut before being read");
}

#[test]
fn exi_18_the_pivot_is_neither_trimmed_nor_normalised() {
    let mut userinfo = recent();
    userinfo["SubjectNameID"] = json!("E\u{301}1");
    assert_eq!(read(&userinfo).national_id.expose(), "E\u{301}1");
    for (id, why) in [
        (json!(" 8997"), "white space"),
        (json!(""), "empty"),
        (json!("8\u{0}"), "control"),
        (json!("9".repeat(257)), "256 bytes"),
        (json!(8997), "string"),
        (json!(["8997"]), "string"),
        (Value::Null, "missing"),
    ] {
        userinfo["SubjectNameID"] = id;
        let error = practitioner(userinfo.to_string().as_bytes(), SUBJECT, UserinfoSub::Required).expect_err(why);
        assert_eq!(error.code(), ErrorCode::NationalIdRefused);
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[test]
fn a_key_named_twice_is_refused_even_where_nobody_reads_it() {
    let text = recent().to_string();
    for doubled in [r#""SubjectNameID":"899700999024","#, r#""inconnu":{"a":1,"a":2},"#] {
        let hostile = format!("{{{doubled}{}", &text[1..]);
        let error = practitioner(hostile.as_bytes(), SUBJECT, UserinfoSub::Required).expect_err("twice");
        assert_eq!(error.code(), ErrorCode::UserinfoRefused, "{doubled}");
    }
}

#[test]
fn blocks_of_an_unexpected_type_are_not_known_rather_than_fatal() {
    for extract in [json!(null), json!("x"), json!([]), json!({"exercices": {}}), json!({"exercices": [null, 3, "x"]})] {
        let mut userinfo = recent();
        userinfo["SubjectRefPro"] = extract;
        assert!(read(&userinfo).practices.is_empty());
    }
    let mut userinfo = recent();
    userinfo["SubjectRefPro"]["exercices"][0]["activities"][0]["codePostal"] = json!(75000);
    userinfo["SubjectRefPro"]["exercices"][0]["activities"][0]["raisonSocialeSite"] = json!({"a": 1});
    userinfo["given_name"] = Value::Null;
    let practitioner = read(&userinfo);
    assert_eq!(practitioner.given_name, "Camille", "the practice's");
    let (_, situation) = practitioner.situations().next().expect("one");
    assert_eq!(situation.structure.as_ref().expect("known").locality, "75000");
}

#[test]
fn a_situation_keeps_its_id_when_labels_change_and_changes_it_with_codes_or_place() {
    let id_after = |change: fn(&mut Value)| {
        let mut userinfo = recent();
        change(&mut userinfo["SubjectRefPro"]["exercices"][0]);
        let practitioner = read(&userinfo);
        let (_, situation) = practitioner.situations().next().expect("one");
        situation.id.clone()
    };
    let id = id_after(|_| {});
    assert_eq!(id, SituationId("9QtZYEHl_l3EetO7".into()), "stored on workstations and in the database: it must not drift");
    assert_eq!(id, id_after(|practice| practice["activities"][0]["raisonSocialeSite"] = json!("CABINET RENOMME")));
    assert_eq!(id, id_after(|practice| practice["activities"][0]["telephone"] = json!("0100000000")));
    assert_ne!(id, id_after(|practice| practice["activities"][0]["identifiantTechniqueDeLaStructure"] = json!("R00000000000002")));
    assert_ne!(id, id_after(|practice| practice["activities"][0]["codeModeExercice"] = json!("S")));
    assert_ne!(id, id_after(|practice| practice["codeSavoirFaire"] = json!("SM26")));
    assert_ne!(id, id_after(|practice| practice["activities"][0]["codeRole"] = json!("FON-01")));
}

#[test]
fn situations_that_share_one_structure_are_all_offered_under_names_of_their_own_whatever_their_order() {
    let mut userinfo = recent();
    let one = userinfo["SubjectRefPro"]["exercices"][0]["activities"][0].clone();
    let activities: Vec<Value> = (0..40)
        .map(|number| {
            let mut activity = one.clone();
            activity["identifiantTechniqueDeLaStructure"] = json!(format!("R{:014}", number % 7));
            activity["raisonSocialeSite"] = json!(format!("SERVICE {number}"));
            activity
        })
        .collect();
    userinfo["SubjectRefPro"]["exercices"][0]["activities"] = json!(activities);
    let ids = |userinfo: &Value| {
        let practitioner = read(userinfo);
        let place = |situation: &PracticeSituation| situation.structure.as_ref().expect("a place").name.clone();
        practitioner.situations().map(|(_, situation)| (place(situation), situation.id.0.clone())).collect::<HashMap<_, _>>()
    };
    let first = ids(&userinfo);
    assert_eq!(first.len(), 40, "none is lost");
    assert_eq!(first.values().collect::<HashSet<_>>().len(), 40, "each has a name of its own");
    userinfo["SubjectRefPro"]["exercices"][0]["activities"].as_array_mut().expect("a list").reverse();
    assert_eq!(ids(&userinfo), first, "the order says nothing");
    // The same profession exercised twice, once under another name.
    let mut twice = recent();
    let mut again = twice["SubjectRefPro"]["exercices"][0].clone();
    twice["SubjectRefPro"]["exercices"].as_array_mut().expect("a list").push(again.clone());
    again["nomDexercice"] = json!("AUTRE");
    twice["SubjectRefPro"]["exercices"].as_array_mut().expect("a list").push(again);
    let practitioner = read(&twice);
    assert_eq!(practitioner.situations().map(|(_, situation)| &situation.id).collect::<HashSet<_>>().len(), 6);
}

#[test]
fn equal_situations_are_offered_once() {
    let mut userinfo = recent();
    let activities = userinfo["SubjectRefPro"]["exercices"][0]["activities"].as_array_mut().expect("array");
    let repeated = activities.first().expect("one").clone();
    activities.push(repeated);
    assert_eq!(read(&userinfo).situations().count(), 2);
}

#[test]
fn the_means_are_known_only_when_told() {
    assert_eq!(means(&json!({"authMode": "CARD"})), Some(SignInMeans::Card));
    assert_eq!(means(&json!({"authMode": "MOBILE"})), Some(SignInMeans::ECps));
    for unknown in [json!({"authMode": "DELEGATION"}), json!({"authMode": 1}), json!({}), Value::Null] {
        assert_eq!(means(&unknown), None);
    }
}
