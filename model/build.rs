//! Turns the national nomenclatures of `nos/` into sorted tables of code and label.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

/// How a kind of label is tidied for display.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tidy {
    /// Typography only.
    Plain,
    /// `Chirurgien-Dentiste` becomes `Chirurgien-dentiste`.
    LowerAfterHyphen,
    /// `Médecine générale (SM)` becomes `Médecine générale`: the type of the skill is a code of its own.
    DropSkillType,
    /// `Libéral, indépendant, artisan, commerçant` becomes `Libéral`.
    FirstWord,
}

/// One lookup: the constant's name, the files in order (the first that knows a code wins), the tidying.
const TABLES: &[(&str, &[&str], Tidy)] = &[
    (
        "PROFESSION",
        &["TRE_G15-ProfessionSante", "TRE_R94-ProfessionSocial", "TRE_R95-UsagerTitre", "TRE_R96-AutreFonctionSanitaire"],
        Tidy::LowerAfterHyphen,
    ),
    ("SPECIALITY", &["JDV_J107-EnsembleSavoirFaire-RASS", "TRE_R01-EnsembleSavoirFaire-CISIS"], Tidy::DropSkillType),
    ("CATEGORY", &["TRE_R09-CategorieProfessionnelle"], Tidy::Plain),
    ("MODE", &["TRE_R23-ModeExercice"], Tidy::FirstWord),
    ("SECTOR", &["JDV_J02-SecteurActivite-2024", "TRE_R02-SecteurActivite"], Tidy::Plain),
    ("ROLE", &["TRE_R21-Fonction"], Tidy::Plain),
    ("ACTIVITY_KIND", &["TRE_R22-GenreActivite-2022", "TRE_R22-GenreActivite"], Tidy::Plain),
    ("PHARMACIST_SECTION", &["TRE_R06-SectionTableauCNOP", "TRE_G05-SectionPharmacien"], Tidy::Plain),
    ("PRACTICE_CIVILITY", &["TRE_R11-CiviliteExercice"], Tidy::Plain),
    ("CIVILITY", &["TRE_R81-Civilite"], Tidy::Plain),
];

/// Skill types that end a label, between brackets.
const SKILL_TYPES: &[&str] = &["C", "CAPA", "CEX", "DEC", "DNQ", "FQ", "PAC", "SCD", "SCH", "SI", "SM"];

/// Beginnings that the sources write without their accent or ligature.
const RESPELLED: &[(&str, &str)] = &[
    ("Educat", "Éducat"),
    ("Epith", "Épith"),
    ("Etabl", "Établ"),
    ("Etat", "État"),
    ("Etud", "Étud"),
    ("Evalu", "Évalu"),
    ("Foetop", "Fœtop"),
    ("Equip", "Équip"),
];

#[derive(Deserialize)]
struct Nomenclature {
    concepts: Vec<Concept>,
}

#[derive(Deserialize)]
struct Concept {
    code: String,
    display: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=nos");
    let mut source = String::new();
    for (name, files, tidy) in TABLES {
        let mut labels = BTreeMap::new();
        for file in *files {
            let path = Path::new("nos").join(format!("{file}.json"));
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let nomenclature: Nomenclature = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
            for concept in nomenclature.concepts {
                labels.entry(concept.code).or_insert_with(|| tidied(&concept.display, *tidy));
            }
        }
        writeln!(source, "const {name}: &[(&str, &str)] = &[")?;
        for (code, label) in labels {
            writeln!(source, "    ({code:?}, {label:?}),")?;
        }
        writeln!(source, "];")?;
    }
    let out_dir = std::env::var("OUT_DIR")?;
    std::fs::write(Path::new(&out_dir).join("nomenclature.rs"), source)?;
    Ok(())
}

fn tidied(display: &str, tidy: Tidy) -> String {
    let mut label = display.trim().replace('\'', "’").replace("/ ", "/").replace(" /", "/");
    for (written, meant) in RESPELLED {
        label = label.replace(written, meant);
    }
    match tidy {
        Tidy::Plain => label,
        Tidy::FirstWord => label.split(',').next().unwrap_or(&label).to_owned(),
        Tidy::LowerAfterHyphen => lower_after_hyphen(&label),
        Tidy::DropSkillType => without_skill_type(&label).to_owned(),
    }
}

fn without_skill_type(label: &str) -> &str {
    label
        .strip_suffix(')')
        .and_then(|open| open.rsplit_once(" ("))
        .filter(|(_, skill_type)| SKILL_TYPES.contains(skill_type))
        .map_or(label, |(kept, _)| kept.trim_end())
}

fn lower_after_hyphen(label: &str) -> String {
    let mut after_hyphen = false;
    let mut lowered = String::with_capacity(label.len());
    for character in label.chars() {
        if after_hyphen {
            lowered.extend(character.to_lowercase());
        } else {
            lowered.push(character);
        }
        after_hyphen = character == '-';
    }
    lowered
}
