//! What the companion and the simulator say in French: typography; `words.rs` has one word for one thing. Their sources are read, so that no text escapes:
//! messages of errors, texts made by functions, comments that the help of a command or the sample configuration repeats, pages and their attributes.

use std::fs;
use std::path::{Path, PathBuf};

const NO_BREAK: char = '\u{a0}';
const NARROW: char = '\u{202f}';

/// A text that somebody may read.
#[derive(Debug)]
pub struct Text {
    pub place: String,
    pub words: String,
}

/// What is wrong with a text, if anything is.
pub fn fault(text: &str) -> Option<&'static str> {
    let is_french = is_french(text);
    let signs: Vec<char> = text.chars().collect();
    let at = |index: Option<usize>| index.and_then(|index| signs.get(index)).copied();
    for (index, &sign) in signs.iter().enumerate() {
        let (before, after) = (at(index.checked_sub(1)), at(Some(index + 1)));
        // Of a word, not of an indentation or of a list of marks.
        let follows_a_word = at(index.checked_sub(2)).is_some_and(|sign| sign.is_alphanumeric() || ")}]\"»…”.%".contains(sign));
        let stands_alone = !after.is_some_and(|sign| sign.is_alphanumeric() || ":=/".contains(sign));
        let touches_a_word = is_french && before.is_some_and(|sign| sign.is_alphanumeric() || ")}]»".contains(sign));
        let ends_a_word = !after.is_some_and(|sign| !sign.is_whitespace() && !")»\"".contains(sign));
        match sign {
            '«' if after != Some(NO_BREAK) => return Some("no-break space after «"),
            '»' if before != Some(NO_BREAK) => return Some("no-break space before »"),
            ':' | ';' | '!' | '?' if before == Some(' ') && follows_a_word && stands_alone => return Some("a plain space before a mark"),
            ':' | ';' | '!' | '?' if touches_a_word && ends_a_word => return Some("no space before a mark"),
            ':' if before == Some(NARROW) => return Some("a narrow space before :"),
            ';' | '!' | '?' if before == Some(NO_BREAK) => return Some("a wide space before ; ! ?"),
            '\'' if is_french && before.is_some_and(char::is_alphabetic) && after.is_some_and(char::is_alphabetic) => {
                return Some("a straight apostrophe");
            }
            _ => {}
        }
    }
    None
}

/// By the small words, of which each language has its own.
pub fn is_french(text: &str) -> bool {
    const FRENCH: [&str; 29] = [
        "le", "la", "les", "une", "un", "des", "du", "de", "est", "sont", "pas", "pour", "au", "aux", "ce", "cette", "dans", "sur", "par",
        "et", "ne", "sans", "avec", "il", "elle", "d", "l", "n", "qu",
    ];
    const ENGLISH: [&str; 27] = [
        "the", "of", "is", "are", "was", "and", "or", "to", "not", "that", "this", "with", "for", "it", "its", "an", "by", "be", "has",
        "no", "in", "from", "at", "one", "every", "who", "what",
    ];
    let small = text.to_lowercase();
    let words: Vec<&str> = small.split(|sign: char| !sign.is_alphanumeric() && sign != '_').collect();
    let among = |known: &[&str]| words.iter().filter(|word| known.contains(word)).count();
    among(&FRENCH) > among(&ENGLISH)
}

/// The texts of a source: its strings, and its comments that become help or reference. What only its tests say is nobody's reading.
pub fn texts_of_source(name: &str, source: &str) -> Vec<Text> {
    let read = source.split_once("#[cfg(test)]\nmod tests {").map_or(source, |(read, _)| read);
    let (mut texts, mut rest) = (Vec::new(), read);
    while let Some((found, from)) = next_text(rest) {
        let line = read[..read.len() - rest.len() + found.starts_at].matches('\n').count() + 1;
        texts.push(Text { place: format!("{name}:{line}"), words: found.words });
        rest = &rest[from..];
    }
    texts
}

struct Found {
    starts_at: usize,
    words: String,
}

/// The next string or comment of reference, and where reading goes on.
fn next_text(source: &str) -> Option<(Found, usize)> {
    let mut from = 0;
    loop {
        let rest = &source[from..];
        let sign = rest.chars().next()?;
        let of_the_line = || rest.find('\n').unwrap_or(rest.len());
        if let Some(words) = rest.strip_prefix("///") {
            let end = of_the_line();
            return Some((Found { starts_at: from, words: words[..end - 3].to_owned() }, from + end));
        }
        if rest.starts_with("//") {
            from += of_the_line();
        } else if let Some(hashes) = raw_string(rest) {
            let (open, close) = (rest.find('"')? + 1, format!("\"{hashes}"));
            let end = rest[open..].find(&close)?;
            return Some((Found { starts_at: from, words: rest[open..open + end].to_owned() }, from + open + end + close.len()));
        } else if sign == '"' {
            let end = end_of_string(&rest[1..])?;
            return Some((Found { starts_at: from, words: read_escapes(&rest[1..=end]) }, from + end + 2));
        } else if let Some(length) = character(rest) {
            from += length;
        } else {
            from += sign.len_utf8();
        }
    }
}

/// The `#` of a raw string that starts here.
fn raw_string(rest: &str) -> Option<&str> {
    let after = rest.strip_prefix("r").or_else(|| rest.strip_prefix("br"))?;
    let hashes = &after[..after.len() - after.trim_start_matches('#').len()];
    after[hashes.len()..].starts_with('"').then_some(hashes)
}

fn end_of_string(inner: &str) -> Option<usize> {
    let mut is_escaped = false;
    inner.char_indices().find_map(|(at, sign)| {
        let ends = sign == '"' && !is_escaped;
        is_escaped = sign == '\\' && !is_escaped;
        ends.then_some(at)
    })
}

/// The length of a character between apostrophes, which may be a quote; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let length = match inner.strip_prefix('\\') {
        Some(escape) => 1 + escape.chars().next()?.len_utf8() + escape.chars().skip(1).collect::<String>().find('\'')?,
        None => inner.chars().next()?.len_utf8(),
    };
    inner.get(length..)?.starts_with('\'').then_some(length + 2)
}

fn read_escapes(raw: &str) -> String {
    let (mut text, mut signs) = (String::new(), raw.chars().peekable());
    while let Some(sign) = signs.next() {
        match (sign, signs.peek().copied()) {
            ('\\', Some('u')) => {
                let number: String = signs.by_ref().skip(2).take_while(|sign| *sign != '}').collect();
                text.extend(u32::from_str_radix(&number, 16).ok().and_then(char::from_u32));
            }
            ('\\', Some('\n')) => while signs.next_if(|sign| sign.is_whitespace()).is_some() {},
            ('\\', Some(escaped)) => {
                signs.next();
                text.push(if escaped == 'n' { '\n' } else { escaped });
            }
            _ => text.push(sign),
        }
    }
    text
}

const READ_ATTRIBUTES: [&str; 5] = ["aria-label", "alt", "title", "placeholder", "data-say"];

/// The texts of a page before it is filled in, and those of the attributes that are read aloud or shown.
fn texts_of_page(name: &str, markup: &str) -> Vec<Text> {
    let shown = without(&without(&without(&in_french(markup), "<script", "</script>", ""), "<style", "</style>", ""), "{%", "%}", "");
    let shown = without(&shown, "{{", "}}", "x").replace("&nbsp;", "\u{a0}").replace("&#8239;", "\u{202f}");
    let mut texts = Vec::new();
    for part in shown.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        let of_tag = READ_ATTRIBUTES.iter().filter_map(|attribute| tag.split_once(&format!(" {attribute}=\""))?.1.split_once('"'));
        texts.extend(of_tag.map(|(value, _)| value.to_owned()).chain([text.to_owned()]).filter(|words| !words.trim().is_empty()));
    }
    texts.into_iter().map(|words| Text { place: name.to_owned(), words: words.trim().to_owned() }).collect()
}

/// Where a template stands: its texts are in both languages, side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Branch {
    French,
    English,
    Other,
}

/// The pieces of a template that people may read, each with the branches around it.
fn pieces(markup: &str) -> Vec<(Vec<Branch>, String)> {
    let (mut around, mut pieces): (Vec<Branch>, Vec<(Vec<Branch>, String)>) = Default::default();
    let mut parts = markup.split("{%");
    pieces.push((around.clone(), parts.next().unwrap_or_default().to_owned()));
    for part in parts {
        let (tag, text) = part.split_once("%}").expect("a tag that ends");
        let tag = tag.trim_matches(['-', ' ']);
        match tag.split(' ').next().unwrap_or_default() {
            "if" => around.push(if tag == "if frame.fr" { Branch::French } else { Branch::Other }),
            "for" | "match" | "block" => around.push(Branch::Other),
            "else" if around.last() == Some(&Branch::French) => *around.last_mut().expect("a branch") = Branch::English,
            end if end.starts_with("end") => {
                let ended = around.pop().expect("what ends has begun");
                assert_ne!(ended, Branch::French, "a French text without its English: {text}");
            }
            _ => {}
        }
        pieces.push((around.clone(), text.to_owned()));
    }
    assert!(around.is_empty(), "{around:?}");
    pieces
}

/// A template as it is read in French.
fn in_french(markup: &str) -> String {
    pieces(markup).into_iter().filter(|(around, _)| !around.contains(&Branch::English)).map(|(_, text)| text).collect()
}

/// What stands between two marks, and the marks, replaced.
fn without(text: &str, open: &str, close: &str, instead: &str) -> String {
    let mut pieces = text.split(open);
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |kept, piece| kept + instead + piece.split_once(close).map_or(piece, |(_, after)| after))
}

/// Files below a folder with this ending, those of tests apart.
pub fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_of_tests = path.file_stem().is_some_and(|name| name == "tests");
        if path.is_dir() && !is_of_tests {
            files(&path, ending, found);
        } else if path.extension().is_some_and(|extension| extension == ending) && !is_of_tests {
            found.push(path);
        }
    }
}

pub fn all_texts() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut texts = Vec::new();
    for (folder, ending) in [("src", "rs"), ("templates", "html")] {
        let mut found = Vec::new();
        ["companion-server", "psc-simulator"].iter().for_each(|member| files(&root.join(member).join(folder), ending, &mut found));
        for file in found {
            let (name, text) = (file.strip_prefix(root).expect("below").display().to_string(), fs::read_to_string(&file).expect("text"));
            texts.extend(if ending == "rs" { texts_of_source(&name, &text) } else { texts_of_page(&name, &text) });
        }
    }
    texts
}

/// What is nobody's language.
const OF_BOTH: [&str; 1] = ["e-CPS"];

#[test]
fn exi_03_every_text_of_a_page_stands_in_french_and_in_english() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let mut found = Vec::new();
    files(&root.join("companion-server/templates"), "html", &mut found);
    let (mut both, mut alone) = (0, Vec::new());
    for file in found {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        // The dossier is for a French authority, who reads it in French.
        if name == "conformity.html" {
            continue;
        }
        let markup = fs::read_to_string(&file).expect("text");
        let markup = without(&without(&markup, "<script", "</script>", ""), "<style", "</style>", "");
        let pieces = pieces(&markup);
        both += pieces.iter().filter(|(around, _)| around.last() == Some(&Branch::English)).count();
        let common: String =
            pieces.iter().filter(|(around, _)| around.iter().all(|one| *one == Branch::Other)).map(|(_, text)| text.as_str()).collect();
        let common = without(&common, "{{", "}}", "");
        let texts = common.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(_, text)| text.replace("&nbsp;", " "));
        let has_words = |text: &String| text.trim().chars().any(char::is_alphabetic) && !OF_BOTH.contains(&text.trim());
        alone.extend(texts.filter(has_words).map(|text| format!("{name}: {text}")));
    }
    assert!(alone.is_empty(), "{alone:#?}");
    assert!(both > 100, "{both}");
}

#[test]
fn exi_03_every_french_text_of_the_companion_and_of_the_simulator_is_well_set() {
    let texts = all_texts();
    let wrong: Vec<String> = texts
        .iter()
        .filter_map(|text| fault(&text.words).map(|fault| format!("{}: {fault}: {}", text.place, text.words.escape_debug())))
        .collect();
    assert!(wrong.is_empty(), "{} texts: {wrong:#?}", wrong.len());

    // Each kind of text is read: without one of them, the search would say nothing of it.
    let french = texts.iter().filter(|text| is_french(&text.words)).count();
    assert!(french > 1000, "the search reads {french} French texts");
    for (kind, words) in [
        ("an attribute of an error", "aucune clé privée PEM dans ce fichier"),
        ("a text made by a function", "La dernière sauvegarde a {hours} heures"),
        ("a comment that is the help of a command", "Affiche le résultat en JSON."),
        ("a comment that is the reference of a setting", "Adresse publique du serveur de connexion"),
        ("a page", "Confirmez que c’est bien vous"),
        ("an attribute of a page", "Plus qu’une minute pour répondre."),
        ("a page of the simulator", "Avec quel moyen d’identification\u{202f}?"),
        ("a label of the simulator", "Signature non valide"),
    ] {
        assert!(texts.iter().any(|text| text.words.contains(words)), "{kind}: {words}");
    }
}

#[test]
fn a_fault_is_found_wherever_it_stands() {
    let source = r##"
        /// Fichier de la clé : un chemin.
        #[error("le fichier « {} » manque")]
        fn of(c: char) { let _ = c == '"'; format!("{}: la base de {name}", 1); let _ = "l'écoute du port"; }
        let _ = r#"un "texte" du serveur !"#; // Not : this.
        let _ = "bien dit\u{a0}: la base du serveur\u{202f}; et \
                 rien d’autre"; let _ = "SELECT 1 WHERE a = ?1";
        #[cfg(test)]
mod tests {
        let _ = "le mot de test : ici";
    "##;
    let found: Vec<(String, Option<&str>)> = texts_of_source("a.rs", source)
        .into_iter()
        .map(|text| (text.place, fault(&text.words)))
        .filter(|(_, fault)| fault.is_some())
        .collect();
    let expected = [
        ("a.rs:2", "a plain space before a mark"),
        ("a.rs:3", "no-break space after «"),
        ("a.rs:4", "no space before a mark"),
        ("a.rs:4", "a straight apostrophe"),
        ("a.rs:5", "a plain space before a mark"),
    ];
    assert_eq!(found, expected.map(|(place, fault)| (place.to_owned(), Some(fault))));

    let page = r#"<p {% if a %}class="b"{% endif %} aria-label="Le nom du poste :">Bien&nbsp;: {{ name }}</p><script>a ? b : c</script><b>Quel nombre ?</b>"#;
    let found: Vec<Option<&str>> = texts_of_page("a.html", page).iter().map(|text| fault(&text.words)).collect();
    assert_eq!(found, [Some("a plain space before a mark"), None, Some("a plain space before a mark")]);
}
