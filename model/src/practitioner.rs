//! Who signs in, and in which capacities (requirements EXI 18 and 19).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::language::Language;
use crate::wire;

/// The pivot of every account: Pro Santé Connect's `SubjectNameID`, kept as exact bytes (EXI 18).
///
/// An opaque string: RPPS, ADELI, structure-based and sandbox identifiers all differ in form, so none is refused on form alone.
/// `Debug` is redacted: the identifier belongs to the companion's audit trail and nowhere else.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NationalId(String);

/// Why a `SubjectNameID` is not usable as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NationalIdRejected {
    /// No character at all.
    #[error("the national id is empty")]
    Empty,
    /// More than [`NationalId::MAX_BYTES`].
    #[error("the national id is longer than 256 bytes")]
    TooLong,
    /// A control character, which no register issues and which breaks traces.
    #[error("the national id holds a control character")]
    ControlCharacter,
    /// White space at either end, which would let two look-alikes coexist.
    #[error("the national id begins or ends with white space")]
    OuterWhiteSpace,
}

impl NationalId {
    /// Longest accepted identifier, in bytes.
    pub const MAX_BYTES: usize = 256;

    /// Takes the identifier exactly as Pro Santé Connect gave it; nothing is normalised.
    ///
    /// # Errors
    /// [`NationalIdRejected`] when it is empty, over 256 bytes, holds a control character or has outer white space.
    pub fn parse(text: &str) -> Result<Self, NationalIdRejected> {
        if text.is_empty() {
            return Err(NationalIdRejected::Empty);
        }
        if text.len() > Self::MAX_BYTES {
            return Err(NationalIdRejected::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(NationalIdRejected::ControlCharacter);
        }
        if text.trim() != text {
            return Err(NationalIdRejected::OuterWhiteSpace);
        }
        Ok(Self(text.to_owned()))
    }

    /// The last four signs, by which a person recognises her own; `None` when that would be half of it or more.
    pub fn last_signs(&self) -> Option<&str> {
        let from = self.0.char_indices().rev().nth(3)?.0;
        (self.0.chars().count() >= 9).then(|| &self.0[from..])
    }

    /// The identifier itself. For the account key, the audit trail and the app's own use; never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NationalId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NationalId(redacted)")
    }
}

impl TryFrom<String> for NationalId {
    type Error = NationalIdRejected;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<NationalId> for String {
    fn from(id: NationalId) -> Self {
        id.0
    }
}

/// A code of a national nomenclature with its French label; the raw code stands as label when it is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coded {
    /// As Pro Santé Connect sent it, for example `10` or `SM54`.
    #[serde(deserialize_with = "wire::text")]
    pub code: String,
    /// For people, for example `Médecin`.
    #[serde(deserialize_with = "wire::text")]
    pub label: String,
}

/// A person known by Pro Santé Connect, with every capacity in which she may work.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practitioner {
    /// The pivot (EXI 18).
    pub national_id: NationalId,
    /// Form of address before the name, for example `Dr`.
    #[serde(default, deserialize_with = "wire::optional_text")]
    pub title: Option<String>,
    /// Usual first name: NFC, without what is not seen, at most 200 characters; shown, never compared.
    #[serde(deserialize_with = "wire::text")]
    pub given_name: String,
    /// Usual last name, same rules.
    #[serde(deserialize_with = "wire::text")]
    pub family_name: String,
    /// Professions exercised; empty for a person absent from the professional register.
    pub practices: Vec<ProfessionalPractice>,
}

impl Practitioner {
    /// Whether Pro Santé Connect gave neither first nor last name.
    pub fn is_nameless(&self) -> bool {
        self.given_name.trim().is_empty() && self.family_name.trim().is_empty()
    }

    /// Title, first and last name as shown to people, for example `Dr Camille FICTIF-EXEMPLE`. Who has no name is said to have none.
    ///
    /// A no-break space joins title and name, as French typography asks.
    pub fn display_name(&self, language: Language) -> String {
        if self.is_nameless() {
            return match (self.national_id.last_signs(), language) {
                (Some(signs), Language::Fr) => format!("Identité sans nom (identifiant terminé par\u{a0}{signs})"),
                (Some(signs), Language::En) => format!("Identity without a name (identifier ending in\u{a0}{signs})"),
                (None, Language::Fr) => "Identité sans nom".to_owned(),
                (None, Language::En) => "Identity without a name".to_owned(),
            };
        }
        let name = format!("{} {}", self.given_name, self.family_name);
        match &self.title {
            Some(title) => format!("{title}\u{a0}{}", name.trim()),
            None => name.trim().to_owned(),
        }
    }

    /// Every practice situation, in the order of Pro Santé Connect.
    pub fn situations(&self) -> impl Iterator<Item = (&ProfessionalPractice, &PracticeSituation)> {
        self.practices.iter().flat_map(|practice| practice.situations.iter().map(move |situation| (practice, situation)))
    }

    /// The situation with this id, with the practice it belongs to.
    pub fn situation(&self, id: &SituationId) -> Option<(&ProfessionalPractice, &PracticeSituation)> {
        self.situations().find(|(_, situation)| situation.id == *id)
    }
}

impl fmt::Debug for Practitioner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Practitioner").field("practices", &self.practices.len()).finish_non_exhaustive()
    }
}

/// One profession exercised ("exercice"); it holds the situations in which it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfessionalPractice {
    /// `codeProfession`.
    pub profession: Coded,
    /// `codeCategorieProfessionnelle`: civil, military, civil servant, student.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub category: Option<Coded>,
    /// `codeSavoirFaire`: the speciality.
    pub speciality: Option<Coded>,
    /// Never empty: a practice without a declared place has one situation without a structure.
    pub situations: Vec<PracticeSituation>,
}

impl ProfessionalPractice {
    /// Profession and speciality in one line, for example `Médecin, médecine générale`.
    pub fn capacity(&self) -> String {
        match &self.speciality {
            Some(speciality) => format!("{}, {}", self.profession.label, lower_first(&speciality.label)),
            None => self.profession.label.clone(),
        }
    }
}

/// Stable name of a situation for one person: the same practice and place always give the same id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct SituationId(pub String);

/// Not a word of 1 to 64 printable ASCII signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the id of a situation")]
pub struct NotASituationId;

impl TryFrom<String> for SituationId {
    type Error = NotASituationId;

    fn try_from(text: String) -> Result<Self, NotASituationId> {
        if wire::is_word(&text) { Ok(Self(text)) } else { Err(NotASituationId) }
    }
}

/// Where and how a profession is exercised ("activité"). Choosing among them is the application's job, not Pro Santé Connect's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PracticeSituation {
    /// Names this situation in requests.
    pub id: SituationId,
    /// `codeModeExercice`: self-employed, employed, volunteer.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub mode: Option<Coded>,
    /// `codeSecteurDactivite`.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub sector: Option<Coded>,
    /// `codeRole`: the function held.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub role: Option<Coded>,
    /// `codeSectionPharmacien`: section of the pharmacists' register.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub pharmacist_section: Option<Coded>,
    /// `codeGenreActivite`.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub activity_kind: Option<Coded>,
    /// The place; `None` when the register declares none (locums, for example).
    pub structure: Option<Structure>,
}

/// The organisation where a situation takes place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Structure {
    /// `identifiantTechniqueDeLaStructure`, possibly empty.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub technical_id: String,
    /// Trading name, or else legal name; possibly empty.
    #[serde(deserialize_with = "wire::text")]
    pub name: String,
    /// `numeroFinessSite`, possibly empty.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub finess: String,
    /// `numeroSiretSite`, possibly empty.
    #[serde(default, deserialize_with = "wire::if_known")]
    pub siret: String,
    /// Delivery office or postal code, for example `75000 PARIS`; possibly empty.
    #[serde(deserialize_with = "wire::text")]
    pub locality: String,
}

impl Structure {
    /// Name and locality in one line; `None` when both are unknown.
    pub fn place(&self) -> Option<String> {
        let known: Vec<&str> = [self.name.as_str(), self.locality.as_str()].into_iter().filter(|text| !text.is_empty()).collect();
        (!known.is_empty()).then(|| known.join(", "))
    }
}

/// Lower-cases the first letter, unless the word is an acronym.
fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
