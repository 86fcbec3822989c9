//! How people and their situations are read and named.

use super::*;

#[test]
fn exi_18_an_opaque_identifier_of_any_form_is_accepted_unchanged() {
    for form in
        ["899700999016", "0759900012", "ANS20990101120000", "599999999999999/XXXX00001", "7d1a6a52-0000-4000-8000-000000000001", "É"]
    {
        assert_eq!(NationalId::parse(form).expect("accepted").expose(), form);
    }
}

#[test]
fn exi_18_look_alikes_never_merge() {
    let plain = NationalId::parse("899700999016").expect("accepted");
    let wide = NationalId::parse("８99700999016").expect("accepted");
    assert_ne!(plain, wide);
}

#[test]
fn exi_18_an_unusable_identifier_is_refused_with_its_reason() {
    assert_eq!(NationalId::parse(""), Err(NationalIdRejected::Empty));
    assert_eq!(NationalId::parse(&"9".repeat(257)), Err(NationalIdRejected::TooLong));
    assert_eq!(NationalId::parse("8997\u{0}"), Err(NationalIdRejected::ControlCharacter));
    assert_eq!(NationalId::parse(" 8997"), Err(NationalIdRejected::OuterWhiteSpace));
    assert_eq!(NationalId::parse("8997\u{a0}"), Err(NationalIdRejected::OuterWhiteSpace));
}

#[test]
fn the_identifier_never_shows_in_debug_output() {
    let id = NationalId::parse("899700999016").expect("accepted");
    assert!(!format!("{id:?}").contains("8997"));
}

#[test]
fn a_speciality_follows_its_profession_in_lower_case_unless_it_is_an_acronym() {
    let practice = |label: &str| ProfessionalPractice {
        profession: Coded { code: "10".into(), label: "Médecin".into() },
        category: None,
        speciality: Some(Coded { code: "X".into(), label: label.into() }),
        situations: Vec::new(),
    };
    assert_eq!(practice("Médecine générale").capacity(), "Médecin, médecine générale");
    assert_eq!(practice("ORL").capacity(), "Médecin, ORL");
}

#[test]
fn who_has_no_name_is_said_to_have_none_with_the_end_of_her_identifier() {
    let named = |given: &str, family: &str, id: &str| Practitioner {
        national_id: NationalId::parse(id).expect("accepted"),
        title: Some("Dr".into()),
        given_name: given.into(),
        family_name: family.into(),
        practices: Vec::new(),
    };
    assert_eq!(named("", "\u{a0}", "899700999016").display_name(Language::Fr), "Identité sans nom (identifiant terminé par\u{a0}9016)");
    assert_eq!(named("", "", "8997").display_name(Language::Fr), "Identité sans nom", "half of it would be too much");
    assert_eq!(named("", "", "ÉÉÉÉÉÉÉÉÉ").display_name(Language::Fr), "Identité sans nom (identifiant terminé par\u{a0}ÉÉÉÉ)");
    assert_eq!(named("", "SEUL", "899700999016").display_name(Language::Fr), "Dr\u{a0}SEUL");
    assert!(!named("", "SEUL", "899700999016").is_nameless());
}
