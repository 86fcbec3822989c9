//! The page of licences: what a package is made of, under which terms, and the texts that those ask to reproduce.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::bill::Kind;
use crate::closure::{Closure, Part};

/// Names of files that hold such a text, in small letters, before any ending.
const NAMES: [&str; 6] = ["license", "licence", "copying", "notice", "copyright", "unlicense"];

/// The page, in Markdown. Performs I/O.
///
/// # Errors
/// When a text cannot be read.
pub fn page(package: &str, kind: Kind, closure: &Closure) -> anyhow::Result<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut without_text = Vec::new();
    let mut page = format!(
        "# Licences des composants de {package}\n\nEngendrée avec la nomenclature (`sbom.cdx.json`), depuis les mêmes composants. Vestibule lui-même est sous licence \
         Apache-2.0\n(`{}`).\n\n| composant | version | licence |\n|---|---|---|\n",
        kind.own_licence()
    );
    for part in closure.parts.values() {
        writeln!(page, "| {} | {} | {} |", part.name, part.version, part.licence.as_deref().unwrap_or("voir le texte"))?;
        let of_part = texts_of(part)?;
        if of_part.is_empty() {
            without_text.push(format!("{} {}", part.name, part.version));
        }
        for text in of_part {
            texts.entry(text).or_default().push(format!("{} {}", part.name, part.version));
        }
    }
    write!(
        page,
        "\nSans texte dans leur archive, donc ici sous le seul nom de leur licence\u{a0}: {}.\nLes sources de chaque composant, inchangées, sont à l’adresse \
         que donne sa `purl` dans la nomenclature.\n\n## Textes\n",
        without_text.join(", ")
    )?;
    let mut texts: Vec<(String, Vec<String>)> = texts.into_iter().collect();
    texts.sort_by(|(_, left), (_, right)| left.cmp(right));
    for (text, parts) in texts {
        write!(page, "\n### {}\n\n```\n{}\n```\n", parts.join(", "), text.replace("```", "'''"))?;
    }
    Ok(page)
}

fn texts_of(part: &Part) -> anyhow::Result<Vec<String>> {
    let mut texts = Vec::new();
    for entry in part.folder.iter().filter(|folder| folder.is_dir()).map(fs::read_dir) {
        let mut files: Vec<_> = entry?.collect::<Result<Vec<_>, _>>()?.into_iter().map(|entry| entry.path()).collect();
        files.sort();
        for file in files.iter().filter(|file| file.is_file() && is_licence(file)) {
            let text = String::from_utf8_lossy(&fs::read(file)?).replace("\r\n", "\n");
            let text: Vec<&str> = text.lines().map(str::trim_end).collect();
            texts.push(text.join("\n").trim_matches('\n').to_owned());
        }
    }
    Ok(texts)
}

fn is_licence(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    NAMES.iter().any(|start| name.starts_with(start)) && !name.ends_with(".rs") && !name.ends_with(".py")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_asks_for_its_notice_has_it_on_the_page() {
        let closure = Closure::of(&["companion-server".to_owned()], "x86_64-unknown-linux-gnu").expect("cargo answers");
        let page = page("vestibule-companion", Kind::Deb, &closure).expect("written");
        let (table, texts) = page.split_once("\n## Textes\n").expect("two parts");
        assert!(table.contains("| aws-lc-sys |") && table.contains("| sqlite |"));
        let told = texts.to_owned() + table.rsplit_once("Sans texte").expect("those without").1;
        for part in closure.parts.values() {
            assert!(told.contains(&format!("{} {}", part.name, part.version)), "{} has neither a text nor a word on it", part.name);
        }
        for word in ["Permission is hereby granted", "THE SOFTWARE IS PROVIDED", "Apache License"] {
            assert!(texts.contains(word), "{word}");
        }
    }
}
