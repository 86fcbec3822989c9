//! The command line as it is typed.

use clap::{CommandFactory as _, Parser as _};

use super::*;

fn said_of(line: &str) -> String {
    let given: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    let error = Arguments::try_parse_from(&given).expect_err(line);
    misunderstood(&error, &given)
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
        (
            "companion-server report --config f --days 32",
            "Valeur incorrecte pour --days <JOURS> (un nombre de jours, de 1 à 31\u{202f}; par exemple 7).",
        ),
        (
            "companion-server report --config f --days",
            "Valeur absente pour --days <JOURS> (un nombre de jours, de 1 à 31\u{202f}; par exemple 7).",
        ),
        (
            "companion-server incidents --config f --from hier",
            "Valeur incorrecte pour --from <MOMENT> (un jour, par exemple 2026-11-22, ou",
        ),
        (
            "companion-server incidents --config f --from 2026-11-22 --to 2026-11-31",
            "Valeur incorrecte pour --to <MOMENT> (un jour, par exemple 2026-11-22, ou",
        ),
        ("companion-server audit verify --config f --noted-seal abc", "Valeur incorrecte pour --noted-seal <SCEAU> (un sceau, 64 chiffres"),
    ] {
        let said = said_of(line);
        let said = said.strip_prefix("VST-1029\u{a0}: ").unwrap_or_else(|| panic!("{line}: {said}"));
        assert!(said.starts_with(words), "{line}: {said}");
        assert!(said.contains(" Essayez «\u{a0}companion-server ") && said.ends_with("--help\u{a0}»."), "{line}: {said}");
    }
}

#[test]
fn the_help_that_is_pointed_to_is_that_of_the_command_that_was_meant() {
    for (line, command) in [
        ("companion-server trace", "companion-server trace"),
        ("companion-server store copy --from f", "companion-server store copy"),
        ("companion-server sessions", "companion-server sessions"),
        ("companion-server trcae 7F3K-9QXM", "companion-server"),
        ("companion-server --x", "companion-server"),
    ] {
        let said = said_of(line);
        assert!(said.ends_with(&format!(" Essayez «\u{a0}{command} --help\u{a0}».")), "{line}: {said}");
    }
}

/// A value that is parsed here is refused here: whoever is refused reads what it should have been.
#[test]
fn each_option_whose_value_has_a_form_says_it_when_it_is_refused() {
    fn each<'a>(command: &'a clap::Command, above: &str, look: &mut dyn FnMut(&str, &'a clap::Arg)) {
        let path = format!("{above}{} ", command.get_name());
        command.get_arguments().for_each(|argument| look(&path, argument));
        command.get_subcommands().for_each(|part| each(part, &path, look));
    }
    let mut program = Arguments::command();
    program.build();
    let free = [std::any::TypeId::of::<String>(), std::any::TypeId::of::<PathBuf>()];
    let mut formed = 0;
    each(&program, "", &mut |path, argument| {
        let is_free = free.iter().any(|id| argument.get_value_parser().type_id() == *id);
        if is_free || !argument.get_action().takes_values() {
            return;
        }
        let option = argument.to_string();
        let sample = admitted(&option);
        assert!(sample.contains("par exemple") || sample.contains("tel que"), "{path}{option}: what is expected is not said");
        formed += 1;
    });
    assert!(formed >= 4, "{formed}");
}

#[test]
fn help_asked_for_by_its_word_is_the_help_that_is_asked_for_by_its_option() {
    let shown = |line: &str| {
        let given = usual(line.split(' ').map(OsString::from).collect());
        let error = Arguments::try_parse_from(given).expect_err(line);
        assert!(!error.use_stderr(), "{line}: {}", misunderstood(&error, &[]));
        error.to_string()
    };
    for (word, option) in [
        ("companion-server help", "companion-server --help"),
        ("companion-server help report", "companion-server report --help"),
        ("companion-server help vault rotate", "companion-server vault rotate --help"),
        ("companion-server vault help", "companion-server vault --help"),
        ("companion-server vault help rotate", "companion-server vault rotate --help"),
        ("companion-server help help", "companion-server --help"),
    ] {
        assert_eq!(shown(word), shown(option), "{word}");
    }
    let untouched = ["companion-server", "init-key", "help"].map(OsString::from).to_vec();
    assert_eq!(usual(untouched.clone()), untouched, "a file of that name");
    let unknown = Arguments::try_parse_from(usual(["companion-server", "help", "sessoins"].map(OsString::from).to_vec()));
    assert!(misunderstood(&unknown.expect_err("no such command"), &[]).contains("Commande inconnue\u{a0}: sessoins."));
}
