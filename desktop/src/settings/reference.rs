//! What is published of the settings: a sample, a page, a schema. Generated, and held to the table by a check.

use serde_json::{Map, Value, json};
use vestibule_model::language::Language;

use super::schema::{Kind, SETTINGS, Scope, Setting};

/// Longest line of a comment.
const WIDTH: usize = 110;

/// A policy file with every key, each explained; those that are not required stand in comments.
pub fn sample() -> String {
    let mut text = String::from(
        "# Stratégie du poste, posée par l’administrateur : /etc/vestibule/policy.toml (Linux).\n\
         # Lui, companion_ca_file et les dossiers au-dessus appartiennent à root, et lui seul peut les modifier.\n\
         # Généré à partir de la table des paramètres : ne pas modifier ici.\n",
    );
    for setting in SETTINGS {
        text.push('\n');
        for line in wrapped(setting.fr) {
            text.push_str(&format!("# {line}\n"));
        }
        let about = [
            setting.default.map(|default| format!("Par défaut : {default}.")),
            (setting.scope == Scope::PolicyThenUser).then(|| "Sans ligne ici, la personne peut choisir.".to_owned()),
        ];
        let about: Vec<String> = about.into_iter().flatten().collect();
        if !about.is_empty() {
            text.push_str(&format!("# {}\n", about.join(" ")));
        }
        let comment = if setting.is_required { "" } else { "# " };
        text.push_str(&format!("{comment}{} = {}\n", setting.name, setting.example));
    }
    text
}

/// The page of reference, French first.
pub fn page() -> String {
    let mut text = String::from(
        "# Configuration du poste\n\n\
         Généré à partir de la table des paramètres (`desktop/src/settings/schema.rs`). `vestibule settings show --sources` affiche ce qui est en vigueur sur un poste,\n\
         et d’où cela vient.\n\n\
         | paramètre | valeur | par défaut | qui le fixe | ce qu’il fait |\n|---|---|---|---|---|\n",
    );
    for setting in SETTINGS {
        let who = match setting.scope {
            Scope::Policy => "l’administrateur",
            Scope::PolicyThenUser => "l’administrateur, sinon la personne",
        };
        let default = default(setting, "à donner", "aucune");
        text.push_str(&format!(
            "| `{}` | {} | {default} | {who} | {} |\n",
            setting.name,
            cell(&setting.expected(Language::Fr)),
            setting.fr
        ));
    }
    text.push_str("\n## In English\n\n| setting | value | default | set by | what it does |\n|---|---|---|---|---|\n");
    for setting in SETTINGS {
        let who = match setting.scope {
            Scope::Policy => "the administrator",
            Scope::PolicyThenUser => "the administrator, else the person",
        };
        let default = default(setting, "required", "none");
        text.push_str(&format!(
            "| `{}` | {} | {default} | {who} | {} |\n",
            setting.name,
            cell(&setting.expected(Language::En)),
            setting.en
        ));
    }
    text
}

/// JSON schema of the policy file.
pub fn schema() -> Value {
    let properties: Map<String, Value> = SETTINGS.iter().map(|setting| (setting.name.to_owned(), property(setting))).collect();
    let required: Vec<&str> = SETTINGS.iter().filter(|setting| setting.is_required).map(|setting| setting.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stratégie d’un poste Vestibule",
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn property(setting: &Setting) -> Value {
    let mut property = match setting.kind {
        Kind::Origin => json!({"type": "string", "format": "uri"}),
        Kind::File | Kind::Program | Kind::Text | Kind::Secret | Kind::Scheme | Kind::Proxy => json!({"type": "string"}),
        Kind::Line(most) => json!({"type": "string", "minLength": 1, "maxLength": most}),
        Kind::Word(words) => json!({"enum": words()}),
        Kind::Texts => json!({"type": "array", "items": {"type": "string"}}),
        Kind::Switch => json!({"type": "boolean"}),
        Kind::Seconds(most) => json!({"type": "integer", "minimum": 0, "maximum": most}),
        Kind::Percent(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
    };
    property["description"] = json!(setting.fr);
    if let Some(default) = setting.default.and_then(|text| serde_json::from_str::<Value>(text).ok()) {
        property["default"] = default;
    }
    property
}

fn default(setting: &Setting, required: &str, none: &str) -> String {
    match setting.default {
        Some(default) => format!("`{default}`"),
        None if setting.is_required => required.to_owned(),
        None => none.to_owned(),
    }
}

/// Code and bars as a table takes them.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sample with every line in force.
    fn in_force() -> String {
        sample()
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn the_sample_is_read_by_the_reader_it_is_for_with_every_key_in_force() {
        let table: toml::Table = toml::from_str(&in_force()).expect("TOML");
        assert_eq!(table.keys().count(), SETTINGS.len());
        let read: super::super::schema::PolicyFile = toml::from_str(&in_force()).expect("a policy");
        assert!(read.companion_url.is_some() && read.language.is_some() && read.proxy_exceptions.is_some());
        let as_shipped: toml::Table = toml::from_str(&sample()).expect("TOML");
        assert_eq!(as_shipped.keys().collect::<Vec<_>>(), ["companion_url"]);
    }

    #[test]
    fn the_schema_names_every_key_and_nothing_else() {
        let schema = schema();
        let names: Vec<&String> = schema["properties"].as_object().expect("an object").keys().collect();
        assert_eq!(names.len(), SETTINGS.len());
        assert_eq!(schema["properties"]["exchange"]["enum"], serde_json::json!(["auto", "loopback", "scheme", "polling"]));
        assert_eq!(schema["properties"]["raise_before_end"]["default"], serde_json::json!(false));
        assert_eq!(schema["required"], serde_json::json!(["companion_url"]));
    }
}
