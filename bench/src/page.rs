//! `docs/performance.md`, from the figures of one run.

use std::fmt::Write as _;

use crate::figures::{Figure, table};

/// The page, in French.
///
/// # Errors
/// When the machine does not say what it is.
pub fn page(figures: &[Figure], date: &str, size: &str) -> anyhow::Result<String> {
    let mut page = format!(
        "# Ce que coûte Vestibule

Mesuré le {date} par `./dev bench --size {size} --page`, sur {machine}. Page écrite par cette commande : ne pas la modifier à la main.

Chaque mesure est prise **à côté de son plancher** (ce que le même travail coûterait au moins, avec les mêmes bibliothèques) et **de ses pairs** (le but
se rapporte au premier), dans les mêmes passages : la machine peut être lente ou chargée, les rapports restent. La valeur est la médiane des passages,
entre parenthèses le plus petit et le plus grand ; le rapport (×) est la médiane des rapports de chaque passage. Le temps est celui du processeur,
utilisateur et système, du seul processus mesuré (pour un pair, avec ceux qu’il a lancés), lu dans les compteurs du noyau ; le pilote, le fournisseur
d’identité (un double qui répond aussitôt) et le serveur se partagent les mêmes cœurs. Tout passe par HTTP en clair sur la boucle locale, avec un
fichier SQLite sur le disque et les journaux au niveau par défaut. Une seule réponse inattendue arrête tout.

Où deux planchers se suivent, le premier ne garde et ne lit presque rien\u{202f}; le second garde les mêmes lignes que nous dans les mêmes tables, ou lit une ligne et ouvre
une valeur scellée. Le but se rapporte au premier.

## Les mesures

",
        machine = machine()?
    );
    let (over_postgres, over_sqlite): (Vec<Figure>, Vec<Figure>) = figures.iter().cloned().partition(Figure::is_over_postgres);
    page.push_str(&table(&over_sqlite));
    if !over_postgres.is_empty() {
        page.push_str(&postgres(&over_postgres));
    }
    let _ = write!(
        page,
        "
## Refaire une ligne

| mesures | commande |
|---|---|
| B1, B2 | `./dev bench check` |
| B3, B5, B11 | `./dev bench sign-in` |
| B4 | `./dev bench burst` |
| B6 | `./dev bench parked` |
| B7 | `./dev bench id-token` |
| B14, B15 | `./dev bench start` |
| PG B1 à PG B15 | `./dev bench postgres` |
| [la fenêtre](performance-fenetre.md) (démarrage, mémoire, réveils, tailles) | `./dev bench window` |

Sans nom, toutes celles du serveur. `--size quick` (par défaut) prend moins de dix minutes ; `--size full` en prend une vingtaine, avec 100 000 sessions, 10 000 requêtes en attente et une minute de matinée nationale ; `--size smoke` est
rejoué par `./dev test` : il ne regarde que les réponses et ce qui se compte, jamais le temps.

## Ce qui n’est pas mesuré ici

- TLS sur le port du serveur et vers Pro Santé Connect ; le vrai Pro Santé Connect, dont le temps s’ajoute au nôtre ;
- le réseau jusqu’à PostgreSQL, qui ajoute son temps à chaque aller-retour des lignes PG\u{202f}; plusieurs serveurs de connexion sur la même base\u{202f};
- Windows, et un disque plus lent que celui de cette machine : chaque écriture durable y ajoute la sienne (ligne B5) ;
- les pairs font moins : trois requêtes par connexion, rien de durable, ni piste d’audit ni preuve de possession. Apache tient les sessions en mémoire ;
  express-openid-connect les met dans un cookie chiffré, refait à chaque réponse, que le serveur ne peut pas révoquer, et ne vérifie pas la signature du
  jeton d’identité, reçu du fournisseur lui-même.
"
    );
    Ok(page)
}

/// The same over PostgreSQL: the table, then what was counted one by one.
fn postgres(figures: &[Figure]) -> String {
    let mut section = format!(
        "
## Sur PostgreSQL

La même machine, le même programme, et une base neuve d’un serveur PostgreSQL à lui, derrière une socket locale, qui attend le disque (`fsync`). Le temps est celui du
seul serveur de connexion\u{a0}: PostgreSQL a le sien, sur les mêmes cœurs. Un **aller-retour** est compté chaque fois que le serveur de connexion parle à la base après
qu’elle lui a répondu, par une socket qui transmet tout et compte\u{202f}; préparer une instruction, une fois par connexion à la base, n’y est pas. Des trois prises de chaque compte,
le plus court est gardé\u{a0}: ce que le serveur fait sans être appelé, toutes les dix ou soixante secondes, n’entre que dans un seul.

{}
Ce que sont ces allers-retours, l’un après l’autre. `NOTIFY` prévient les autres serveurs de connexion\u{a0}: personne ne l’attend.

| mesure | allers-retours |
|---|---|
",
        table(figures)
    );
    for Figure { what, each, .. } in figures.iter().filter(|figure| !figure.each.is_empty()) {
        // Writing to a String cannot fail.
        let _ = writeln!(section, "| {what} | {} |", each.join(" · "));
    }
    section
}

/// Processor, cores, memory and kernel.
fn machine() -> anyhow::Result<String> {
    let cpu = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    let model = model.map_or("un processeur sans nom", |(_, name)| name.trim());
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let kibibytes = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")).unwrap_or_default();
    let gigabytes = kibibytes.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap_or_default() * 1024 / 1_000_000_000;
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{cores} cœurs ({model}), {gigabytes} Go de mémoire, Linux {}", kernel.split('-').next().unwrap_or_default().trim()))
}
