//! The command line as it is typed.

use clap::Parser as _;

use super::*;

fn said_of(line: &str) -> String {
    let error = Arguments::try_parse_from(line.split(' ')).expect_err(line);
    misunderstood(&error)
}

#[test]
fn what_is_wrong_with_a_command_line_is_said_as_it_is() {
    for (line, words) in [
        ("companion-server", "Il manque une commande."),
        ("companion-server sessoins", "Commande inconnue\u{a0}: sessoins."),
        ("companion-server serve --port 1", "Option inconnue\u{a0}: --port."),
        ("companion-server serve", "Il manque --config <FICHIER>."),
        ("companion-server schema now", "Argument en trop\u{a0}: now."),
        ("companion-server doctor --config", "Valeur absente pour --config <FICHIER>."),
        ("companion-server doctor --config f --json=yes", "L’option --json ne prend pas de valeur."),
        ("companion-server doctor --config f --config g", "Option donnée deux fois\u{a0}: --config <FICHIER>."),
        ("companion-server sessions end --config f --id A --id B", "Option donnée deux fois\u{a0}: --id <CONNEXION>."),
        (
            "companion-server sessions end --config f --id A --all",
            "--id <CONNEXION> et --all ne vont pas ensemble\u{a0}: gardez l’une des deux.",
        ),
        ("companion-server erase --config f --national-id-file", "Valeur absente pour --national-id-file <FICHIER>."),
        (
            "companion-server sessions end --config f",
            "Il manque --id <CONNEXION>, ou --device <EMPREINTE>, ou --person-file <FICHIER>, ou --all.",
        ),
        ("companion-server vault --config f", "Il manque une commande avant --config."),
        ("companion-server sessions --config f", "Il manque une commande avant --config."),
        ("companion-server vault", "Il manque une commande"),
        ("companion-server store --from f --to g", "Il manque une commande avant --from."),
        ("companion-server store copy --from f", "Il manque --to <FICHIER>."),
        ("companion-server store copy --to g", "Il manque --from <FICHIER>."),
        ("companion-server report --config f --days 32", "Valeur incorrecte pour --days <JOURS>."),
        ("companion-server report --config f --days 0", "Valeur incorrecte pour --days <JOURS>."),
    ] {
        let said = said_of(line);
        let said = said.strip_prefix("VST-1029\u{a0}: ").unwrap_or_else(|| panic!("{line}: {said}"));
        assert!(said.starts_with(words), "{line}: {said}");
        assert!(said.ends_with(" Essayez «\u{a0}companion-server --help\u{a0}»."), "{line}: {said}");
    }
}
