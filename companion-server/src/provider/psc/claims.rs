//! Wire names of userinfo, and nowhere else. The shape changed over the years and any block can be missing: what is absent, empty or
//! of another type is "not known", unknown codes stand as they are, and only `sub` and `SubjectNameID` can make it refused.

use std::collections::{HashMap, HashSet};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;
use vestibule_model::nomenclature;
use vestibule_model::practitioner::{Coded, NationalId, PracticeSituation, Practitioner, ProfessionalPractice, SituationId, Structure};
use vestibule_model::session::SignInMeans;
use vestibule_model::wire::{LONGEST_TEXT, is_unseen, printable};

use crate::config::UserinfoSub;
use crate::provider::oidc::{self, JsonRefused};
use crate::provider::{ProviderError, Step};

/// Longest code kept, in characters; the longest published one has 9.
const MAX_CODE: usize = 32;

/// Reads userinfo about the subject of the ID token.
///
/// # Errors
/// [`ProviderError::UserinfoRefused`] when `sub` is missing or another's, or when a key is named twice;
/// [`ProviderError::NationalIdRefused`] when `SubjectNameID` is missing or unusable (EXI 18).
pub fn practitioner(userinfo: &[u8], subject: &str, rule: UserinfoSub) -> Result<Practitioner, ProviderError> {
    let claims = oidc::parse(userinfo).map_err(|refused| match refused {
        JsonRefused::DuplicateKey => ProviderError::UserinfoRefused("it names a key twice"),
        JsonRefused::Malformed => ProviderError::Unreadable { step: Step::Userinfo, reason: "it is not JSON" },
    })?;
    if !claims.is_object() {
        return Err(ProviderError::UserinfoRefused("it is not an object"));
    }
    check_subject(&claims, subject, rule)?;
    let national_id = match claims.get("SubjectNameID") {
        None | Some(Value::Null) => return Err(ProviderError::NationalIdRefused("it is missing")),
        Some(Value::String(id)) => NationalId::parse(id)?,
        Some(_) => return Err(ProviderError::NationalIdRefused("it is not a string")),
    };

    let exercised = claims.get("SubjectRefPro").and_then(|extract| extract.get("exercices")).and_then(Value::as_array);
    let exercised: &[Value] = exercised.map_or(&[], Vec::as_slice);
    let in_practice = |name: &str| exercised.iter().map(|practice| text(practice, name)).find(|text| !text.is_empty()).unwrap_or_default();
    let or_in_practice = |root: String, name: &str| if root.is_empty() { in_practice(name) } else { root };
    let mut practices: Vec<(ProfessionalPractice, Vec<Named>)> =
        exercised.iter().filter(|practice| practice.is_object()).map(practice).collect();
    name_apart(&mut practices);
    Ok(Practitioner {
        national_id,
        title: exercised.iter().find_map(title),
        given_name: or_in_practice(text(&claims, "given_name"), "prenomDexercice"),
        family_name: or_in_practice(text(&claims, "family_name"), "nomDexercice"),
        practices: practices.into_iter().map(|(practice, _)| practice).collect(),
    })
}

/// Reads `authMode`, in whichever token Pro Santé Connect put it. Another value than the two known ones is "not known".
pub fn means(claims: &Value) -> Option<SignInMeans> {
    match claims.get("authMode")?.as_str()? {
        "CARD" => Some(SignInMeans::Card),
        "MOBILE" => Some(SignInMeans::ECps),
        _ => None,
    }
}

fn check_subject(claims: &Value, subject: &str, rule: UserinfoSub) -> Result<(), ProviderError> {
    match (claims.get("sub"), rule) {
        (Some(Value::String(sub)), _) if sub == subject => Ok(()),
        (Some(Value::String(_)), _) => Err(ProviderError::UserinfoRefused("sub is not the ID token's")),
        (None, UserinfoSub::Optional) => Ok(()),
        (None, UserinfoSub::Required) => Err(ProviderError::UserinfoRefused("sub is missing")),
        (Some(_), _) => Err(ProviderError::UserinfoRefused("sub is not a string")),
    }
}

fn title(practice: &Value) -> Option<String> {
    match practice.get("codeCiviliteDexercice")?.as_str()? {
        "DR" => Some("Dr".into()),
        "PR" => Some("Pr".into()),
        _ => None,
    }
}

/// What a situation is named by beside its codes and its place, where those do not tell it from another.
struct Named {
    /// Every member of practice and activity, whatever the order in which they came.
    whole: String,
}

fn practice(practice: &Value) -> (ProfessionalPractice, Vec<Named>) {
    let capacity = Capacity {
        profession: code(practice, "codeProfession"),
        category: code(practice, "codeCategorieProfessionnelle"),
        speciality: code(practice, "codeSavoirFaire"),
    };
    let activities = practice.get("activities").and_then(Value::as_array);
    let activities: &[Value] = activities.map_or(&[], Vec::as_slice);
    let mut own = practice.clone();
    if let Some(own) = own.as_object_mut() {
        own.remove("activities");
    }
    let mut situations: Vec<PracticeSituation> = Vec::new();
    let mut named: Vec<Named> = Vec::new();
    let mut seen = HashSet::new();
    for activity in activities.iter().filter(|activity| activity.is_object()) {
        // The register repeats itself at times, word for word; nobody could tell two such situations apart.
        if seen.insert(activity.to_string()) {
            situations.push(situation(&capacity, activity));
            named.push(Named { whole: format!("{own}{activity}") });
        }
    }
    if situations.is_empty() {
        situations.push(situation(&capacity, &Value::Null));
        named.push(Named { whole: own.to_string() });
    }
    let practice = ProfessionalPractice {
        profession: if capacity.profession.is_empty() {
            Coded { code: String::new(), label: "Profession non renseignée".into() }
        } else {
            nomenclature::profession(&capacity.profession)
        },
        category: coded(&capacity.category, nomenclature::category),
        speciality: coded(&capacity.speciality, nomenclature::speciality),
        situations,
    };
    (practice, named)
}

/// Situations that share codes and place, as several do in one hospital, are named by everything the register says of each; and by their
/// turn where it says the same of two practices. All others keep the name they have on workstations and in the database.
fn name_apart(practices: &mut [(ProfessionalPractice, Vec<Named>)]) {
    let mut sharing: HashMap<SituationId, usize> = HashMap::new();
    for (practice, _) in practices.iter() {
        for situation in &practice.situations {
            *sharing.entry(situation.id.clone()).or_default() += 1;
        }
    }
    let mut taken: HashSet<SituationId> = HashSet::new();
    for (practice, named) in practices {
        for (situation, Named { whole }) in practice.situations.iter_mut().zip(named) {
            let short = situation.id.clone();
            let mut turn = 0_u32;
            if sharing.get(&short).is_some_and(|count| *count > 1) {
                situation.id = situation_id([short.0.as_str(), whole].into_iter());
            }
            while !taken.insert(situation.id.clone()) {
                turn += 1;
                situation.id = situation_id([short.0.as_str(), whole, &turn.to_string()].into_iter());
            }
        }
    }
}

struct Capacity {
    profession: String,
    category: String,
    speciality: String,
}

fn situation(capacity: &Capacity, activity: &Value) -> PracticeSituation {
    let mode = code(activity, "codeModeExercice");
    let sector = code(activity, "codeSecteurDactivite");
    let role = code(activity, "codeRole");
    let pharmacist_section = code(activity, "codeSectionPharmacien");
    let activity_kind = code(activity, "codeGenreActivite");
    let structure = structure(activity);

    let empty = Structure {
        technical_id: String::new(),
        name: String::new(),
        finess: String::new(),
        siret: String::new(),
        locality: String::new(),
    };
    let place = structure.as_ref().unwrap_or(&empty);
    // A structure is known by its id; its name may be corrected without making it another place.
    let place: Vec<&str> = if place.technical_id.is_empty() {
        vec![&place.finess, &place.siret, &place.name, &place.locality]
    } else {
        vec![&place.technical_id]
    };
    let codes =
        [&capacity.profession, &capacity.category, &capacity.speciality, &mode, &sector, &role, &pharmacist_section, &activity_kind];
    let id = situation_id(codes.into_iter().map(String::as_str).chain(place));

    PracticeSituation {
        id,
        mode: coded(&mode, nomenclature::mode),
        sector: coded(&sector, nomenclature::sector),
        role: coded(&role, nomenclature::role),
        pharmacist_section: coded(&pharmacist_section, nomenclature::pharmacist_section),
        activity_kind: coded(&activity_kind, nomenclature::activity_kind),
        structure,
    }
}

/// Sixteen characters that depend on every part: 96 bits, far more than one person's situations need.
fn situation_id<'a>(parts: impl Iterator<Item = &'a str>) -> SituationId {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    let hash = context.finish();
    SituationId(URL_SAFE_NO_PAD.encode(hash.as_ref().get(..12).unwrap_or_default()))
}

fn structure(activity: &Value) -> Option<Structure> {
    let either =
        |first: &str, second: &str| Some(text(activity, first)).filter(|text| !text.is_empty()).unwrap_or_else(|| text(activity, second));
    let structure = Structure {
        technical_id: text(activity, "identifiantTechniqueDeLaStructure"),
        name: either("enseigneCommercialeSite", "raisonSocialeSite"),
        finess: text(activity, "numeroFinessSite"),
        siret: text(activity, "numeroSiretSite"),
        locality: either("bureauCedex", "codePostal"),
    };
    let is_known = [&structure.technical_id, &structure.name, &structure.finess, &structure.siret, &structure.locality]
        .iter()
        .any(|text| !text.is_empty());
    is_known.then_some(structure)
}

fn coded(code: &str, label: fn(&str) -> Coded) -> Option<Coded> {
    (!code.is_empty()).then(|| label(code))
}

fn code(object: &Value, name: &str) -> String {
    text(object, name).chars().take(MAX_CODE).collect()
}

/// A text for people: NFC, without what is not seen, at most 200 characters; empty when not known.
fn text(object: &Value, name: &str) -> String {
    let raw = match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return String::new(),
    };
    // Cut before normalising too: composing never makes a text longer than a few times its length, and megabytes are not names.
    let shown: String = raw.chars().take(4 * LONGEST_TEXT).filter(|character| !is_unseen(*character)).nfc().collect();
    printable(&shown, LONGEST_TEXT)
}

#[cfg(test)]
mod tests;
