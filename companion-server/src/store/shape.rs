//! Whether a database is made as this program makes one: what somebody else added, took away or replaced acts on what is kept, or hides it.

use std::collections::{BTreeMap, BTreeSet};

use vestibule_model::wire::printable;

use super::made::{Made, Place};
use super::visit::Visit;
use super::{Database, Store, StoreError, postgres, sqlite};

/// One thing that is otherwise than it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    name: String,
    /// The table that it is on, or itself.
    pub(super) table: String,
    what: What,
    /// Whether what stands there may write into the audit trail, whatever table it is on.
    pub(super) may_write_trail: bool,
    /// What is wrong, for an administrator, in French.
    pub told: String,
}

/// What is wrong with a thing, where that is to be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A rule that keeps a table from being changed is gone, or is another.
    RuleGone,
    /// Somebody gave the database a rule of his own.
    RuleForeign,
    Any,
}

impl Difference {
    fn of_steps(told: String) -> Self {
        Self { name: STEPS.into(), table: STEPS.into(), what: What::Any, may_write_trail: false, told }
    }

    /// The name of a rule that is gone, or is another.
    pub fn rule_gone(&self) -> Option<&str> {
        (self.what == What::RuleGone).then(|| self.bare_name())
    }

    /// The name of a rule that this program does not make.
    pub fn rule_foreign(&self) -> Option<&str> {
        (self.what == What::RuleForeign).then(|| self.bare_name())
    }

    /// A server names a rule with its table.
    fn bare_name(&self) -> &str {
        self.name.strip_prefix(&self.table).and_then(|name| name.strip_prefix('.')).unwrap_or(&self.name)
    }
}

impl Store {
    /// Names of what is otherwise than this version makes it, in a memory that it has brought up to date. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError`]
    pub async fn foreign(&self) -> Result<Vec<String>, StoreError> {
        let made = match &self.0 {
            Database::Sqlite(_) => &sqlite::MADE,
            Database::Postgres(_) => &postgres::MADE,
        };
        self.survey(|visit| Ok(differences(visit, made)?.into_iter().map(|difference| printable(&difference.name, 80)).collect())).await
    }
}

/// Where the steps are noted.
const STEPS: &str = "_sqlx_migrations";

/// What is otherwise than the steps that are noted made it; nothing of a database that no start prepared. Changes nothing.
///
/// # Errors
/// [`StoreError`]
pub(super) fn differences(visit: &mut dyn Visit, made: &Made) -> Result<Vec<Difference>, StoreError> {
    if !made.has(visit, STEPS)? {
        let is_made = made.has(visit, "audit")? || made.has(visit, "accounts")?;
        let lost = || Difference::of_steps(format!("la table «\u{a0}{STEPS}\u{a0}» manque"));
        return Ok(is_made.then(lost).into_iter().collect());
    }
    let done: Vec<i64> = visit.scalars("SELECT version FROM _sqlx_migrations ORDER BY version", &[])?;
    let all: Vec<i64> = made.steps.iter().map(|step| step.version).collect();
    let there = objects(visit, made.place)?;
    let is_begun = all.starts_with(&done);
    if !is_begun || (done.len() < all.len() && against(&there, made.place, &all)?.is_empty()) {
        let missing: Vec<String> = all.iter().filter(|step| !done.contains(step)).map(i64::to_string).collect();
        return Ok(vec![Difference::of_steps(format!("la table «\u{a0}{STEPS}\u{a0}» ne note plus l’étape {}", missing.join(", ")))]);
    }
    against(&there, made.place, &done)
}

/// What stands in the catalogue of a database, by kind and name.
type Objects = BTreeMap<(String, String), Object>;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Object {
    table: String,
    definition: String,
}

fn against(there: &Objects, place: Place, steps: &[i64]) -> Result<Vec<Difference>, StoreError> {
    let (made, is_whole) = match place {
        Place::File => (objects(&mut sqlite::in_memory(steps)?, place)?, true),
        Place::Server if steps.iter().copied().eq(postgres::MADE.steps.iter().map(|step| step.version)) => (catalogue(), true),
        // Of an older database of a server, only the rules of its trail are known: they are the same from the first step on.
        Place::Server => (catalogue().into_iter().filter(|(key, object)| is_rule_of_trail(key, object)).collect(), false),
    };
    let tables: BTreeSet<&str> = made.values().map(|object| object.table.as_str()).collect();
    let mut found = Vec::new();
    for (key, object) in &made {
        let wrong = match there.get(key) {
            None => match there.keys().find(|(kind, name)| *name == key.1 && kind != &key.0 && is_relation(kind) && is_relation(&key.0)) {
                Some((kind, _)) => format!("est devenu{} {}", agreed(&key.0), french(kind)),
                None => "manque".into(),
            },
            Some(other) if other != object => format!("est défini{} autrement", agreed(&key.0)),
            Some(_) => continue,
        };
        let may_write_trail = there.get(key).is_some_and(|other| may_write_trail(place, key, other));
        found.push(Difference { may_write_trail, ..difference(key, object, What::RuleGone, &wrong) });
    }
    for (key, object) in there {
        let is_known =
            made.contains_key(key) || (is_relation(&key.0) && made.keys().any(|(kind, name)| is_relation(kind) && *name == key.1));
        let acts = match place {
            // The file is the companion's own.
            Place::File => true,
            Place::Server => acts_on(&tables, key, object),
        };
        if !is_known && acts && (is_whole || is_rule_of_trail(key, object)) {
            let may_write_trail = may_write_trail(place, key, object);
            found
                .push(Difference { may_write_trail, ..difference(key, object, What::RuleForeign, "ne vient pas du serveur de connexion") });
        }
    }
    Ok(found)
}

fn is_rule(kind: &str) -> bool {
    kind == "trigger"
}

fn is_rule_of_trail((kind, _): &(String, String), object: &Object) -> bool {
    is_rule(kind) && matches!(object.table.as_str(), "audit" | "audit_periods")
}

/// On a server, others may keep tables beside these; what is on these is no business of theirs, but for an index that refuses nothing.
fn acts_on(tables: &BTreeSet<&str>, (kind, _): &(String, String), object: &Object) -> bool {
    let is_ours = tables.contains(object.table.as_str());
    match kind.as_str() {
        "table" | "view" | "sequence" | "function" => false,
        "index" => is_ours && object.definition.starts_with("CREATE UNIQUE"),
        "constraint" => is_ours || tables.iter().any(|table| object.definition.contains(&format!("REFERENCES {table}("))),
        _ => is_ours,
    }
}

/// A rule of a file names in its own words what it writes to; one of a server calls what says anything.
fn may_write_trail(place: Place, (kind, _): &(String, String), object: &Object) -> bool {
    match place {
        Place::File => is_rule(kind) && object.definition.to_ascii_lowercase().contains("audit"),
        Place::Server => matches!(kind.as_str(), "trigger" | "rule" | "function"),
    }
}

fn is_relation(kind: &str) -> bool {
    matches!(kind, "table" | "view" | "sequence")
}

/// `what` it is if it is a rule.
fn difference((kind, name): &(String, String), object: &Object, what: What, wrong: &str) -> Difference {
    let what = if is_rule(kind) { what } else { What::Any };
    let shown = printable(name, 80);
    let on = if object.table == *name { String::new() } else { format!(" (table {})", printable(&object.table, 80)) };
    Difference {
        name: name.clone(),
        table: object.table.clone(),
        what,
        may_write_trail: false,
        told: format!("{} «\u{a0}{shown}\u{a0}»{on} {wrong}", french(kind)),
    }
}

fn french(kind: &str) -> &str {
    match kind {
        "table" => "la table",
        "view" => "la vue",
        "sequence" => "la suite de numéros",
        "function" => "la fonction",
        "index" => "l’index",
        "trigger" => "le déclencheur",
        "constraint" => "la contrainte",
        "column" => "la colonne",
        "rule" => "la règle",
        "policy" => "la politique",
        _ => "l’objet",
    }
}

/// The ending of what is said of it.
fn agreed(kind: &str) -> &'static str {
    if french(kind).starts_with("la ") { "e" } else { "" }
}

fn objects(visit: &mut dyn Visit, place: Place) -> Result<Objects, StoreError> {
    let statement = match place {
        Place::File => OF_FILE,
        Place::Server => OF_SERVER,
    };
    let mut all = Objects::new();
    for row in visit.rows(statement, &[])? {
        let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
        let definition: Option<String> = row.get("definition")?;
        // Former versions of this program, and of the database's own, wrote the same otherwise spaced and quoted.
        let definition = match place {
            Place::File => definition.unwrap_or_default().replace('"', "").split_whitespace().collect(),
            Place::Server => definition.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
        };
        all.insert((kind, name), Object { table: row.get("owner")?, definition });
    }
    Ok(all)
}

/// Statistics are the database's own.
const OF_FILE: &str = "SELECT type AS kind, name, tbl_name AS owner, sql AS definition FROM sqlite_schema
    WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'";

const OF_SERVER: &str = "WITH here AS (SELECT oid, nspname FROM pg_namespace WHERE nspname = current_schema()),
    own AS (SELECT class.oid, class.relname, class.relkind, class.relpersistence, class.relrowsecurity FROM pg_class AS class
            JOIN here ON here.oid = class.relnamespace WHERE class.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')),
    said AS (
    SELECT CASE own.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END AS kind, CAST(own.relname AS TEXT) AS name,
           CAST(own.relname AS TEXT) AS owner, concat_ws(' ', own.relpersistence, own.relrowsecurity) AS definition FROM own
    UNION ALL
    SELECT 'column', own.relname || '.' || attribute.attname, own.relname,
           concat_ws(' ', format_type(attribute.atttypid, attribute.atttypmod), attribute.attnotnull, attribute.attgenerated, attribute.attidentity,
                     pg_get_expr(adbin, adrelid))
    FROM pg_attribute AS attribute JOIN own ON own.oid = attribute.attrelid LEFT JOIN pg_attrdef ON adrelid = attribute.attrelid AND adnum = attribute.attnum
    WHERE attribute.attnum > 0 AND NOT attribute.attisdropped AND own.relkind <> 'S'
    UNION ALL
    SELECT 'constraint', own.relname || '.' || conname, own.relname, pg_get_constraintdef(constraints.oid)
    FROM pg_constraint AS constraints JOIN own ON own.oid = constraints.conrelid WHERE contype IN ('p', 'u', 'f', 'c', 'x')
    UNION ALL
    SELECT 'index', CAST(class.relname AS TEXT), CAST(own.relname AS TEXT), pg_get_indexdef(index.indexrelid)
    FROM pg_index AS index JOIN own ON own.oid = index.indrelid JOIN pg_class AS class ON class.oid = index.indexrelid
    UNION ALL
    SELECT 'trigger', own.relname || '.' || tgname, own.relname, concat_ws(' ', tgenabled, pg_get_triggerdef(pg_trigger.oid))
    FROM pg_trigger JOIN own ON own.oid = tgrelid WHERE NOT tgisinternal
    UNION ALL
    SELECT 'rule', own.relname || '.' || rulename, own.relname, concat_ws(' ', ev_enabled, pg_get_ruledef(pg_rewrite.oid))
    FROM pg_rewrite JOIN own ON own.oid = ev_class WHERE rulename <> '_RETURN'
    UNION ALL
    SELECT 'policy', own.relname || '.' || polname, own.relname, concat_ws(' ', polcmd, pg_get_expr(polqual, polrelid))
    FROM pg_policy JOIN own ON own.oid = polrelid
    UNION ALL
    SELECT 'function', CAST(proname AS TEXT), CAST(proname AS TEXT), concat_ws(' ', md5(prosrc), prokind, provolatile, prosecdef, array_to_string(proconfig, ','))
    FROM pg_proc JOIN here ON here.oid = pronamespace)
    SELECT CAST(kind AS TEXT) AS kind, CAST(name AS TEXT) AS name, CAST(owner AS TEXT) AS owner,
           replace(CAST(definition AS TEXT), quote_ident(current_schema()) || '.', '') AS definition FROM said";

/// What every step together makes on a server, as the server itself tells it: a start must not make it a second time to know.
const CATALOGUE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres/catalogue.txt"));

fn catalogue() -> Objects {
    let line = |line: &str| {
        let mut parts = line.split('\t').map(str::to_owned);
        let (kind, name, table) = (parts.next()?, parts.next()?, parts.next()?);
        Some(((kind, name), Object { table, definition: parts.next()? }))
    };
    CATALOGUE.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests;
