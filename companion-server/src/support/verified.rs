//! What a reading of the whole audit trail found, as the administrator and the security officer read it.

use vestibule_model::ErrorCode;

use crate::audit::{EarlyDay, Finding, Verification};
use crate::store::SealHash;

/// A seal as `audit verify` shows it.
///
/// # Errors
/// For what is none; clap tells the rest.
pub fn noted_seal(text: &str) -> Result<SealHash, String> {
    let mut seal = SealHash::default();
    let digits = text.trim().as_bytes();
    if digits.len() != 2 * seal.0.len() {
        return Err("64 chiffres hexadécimaux".into());
    }
    for (byte, pair) in seal.0.iter_mut().zip(digits.chunks(2)) {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| !pair.starts_with('+'));
        *byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or("64 chiffres hexadécimaux")?;
    }
    Ok(seal)
}

/// In French.
pub fn verified(verification: &Verification) -> String {
    let early = early(verification);
    let mut text = if verification.is_intact() {
        let what = if early.is_some() { "Le reste du journal d’audit" } else { "Le journal d’audit" };
        format!("{}{what} est ce qui a été écrit.\n\n", early.unwrap_or_default())
    } else {
        let found: Vec<String> = verification.findings.iter().map(|finding| format!("  – {}\n", told(finding))).collect();
        format!(
            "{}\u{a0}: le journal d’audit n’est plus ce qui a été écrit. Prévenez le responsable de la sécurité, et gardez la base telle quelle.\n\n{}\n{}",
            ErrorCode::AuditAltered,
            found.concat(),
            early.unwrap_or_default()
        )
    };
    text.push_str(&format!(
        "  jours scellés, relus et intacts                {}  (lignes\u{a0}: {})\n  \
         jours retirés à leur terme, sceau dans la suite  {}\n  \
         lignes pas encore scellées (jour en cours)     {}\n",
        verification.intact_days, verification.intact_lines, verification.pruned_days, verification.unsealed_lines
    ));
    if verification.undated_days > 0 {
        text.push_str(&format!("  dont le sceau, d’avant cette version, ne couvre pas les dates  {}\n", verification.undated_days));
    }
    if let (Some(seal), Some(line)) = (&verification.last_seal, verification.last_sealed_line) {
        text.push_str(&format!(
            "\nDernier sceau, jusqu’à la ligne {line}\u{a0}:\n\n  {seal}\n\n\
             Notez-le hors de cette machine\u{a0}: «\u{a0}audit verify --noted-seal\u{a0}» dira plus tard s’il est toujours dans la suite."
        ));
    }
    text
}

/// What no seal tells from an end that was due: whoever holds the configuration can.
fn early(verification: &Verification) -> Option<String> {
    const SHOWN: usize = 20;
    if verification.early_days.is_empty() {
        return None;
    }
    let due = match verification.keep_days {
        Some(days) => format!("«\u{a0}audit.keep_days\u{a0}» vaut {days}. S’il a été allongé depuis"),
        None => "«\u{a0}audit.keep_days\u{a0}» n’est pas réglé, et rien ne doit donc l’être. S’il a été ôté depuis".into(),
    };
    let day = |EarlyDay { first, last, kept_days }: &EarlyDay| {
        format!("  – jour des lignes {first} à {last}\u{a0}: retiré après {kept_days} jours\n")
    };
    let mut days: String = verification.early_days.iter().take(SHOWN).map(day).collect();
    if verification.early_days.len() > SHOWN {
        days.push_str("  – …\n");
    }
    Some(format!(
        "{}\u{a0}: jours du journal d’audit retirés avant leur terme\u{a0}: {}. {due}, c’est attendu\u{202f}; sinon, quelqu’un les a effacés\u{a0}: prévenez le responsable de la sécurité, et gardez la base telle quelle.\n\n{days}\n",
        ErrorCode::AuditAltered,
        verification.early_days.len()
    ))
}

fn told(finding: &Finding) -> String {
    match finding {
        Finding::SealBroken { first, last } => {
            format!(
                "jour des lignes {first} à {last}\u{a0}: la suite des sceaux est rompue\u{202f}; un sceau a été changé, ou l’un d’avant manque"
            )
        }
        Finding::SealGone => {
            "le sceau noté n’est plus dans la suite\u{a0}: elle a été refaite, ou une sauvegarde d’avant a été restaurée".into()
        }
        Finding::SealChanged { first, last } => {
            format!(
                "jour des lignes {first} à {last}\u{a0}: ce que le sceau dit de son jour (numéros, nombre de lignes, dates) a été changé"
            )
        }
        Finding::Unsealed { first, last, is_any_left } => format!(
            "lignes {first} à {last}\u{a0}: leur jour est fini et aucun sceau ne les couvre{}\u{202f}; des sceaux ont été retirés, ou le serveur de connexion n’a pas pu en faire (son journal le dirait)",
            if *is_any_left { "" } else { ", il n’y en a plus un seul" }
        ),
        Finding::Changed { first, last, lines } if lines.is_empty() => {
            format!("jour des lignes {first} à {last}\u{a0}: le contenu d’une ligne au moins a été changé")
        }
        Finding::Changed { first, last, lines } => {
            format!("jour des lignes {first} à {last}\u{a0}: changé, et illisible pour le serveur de connexion{}", named(lines))
        }
        Finding::Removed { first, last, count, lines } => {
            format!("jour des lignes {first} à {last}\u{a0}: lignes retirées\u{a0}: {count}{}", named(lines))
        }
        Finding::Inserted { first, last, count, lines } => {
            format!("lignes {first} à {last}\u{a0}: lignes ajoutées, ou dont le sceau manque\u{a0}: {count}{}", named(lines))
        }
        Finding::Reordered { first, last, lines } => {
            format!("jour des lignes {first} à {last}\u{a0}: des lignes ont changé de place{}", named(lines))
        }
        Finding::EndRemoved { after, until } => {
            format!("les dernières lignes manquent\u{a0}: la base en a écrit jusqu’au numéro {until}, la dernière présente est {after}")
        }
        Finding::Hole { after, before } => {
            format!(
                "entre les lignes {after} et {before}, pas encore scellées\u{a0}: lignes retirées\u{a0}: {}",
                before.saturating_sub(*after).saturating_sub(1)
            )
        }
        Finding::CounterChanged { last } => {
            format!(
                "la base ne sait plus quel numéro elle a donné en dernier (la dernière ligne est {last})\u{a0}: des lignes ont pu être retirées à la fin"
            )
        }
        Finding::PrunedUntold { days, told } => {
            format!("jours dits retirés à leur terme\u{a0}: {days}\u{202f}; le journal n’en raconte que {told} (audit_pruned)")
        }
        Finding::RulesForeign { rules } => {
            format!("des règles que le serveur de connexion n’a pas écrites agissent sur le journal\u{a0}: {}", rules.join(", "))
        }
        Finding::SchemaChanged { objects } => {
            format!(
                "ce qui tient le journal dans la base n’est pas ce que fait le serveur de connexion\u{a0}: {}",
                objects.join("\u{202f}; ")
            )
        }
        Finding::PrunedEarly { first, last } => {
            format!(
                "jour des lignes {first} à {last}\u{a0}: dit retiré à son terme, mais avant la durée la plus courte qui puisse être réglée, ou à une date à venir"
            )
        }
        Finding::RulesGone { rules } => {
            format!("la base n’a plus les règles qui protègent le journal\u{a0}: {}", rules.join(", "))
        }
    }
}

/// Those that can be named, as far as a line is long.
fn named(lines: &[i64]) -> String {
    const SHOWN: usize = 20;
    if lines.is_empty() {
        return String::new();
    }
    let shown: Vec<String> = lines.iter().take(SHOWN).map(i64::to_string).collect();
    format!(" ({}{})", shown.join(", "), if lines.len() > SHOWN { "…" } else { "" })
}
