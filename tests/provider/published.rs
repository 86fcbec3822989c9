//! The table for readers.

use std::fmt::Write as _;

use crate::case::{Case, Expected, Stage};

/// The whole page.
pub fn table(cases: &[Case]) -> String {
    let mut text = format!(
        "<!-- Fichier généré depuis tests/provider\u{a0}: ne pas modifier. -->\n\n# Un fournisseur d’identité défaillant\n\n\
         {} cas. Chacun change une seule chose à un Pro Santé Connect honnête, puis joue une connexion entière à travers un vrai serveur de connexion, et \
         vérifie aussi ce qui ne se voit pas\u{a0}: aucun appel à userinfo avant son heure, aucune session, aucun jeton et aucun compte gardés \
         après un refus.\n\nLa dernière colonne nomme le module de la suite de conformité OpenID que le cas reproduit (préfixe \
         `oidcc-client-test` omis).\n\n\
         Rejouer\u{a0}: `cargo test --workspace --test provider`.\n",
        cases.len()
    );
    for (stage, heading) in [
        (Stage::Discovery, "Découverte et clés, avant le départ du navigateur"),
        (Stage::Callback, "Retour du navigateur"),
        (Stage::Token, "Point d’accès aux jetons"),
        (Stage::IdToken, "Jeton d’identité"),
        (Stage::Userinfo, "Userinfo"),
        (Stage::Refresh, "Rafraîchissement"),
        (Stage::SignOut, "Déconnexion"),
    ] {
        writeln!(text, "\n## {heading}\n\n| Ce que fait le fournisseur | Issue | Module OpenID |\n|---|---|---|").unwrap();
        for case in cases.iter().filter(|case| case.stage == stage) {
            let module = case.module.map(|module| format!("`{module}`")).unwrap_or_default();
            writeln!(text, "| {} | {} | {module} |", case.name.replace(" : ", "\u{a0}: "), outcome(case)).unwrap();
        }
    }
    text
}

fn outcome(case: &Case) -> String {
    match (case.expected, case.stage) {
        (Expected::Accepted, Stage::Refresh) => "accepté\u{a0}: jetons renouvelés".into(),
        (Expected::Accepted, Stage::SignOut) => "accepté\u{a0}: les deux sessions sont fermées".into(),
        (Expected::Accepted, _) => "accepté".into(),
        (Expected::Refused(code), _) => format!("refusé, {code}"),
        (Expected::Ignored(code), _) => format!("sans effet, {code}\u{202f}; la vraie réponse passe ensuite"),
        (Expected::Declined, _) => "renoncement de la personne".into(),
        (Expected::Kept, _) => "refusé\u{a0}: les jetons d’avant restent, notre session continue".into(),
        (Expected::Over, _) => "session Pro Santé Connect finie\u{a0}: le serveur ne demande plus rien, notre session continue".into(),
        (Expected::Unknown, _) => "notre session fermée\u{202f}; l’autre dite inconnue, le navigateur s’en assure".into(),
        (Expected::BrowserNeeded, _) => "notre session fermée\u{202f}; le navigateur termine l’autre".into(),
        (Expected::BrowserDone, _) => "notre session fermée\u{202f}; le navigateur a terminé l’autre, le serveur le sait".into(),
    }
}
