//! Labels of the national codes.

use super::*;

const TABLES: &[(&str, &[(&str, &str)])] = &[
    ("profession", PROFESSION),
    ("speciality", SPECIALITY),
    ("category", CATEGORY),
    ("mode", MODE),
    ("sector", SECTOR),
    ("role", ROLE),
    ("activity kind", ACTIVITY_KIND),
    ("pharmacist section", PHARMACIST_SECTION),
    ("practice civility", PRACTICE_CIVILITY),
    ("civility", CIVILITY),
];

#[test]
fn known_codes_have_their_french_label() {
    for (found, label) in [
        (profession("10"), "Médecin"),
        (profession("40"), "Chirurgien-dentiste"),
        (profession("60"), "Infirmier"),
        (profession("41"), "Assistant de service social"),
        (profession("93"), "Psychologue"),
        (profession("407"), "Tatoueur"),
        (speciality("SM54"), "Médecine générale"),
        (speciality("SM68"), "Chirurgie maxillo-faciale (réforme 2017)"),
        (speciality("SCH04"), "Biochimie"),
        (category("E"), "Étudiant"),
        (mode("L"), "Libéral"),
        (mode("S"), "Salarié"),
        (sector("SA07"), "Cabinet individuel"),
        (sector("SA33"), "Pharmacie d’officine"),
        (role("FON-01"), "Titulaire de cabinet"),
        (pharmacist_section("A"), "Pharmacien titulaire d’officine"),
        (pharmacist_section("DA"), "Pharmacien adjoint"),
        (title("DR"), "Dr"),
        (title("PR"), "Pr"),
        (title("MC"), "Médecin chef"),
        (title("MME"), "Mme"),
        (civility("MME"), "Madame"),
    ] {
        assert_eq!(found.label, label, "{}", found.code);
    }
}

#[test]
fn the_newer_list_wins_and_the_older_one_fills_the_gaps() {
    assert_eq!(sector("SA69").label, "Maisons de naissance");
    assert_ne!(sector("SA11").label, "SA11");
    assert_eq!(activity_kind("GENR01").label, "Activité de soin et de pharmacie");
    assert_eq!(activity_kind("GENR05").label, "Activité non médicale");
    assert_eq!(speciality("SM44").label, "Radio-diagnostic");
}

#[test]
fn an_unknown_code_is_its_own_label() {
    for lookup in [profession, speciality, category, mode, sector, role, activity_kind, pharmacist_section, title, civility] {
        assert_eq!(lookup("ZZ-999"), Coded { code: "ZZ-999".into(), label: "ZZ-999".into() });
    }
}

#[test]
fn every_table_is_sorted_full_and_in_french_typography() {
    for (name, table) in TABLES {
        assert!(table.len() >= 3, "{name}");
        assert!(table.is_sorted_by(|left, right| left.0 < right.0), "{name}");
        for (code, label) in *table {
            assert!(!label.is_empty() && label.trim() == *label, "{name} {code}");
            assert!(!label.contains('\''), "{name} {code}: {label}");
            assert!(
                !["Etabl", "Etud", "Educat", "Etat", "Equip", "Evalu"].iter().any(|word| label.contains(word)),
                "{name} {code}: {label}"
            );
        }
    }
}

#[test]
fn no_speciality_shows_the_type_of_its_skill() {
    for (code, label) in SPECIALITY {
        let bracket = label.strip_suffix(')').and_then(|open| open.rsplit_once('(')).map(|(_, inside)| inside);
        assert!(
            !bracket.is_some_and(|inside| inside.len() < 5 && inside.chars().all(|letter| letter.is_ascii_uppercase())),
            "{code}: {label}"
        );
    }
}
