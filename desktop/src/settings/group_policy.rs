//! The administrative template of Windows: each setting of the policy as a form of the group policy editor, French and English. Generated,
//! and held to the table of settings by a check.

use vestibule_model::language::Language;

use super::schema::{Kind, SETTINGS, Setting};
use crate::paths::POLICY_KEY;

/// Name of the files and prefix of what is in them.
const NAMESPACE: &str = "Vestibule.Policies.Vestibule";
/// Longest text that the editor takes; an address or a token is far from it.
const LONGEST: u32 = 2048;

/// `Vestibule.admx`: the policies, without a word.
pub fn template() -> String {
    let mut text = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Généré à partir de la table des paramètres : ne pas modifier. -->
<policyDefinitions revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <policyNamespaces>
    <target prefix="vestibule" namespace="{NAMESPACE}"/>
  </policyNamespaces>
  <resources minRequiredRevision="1.0" fallbackCulture="en-US"/>
  <supportedOn>
    <definitions>
      <definition name="SUPPORTED" displayName="$(string.SUPPORTED)"/>
    </definitions>
  </supportedOn>
  <categories>
    <category name="Vestibule" displayName="$(string.Vestibule)"/>
  </categories>
  <policies>
"#
    );
    SETTINGS.iter().for_each(|setting| text.push_str(&policy(setting)));
    text.push_str("  </policies>\n</policyDefinitions>\n");
    text
}

fn policy(setting: &Setting) -> String {
    let name = setting.registry_value();
    let presentation = if element(setting).is_some() { format!(r#" presentation="$(presentation.{name})""#) } else { String::new() };
    let value = if element(setting).is_some() { String::new() } else { format!(r#" valueName="{name}""#) };
    let what = element(setting).map_or_else(
        || {
            "      <enabledValue><decimal value=\"1\"/></enabledValue>\n      <disabledValue><decimal value=\"0\"/></disabledValue>\n"
                .to_owned()
        },
        |element| format!("      <elements>\n{element}      </elements>\n"),
    );
    format!(
        r#"    <policy name="{name}" class="Machine" displayName="$(string.{name})" explainText="$(string.{name}_Help)"{presentation} key="{POLICY_KEY}"{value}>
      <parentCategory ref="Vestibule"/>
      <supportedOn ref="SUPPORTED"/>
{what}    </policy>
"#
    )
}

/// The field of a form; `None` for what is on or off.
fn element(setting: &Setting) -> Option<String> {
    let name = setting.registry_value();
    Some(match setting.kind {
        Kind::Switch => return None,
        Kind::Word(words) => {
            let item = |word: &&str| {
                format!("          <item displayName=\"$(string.{name}_{word})\"><value><string>{word}</string></value></item>\n")
            };
            let items: String = words().iter().map(item).collect();
            format!("        <enum id=\"{name}_Field\" valueName=\"{name}\" required=\"true\">\n{items}        </enum>\n")
        }
        Kind::Texts => format!("        <multiText id=\"{name}_Field\" valueName=\"{name}\"/>\n"),
        Kind::Seconds(most) => number(&name, 0, most),
        Kind::Percent(least, most) => number(&name, least, most),
        Kind::Line(most) => {
            format!("        <text id=\"{name}_Field\" valueName=\"{name}\" required=\"true\" maxLength=\"{most}\"/>\n")
        }
        Kind::Origin | Kind::File | Kind::Program | Kind::Text | Kind::Secret | Kind::Scheme | Kind::Proxy => {
            format!("        <text id=\"{name}_Field\" valueName=\"{name}\" required=\"true\" maxLength=\"{LONGEST}\"/>\n")
        }
    })
}

fn number(name: &str, least: u32, most: u32) -> String {
    format!("        <decimal id=\"{name}_Field\" valueName=\"{name}\" required=\"true\" minValue=\"{least}\" maxValue=\"{most}\"/>\n")
}

/// `fr-FR/Vestibule.adml` and `en-US/Vestibule.adml`: its words.
pub fn words(language: Language) -> String {
    let (about, supported) = match language {
        Language::Fr => ("Stratégie des postes Vestibule, fixée par l’administrateur", "Vestibule, toutes les versions"),
        Language::En => ("Settings of Vestibule workstations, decided by the administrator", "Vestibule, every version"),
    };
    let mut strings = vec![("Vestibule".to_owned(), "Vestibule".to_owned()), ("SUPPORTED".to_owned(), supported.to_owned())];
    let mut presentations = String::new();
    for setting in SETTINGS {
        let name = setting.registry_value();
        strings.push((name.clone(), setting.name.to_owned()));
        strings.push((format!("{name}_Help"), help(setting, language)));
        if let Kind::Word(words) = setting.kind {
            strings.extend(words().into_iter().map(|word| (format!("{name}_{word}"), word.to_owned())));
        }
        presentations.push_str(&presentation(setting));
    }
    let strings: String = strings.iter().map(|(id, text)| format!("      <string id=\"{id}\">{}</string>\n", escaped(text))).collect();
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<!-- Généré à partir de la table des paramètres : ne pas modifier. -->
<policyDefinitionResources revision="1.0" schemaVersion="1.0" xmlns="http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions">
  <displayName>Vestibule</displayName>
  <description>{about}</description>
  <resources>
    <stringTable>
{strings}    </stringTable>
    <presentationTable>
{presentations}    </presentationTable>
  </resources>
</policyDefinitionResources>
"#
    )
}

fn presentation(setting: &Setting) -> String {
    let (name, label) = (setting.registry_value(), setting.name);
    let field = match setting.kind {
        Kind::Switch => return String::new(),
        Kind::Word(_) => format!("<dropdownList refId=\"{name}_Field\" noSort=\"true\" defaultItem=\"0\">{label}</dropdownList>"),
        Kind::Seconds(_) | Kind::Percent(..) => {
            format!("<decimalTextBox refId=\"{name}_Field\" defaultValue=\"{}\">{label}</decimalTextBox>", setting.example)
        }
        Kind::Texts => format!("<multiTextBox refId=\"{name}_Field\">{label}</multiTextBox>"),
        Kind::Origin | Kind::File | Kind::Program | Kind::Text | Kind::Line(_) | Kind::Secret | Kind::Scheme | Kind::Proxy => {
            format!("<textBox refId=\"{name}_Field\"><label>{label}</label></textBox>")
        }
    };
    format!("      <presentation id=\"{name}\">{field}</presentation>\n")
}

fn help(setting: &Setting, language: Language) -> String {
    let (text, default, key) = match language {
        Language::Fr => (setting.fr, "Par défaut\u{a0}: ", "Paramètre\u{a0}: "),
        Language::En => (setting.en, "Default: ", "Setting: "),
    };
    let default = setting.default.map(|value| format!("\n{default}{value}")).unwrap_or_default();
    format!("{text}{default}\n{key}{}", setting.name)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod published_rules;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What stands between `before` and `after`, each time.
    fn all<'a>(text: &'a str, before: &str, after: char) -> BTreeSet<&'a str> {
        text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
    }

    #[test]
    fn every_word_and_form_that_the_template_names_is_there_in_both_languages_and_no_other() {
        let template = template();
        for language in [Language::Fr, Language::En] {
            let words = words(language);
            assert_eq!(all(&template, "$(string.", ')'), all(&words, "<string id=\"", '"'), "{language:?}");
            assert_eq!(all(&template, "$(presentation.", ')'), all(&words, "<presentation id=\"", '"'), "{language:?}");
            assert_eq!(all(&template, " id=\"", '"'), all(&words, "refId=\"", '"'), "{language:?}");
        }
    }

    #[test]
    fn every_setting_is_written_where_the_app_reads_it() {
        let template = template();
        let expected: BTreeSet<String> = SETTINGS.iter().map(Setting::registry_value).collect();
        let found: BTreeSet<String> = all(&template, "valueName=\"", '"').into_iter().map(str::to_owned).collect();
        assert_eq!(found, expected);
        assert_eq!(all(&template, " key=\"", '"'), BTreeSet::from([POLICY_KEY]));
        assert!(!template.contains("class=\"User\"") && !template.contains("class=\"Both\""), "the person decides nothing here");
    }
}
