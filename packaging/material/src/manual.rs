//! Manual pages, from what the help says.

use clap_mangen::Man;

use crate::program::Tongue;

/// What clap's renderer calls the parts of a page, and what they are called in French.
const FRENCH: [(&str, &str); 5] =
    [("NAME", "NOM"), ("Commandes", "COMMANDES"), ("EXTRA", "CODES DE SORTIE"), ("VERSION", "VERSION"), ("AUTHORS", "AUTEURS")];
const ENGLISH: [(&str, &str); 2] = [("Commands", "COMMANDS"), ("EXTRA", "EXIT STATUS")];

/// Name without section, and text, of the page of each command, the program itself first.
pub fn pages(program: &clap::Command, tongue: Tongue, date: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut program = program.clone().disable_help_subcommand(true);
    program.build();
    let source = format!("{} {}", program.get_name(), program.get_version().unwrap_or_default());
    let mut pages = Vec::new();
    collect(&program, &[], tongue, (&source, date), &mut pages)?;
    Ok(pages)
}

fn collect(
    command: &clap::Command,
    above: &[&str],
    tongue: Tongue,
    (source, date): (&str, &str),
    pages: &mut Vec<(String, String)>,
) -> anyhow::Result<()> {
    let path = [above, &[command.get_name()]].concat();
    let name = path.join("-");
    // A part is called by its whole name.
    let shown = command.clone().display_name(name.clone());
    let mut page = Vec::new();
    Man::new(shown).title(name.to_uppercase()).section("1").date(date).source(source).manual("Vestibule").render(&mut page)?;
    pages.push((name, in_tongue(&String::from_utf8(page)?, tongue)));
    for part in command.get_subcommands().filter(|part| part.get_name() != "help") {
        collect(part, &path, tongue, (source, date), pages)?;
    }
    Ok(())
}

/// Headings in the language of the page; what stands under `EXTRA` begins with a heading of its own, which goes.
fn in_tongue(page: &str, tongue: Tongue) -> String {
    let names: &[(&str, &str)] = match tongue {
        Tongue::French => &FRENCH,
        Tongue::English => &ENGLISH,
    };
    let mut lines = Vec::new();
    let mut is_under_extra = false;
    for line in page.lines() {
        if is_under_extra && line.ends_with(':') {
            is_under_extra = false;
            lines.push(".nf".to_owned());
            continue;
        }
        let Some(heading) = line.strip_prefix(".SH ") else {
            lines.push(line.to_owned());
            continue;
        };
        is_under_extra = heading == "EXTRA";
        let heading = names.iter().find(|(name, _)| *name == heading).map_or(heading, |(_, word)| word);
        lines.push(if heading.contains(' ') { format!(".SH \"{heading}\"") } else { format!(".SH {heading}") });
    }
    lines.join("\n") + "\n"
}
