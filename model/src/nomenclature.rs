//! French labels of the national codes (ANS "NOS" nomenclatures).
//!
//! The tables come from `model/nos/`, where each file names its source; `build.rs` merges and tidies them: typographic apostrophes,
//! accents on capitals, no type of skill in brackets behind a speciality, "Libéral" alone for the mode. A code that no table knows is its own
//! label: the register grows faster than this list, and nobody is refused for that.

use crate::practitioner::Coded;

include!(concat!(env!("OUT_DIR"), "/nomenclature.rs"));

/// `codeProfession`: G15, then R94, R95 and R96.
pub fn profession(code: &str) -> Coded {
    coded(PROFESSION, code)
}

/// `codeSavoirFaire`: J107, then R01.
pub fn speciality(code: &str) -> Coded {
    coded(SPECIALITY, code)
}

/// `codeCategorieProfessionnelle`: R09.
pub fn category(code: &str) -> Coded {
    coded(CATEGORY, code)
}

/// `codeModeExercice`: R23.
pub fn mode(code: &str) -> Coded {
    coded(MODE, code)
}

/// `codeSecteurDactivite`: J02 of 2024, then R02.
pub fn sector(code: &str) -> Coded {
    coded(SECTOR, code)
}

/// `codeRole`: R21.
pub fn role(code: &str) -> Coded {
    coded(ROLE, code)
}

/// `codeGenreActivite`: R22 of 2022, then of 2020.
pub fn activity_kind(code: &str) -> Coded {
    coded(ACTIVITY_KIND, code)
}

/// `codeSectionPharmacien`: R06, then G05.
pub fn pharmacist_section(code: &str) -> Coded {
    coded(PHARMACIST_SECTION, code)
}

/// `codeCiviliteDexercice`: R11, with `Dr` and `Pr` as they stand before a name. Some identities carry a `codeCivilite` there: it is understood too.
pub fn title(code: &str) -> Coded {
    let label = match code {
        "DR" => "Dr",
        "PR" => "Pr",
        "M" => "M.",
        "MME" | "MLLE" => "Mme",
        _ => return coded(PRACTICE_CIVILITY, code),
    };
    Coded { code: code.to_owned(), label: label.to_owned() }
}

/// `codeCivilite`: R81.
pub fn civility(code: &str) -> Coded {
    coded(CIVILITY, code)
}

fn coded(table: &[(&str, &str)], code: &str) -> Coded {
    let label = table.binary_search_by_key(&code, |(known, _)| known).map_or(code, |index| table[index].1);
    Coded { code: code.to_owned(), label: label.to_owned() }
}

#[cfg(test)]
mod tests;
