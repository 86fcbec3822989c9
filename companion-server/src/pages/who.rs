//! A person, as pages name her.

use vestibule_model::language::Language;
use vestibule_model::practitioner::Practitioner;

/// A person, as the pages name her.
pub(super) struct Who<'a> {
    pub(super) title: Option<&'a str>,
    pub(super) given_name: &'a str,
    pub(super) family_name: &'a str,
    /// What is said when Pro Santé Connect gave no name at all.
    pub(super) nameless: Option<String>,
    pub(super) capacities: Vec<String>,
}

impl<'a> Who<'a> {
    pub(super) fn of(practitioner: &'a Practitioner, language: Language) -> Self {
        Self {
            title: practitioner.title.as_deref(),
            given_name: &practitioner.given_name,
            family_name: &practitioner.family_name,
            nameless: practitioner.is_nameless().then(|| practitioner.display_name(language)),
            capacities: capacities(practitioner),
        }
    }
}

/// Profession and speciality of each practice, each once.
fn capacities(practitioner: &Practitioner) -> Vec<String> {
    let mut capacities: Vec<String> = Vec::new();
    for capacity in practitioner.practices.iter().map(|practice| practice.capacity()) {
        if !capacities.contains(&capacity) {
            capacities.push(capacity);
        }
    }
    capacities
}
