//! The commands of the administrator's guide by which a memory is saved and restored.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// How each of those examples begins.
pub const TITLES: [&str; 4] = [
    "# Sauvegarde : fichier SQLite",
    "# Restauration : fichier SQLite, serveur arrêté",
    "# Sauvegarde : base PostgreSQL",
    "# Restauration : base PostgreSQL, serveurs arrêtés",
];

/// The pages that an administrator copies commands from.
const PAGES: [&str; 2] = ["administrateur.md", "deployer-compagnon.md"];

/// The example with this title, as it stands.
///
/// # Errors
/// When the pages have none, or two.
pub fn example(title: &str) -> anyhow::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/fr");
    let guide = PAGES.iter().map(|page| fs::read_to_string(folder.join(page))).collect::<Result<String, _>>()?;
    let begin = format!("```sh\n{title}\n");
    let mut found = guide.split(begin.as_str()).skip(1);
    let (example, none) = (found.next().with_context(|| format!("the guide has no example {title}"))?, found.next());
    anyhow::ensure!(none.is_none(), "the guide has two examples {title}");
    Ok(example.split("```").next().unwrap_or_default().to_owned())
}
