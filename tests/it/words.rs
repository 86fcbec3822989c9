//! One word for one notion, wherever French is read: the table below is the glossary's, from the side of what it replaced. And pages in Markdown
//! keep to the typography that the programs keep to.

use std::fs;
use std::path::{Path, PathBuf};

use vestibule_model::error_code::ErrorCode;
use vestibule_model::language::Language;

use super::french_words::{self, Text, fault, files, is_french, texts_of_source};

/// What is not to be read any more, in all its forms, and what is said instead.
const GLOSSARY: [(&[&str], &str); 32] = [
    (&["compagnon", "compagnons"], "serveur de connexion (companion-server), puis « le serveur »"),
    (&["mandataire", "mandataires", "serveur frontal"], "proxy inverse (reverse proxy), puis « proxy »"),
    (&["coffre", "scellement"], "clé de chiffrement"),
    (&["clé d’inscription", "clés d’inscription", "enrôlement"], "jeton d’inscription"),
    (
        &["schéma privé", "schéma d’adresse", "adresse propre à l’application", "adresse de l’application"],
        "lien d’application (schéma d’URI)",
    ),
    (&["façon de revenir", "échanges ouverts", "échange ouvert", "échange fermé"], "mode d’échange, autorisé ou interdit"),
    (
        &["stratégie de l’ordinateur", "stratégie de la machine", "stratégie de poste", "politique de poste"],
        "stratégie du poste (policy.toml)",
    ),
    (&["votre administrateur", "service informatique", "assistance"], "le support"),
    (&["modèle de menace"], "modèle de menaces"),
    (&["essai", "essais", "essayé", "essayée", "essayés", "essayées"], "test ; tentative"),
    (&["tape", "tapez", "taper", "tapé", "tapée", "tapés", "tapées"], "saisir"),
    (&["pressez", "presser", "pressé"], "cliquer"),
    (&["kiosque"], "borne"),
    (&["hameçonneur", "hameçonneurs"], "attaquant par hameçonnage"),
    (&["par prudence", "par précaution"], "par sécurité"),
    (&["rien demandé"], "ce n’est pas ma connexion ; si vous n’êtes pas à l’origine de cette demande"),
    (&["vie privée"], "données personnelles"),
    (&["de soi-même", "de lui-même", "d’elle-même", "d’eux-mêmes", "d’elles-mêmes"], "automatiquement"),
    (
        &["le fil", "du fil", "ce fil", "son fil", "l’autre fil", "numéro de la tentative", "identifiant de la connexion"],
        "numéro de connexion",
    ),
    (&["bibliothèque du commerce", "bibliothèques du commerce", "client du commerce", "oauth du commerce"], "bibliothèque existante"),
    (&["identifiant de client"], "identifiant client (client_id)"),
    (&["secret de client"], "secret client"),
    (&["brûle", "brûlé", "brûlée", "brûlés"], "invalide définitivement"),
    (&["engendré", "engendrée", "engendrés"], "généré"),
    (&["vérifieur"], "vérificateur (code_verifier)"),
    (&["moyen de connexion", "moyens de connexion"], "moyen d’identification"),
    (&["session de service"], "votre session ; session de {service}"),
    (&["le service ne répond", "le service n’a pas"], "le serveur de connexion"),
    (
        &["réglages sont illisibles", "réglages sont inutilisables", "réglages illisibles", "réglages incorrects"],
        "configuration incorrecte",
    ),
    (&["clé de configuration"], "paramètre"),
    (&["kio", "mio", "gio"], "Ko, Mo, Go"),
    (&["échéance du certificat", "fin du certificat", "certificat prend fin", "certificat finit"], "expiration du certificat"),
];

/// Where such a word is right after all: what stands around it, and why. Each is met, or has to go.
const EXCEPTIONS: [(&str, &str); 10] = [
    ("edit compagnon", "the name of the unit"),
    ("compagnon.service", "the file of the unit"),
    ("-u compagnon", "the name of the unit"),
    ("user = \"compagnon\"", "somebody’s account at a proxy, in the sample"),
    ("essais.json", "the file that `./dev test` leaves"),
    ("tapez « vestibule", "a command is typed in a terminal"),
    ("technologies d’assistance", "what reads a screen aloud is called so"),
    ("dit de lui-même", "what a workstation declares about itself is not automatic"),
    ("dit d’elle-même", "what an app declares about itself is not automatic"),
    ("peut-être essayé", "somebody tried: no test of the project, no try to type letters"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// As it is searched: small letters, one kind of space, and no line that ends.
fn plain(text: &str) -> String {
    let text = text.to_lowercase().replace(['\u{a0}', '\u{202f}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first former word of a text, and what is said instead.
fn former_word(text: &str) -> Option<(&'static str, &'static str)> {
    let text = EXCEPTIONS.iter().fold(plain(text), |text, (right, _)| text.replace(right, "…"));
    GLOSSARY.iter().find_map(|(former, instead)| Some((*former.iter().find(|word| stands_in(&text, word))?, *instead)))
}

/// Whether these words are there, whole: in a path or a value they are a part of a name.
fn stands_in(text: &str, words: &str) -> bool {
    let of_a_word = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || "-_/".contains(sign));
    text.match_indices(words)
        .any(|(at, _)| !of_a_word(text[..at].chars().next_back()) && !of_a_word(text[at + words.len()..].chars().next()))
}

/// What people read of a page in Markdown: no code, no address, no comment. What each line says stands on it.
fn prose(markdown: &str) -> String {
    let mut text = String::new();
    let mut in_code = false;
    let mut in_comment = false;
    for line in markdown.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        } else if line.starts_with("<!--") || in_comment {
            in_comment = !line.contains("-->");
        } else if !in_code {
            let without_code: String = line.split('`').enumerate().map(|(number, part)| if number % 2 == 0 { part } else { "x" }).collect();
            let mut pieces = without_code.split("](");
            text.push_str(pieces.next().unwrap_or_default());
            for piece in pieces {
                text.push(']');
                text.push_str(piece.split_once(')').map_or(piece, |(_, after)| after));
            }
        }
        text.push('\n');
    }
    text
}

/// Every page that this repository publishes in French.
fn pages() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["docs", "packaging", "psc-simulator"] {
        files(&root().join(folder), "md", &mut found);
    }
    found.extend(["README.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(|page| root().join(page)));
    let name = |path: &Path| path.strip_prefix(root()).expect("below").display().to_string();
    found.into_iter().map(|path| (name(&path), fs::read_to_string(&path).expect("text"))).collect()
}

/// The texts of the window, as its source has them: between apostrophes, or between backquotes.
fn texts_of_window() -> Vec<Text> {
    let name = "ui/src/i18n/fr.ts";
    let source = fs::read_to_string(root().join(name)).expect("the words of the window");
    let code: Vec<&str> =
        source.lines().filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with('*')).collect();
    let code = code.join("\n");
    let between = |sign: char| code.split(sign).skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let texts = between('\'').into_iter().chain(between('`'));
    texts.map(|words| Text { place: name.to_owned(), words }).collect()
}

/// What a machine is given to read, and people after it: the comments of sample files, alerts, a board, a page of the manual.
fn texts_of_files() -> Vec<Text> {
    let files = [
        "companion-server/companion.sample.toml",
        "packaging/policy.sample.toml",
        "packaging/prometheus/vestibule-compagnon.yml",
        "packaging/grafana/vestibule-compagnon.json",
        "packaging/deb/man/fr/man1/vestibule-app.1",
        "packaging/companion/compagnon.service",
        "packaging/linux/fr.vestibule.app.metainfo.xml",
        "packaging/windows/fr-FR/Vestibule.adml",
    ];
    let lines = files.into_iter().flat_map(|name| {
        let text = fs::read_to_string(root().join(name)).expect("the file");
        text.lines().map(|line| Text { place: name.to_owned(), words: line.to_owned() }).collect::<Vec<_>>()
    });
    lines.filter(|line| is_french(&line.words)).collect()
}

/// The catalogue of errors, as it is told.
fn texts_of_catalogue() -> Vec<Text> {
    let told = ErrorCode::ALL.iter().flat_map(|code| {
        let words = code.explanation(Language::Fr);
        [words.title, words.cause, words.remedy].map(|words| Text { place: code.to_string(), words: words.to_owned() })
    });
    told.collect()
}

/// What a workstation says outside the window.
fn texts_of_workstation() -> Vec<Text> {
    let mut found = Vec::new();
    files(&root().join("desktop/src/words"), "rs", &mut found);
    found.retain(|path| path.ends_with("fr.rs"));
    found.extend(["schema.rs", "reference.rs"].map(|file| root().join("desktop/src/settings").join(file)));
    let texts = found.into_iter().flat_map(|path| {
        let name = path.strip_prefix(root()).expect("below").display().to_string();
        texts_of_source(&name, &fs::read_to_string(&path).expect("text"))
    });
    texts.filter(|text| is_french(&text.words)).collect()
}

fn texts_of_pages() -> Vec<Text> {
    let lines = pages().into_iter().flat_map(|(name, page)| {
        // A phrase may go on behind the end of a line.
        let paragraphs: Vec<String> = prose(&page)
            .split("\n\n")
            .flat_map(|block| if block.starts_with('|') { block.lines().map(str::to_owned).collect() } else { vec![block.to_owned()] })
            .collect();
        paragraphs.into_iter().map(move |words| Text { place: name.clone(), words })
    });
    lines.filter(|line| !line.words.trim().is_empty()).collect()
}

#[test]
fn no_french_text_uses_a_word_that_the_glossary_replaces() {
    let of_servers = french_words::all_texts();
    let of_servers: Vec<Text> = of_servers.into_iter().filter(|text| is_french(&text.words)).collect();
    let kinds = [
        ("the catalogue of errors", texts_of_catalogue(), 300, "La configuration de ce poste est incorrecte"),
        ("the window", texts_of_window(), 300, "Se déconnecter"),
        ("the workstation outside the window", texts_of_workstation(), 200, "Lien d’application"),
        ("the server and the simulator", of_servers, 1000, "Si vous n’êtes pas à l’origine de cette demande"),
        ("files for machines", texts_of_files(), 60, "Aucun serveur de connexion ne répond"),
        ("pages", texts_of_pages(), 1500, "Guide du support"),
    ];
    let mut wrong = Vec::new();
    let mut everything = String::new();
    for (kind, texts, least, known) in kinds {
        assert!(texts.len() > least, "{kind}: the search reads {} texts", texts.len());
        assert!(texts.iter().any(|text| plain(&text.words).contains(&plain(known))), "{kind}: « {known} »");
        for text in texts {
            let found = former_word(&text.words);
            wrong.extend(found.map(|(former, instead)| format!("{}: « {former} », say « {instead} »: {}", text.place, text.words.trim())));
            everything.push_str(&plain(&text.words));
            everything.push('\n');
        }
    }
    assert!(wrong.is_empty(), "{} texts: {wrong:#?}", wrong.len());
    let unmet: Vec<&str> = EXCEPTIONS.iter().map(|(right, _)| *right).filter(|right| !everything.contains(right)).collect();
    assert!(unmet.is_empty(), "exceptions for nothing: {unmet:?}");
}

#[test]
fn each_former_word_is_seen_wherever_it_is_planted_and_in_no_other_word() {
    for (former, instead) in GLOSSARY {
        for word in former {
            let capital = word.chars().next().expect("a word").to_uppercase().chain(word.chars().skip(1)).collect::<String>();
            let broken = word.replace(' ', "\n   ");
            let no_break = word.replace(' ', "\u{a0}");
            for planted in [format!("{capital} est là."), format!("Voyez {broken}, puis revenez."), format!("(« {no_break} »)")] {
                let seen = former_word(&planted);
                assert!(seen.is_some_and(|(_, said)| said == instead), "« {word} » in « {planted} »: {seen:?}");
            }
            assert!(!stands_in(&format!("un {word}x."), word) && !stands_in(&format!("x{word}"), word), "{word}");
        }
    }
    // And in each kind of file it is met as people meet it.
    assert!(former_word(&prose("| a | le compagnon |")).is_some() && former_word(&prose("[le compagnon](a.md)")).is_some());
    for code in ["`systemctl stop compagnon`", "```sh\nle compagnon\n```\n", "[a](le-compagnon.md)", "<!-- le compagnon -->"] {
        assert_eq!(former_word(&prose(code)), None, "{code}");
    }
}

/// What a page quotes of a log is English, and keeps its own typography.
fn without_english_quotes(text: &str) -> String {
    let mut pieces = text.split('«');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| {
        let quoted = piece.split('»').next().unwrap_or_default();
        let english =
            piece.contains('»') && quoted.split_whitespace().any(|word| ["the", "is", "was", "of"].contains(&word.to_lowercase().as_str()));
        let shown = if english { piece.replacen(quoted, "\u{a0}x\u{a0}", 1) } else { piece.to_owned() };
        format!("{kept}«{shown}")
    })
}

fn faults_of_page(page: &str) -> Vec<(&'static str, String)> {
    let text = prose(page);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("|---"));
    lines.filter_map(|line| fault(&without_english_quotes(line)).map(|fault| (fault, line.to_owned()))).collect()
}

#[test]
fn exi_03_pages_are_set_as_french_is() {
    let mut wrong = Vec::new();
    let pages = pages();
    assert!(pages.len() > 50, "{} pages", pages.len());
    for (name, page) in pages {
        wrong.extend(faults_of_page(&page).into_iter().map(|(fault, line)| format!("{name}: {fault}: {line}")));
    }
    assert!(wrong.is_empty(), "{} lines: {wrong:#?}", wrong.len());
}

#[test]
fn a_page_that_is_set_wrongly_is_seen() {
    for (line, fault) in [
        ("Le serveur : il écoute.", "a plain space before a mark"),
        ("Le `serveur` ; il écoute.", "a plain space before a mark"),
        ("Que voit la personne ?", "a plain space before a mark"),
        ("La page de la « maison\u{a0}» est là.", "no-break space after «"),
        ("La page de la «\u{a0}maison » est là.", "no-break space before »"),
        ("| le poste | la clé du poste : une |", "a plain space before a mark"),
        ("L'écoute de la page est là.", "a straight apostrophe"),
    ] {
        assert_eq!(faults_of_page(line), [(fault, line.replace("`serveur`", "x"))]);
    }
    let right =
        "Le serveur\u{a0}: [là](a : b), `a : b`, «\u{a0}The companion is out of reach; it is asked\u{a0}»\u{202f}; fin.\n```\na : b\n```\n";
    assert_eq!(faults_of_page(right), []);
}
