//! The policy of a workstation under Windows: values of one key of the registry, each named after its setting (`companion_url` is
//! `CompanionUrl`), as group policies and the installer write them.

use toml::{Table, Value};

use super::fault::Fault;
use super::schema::{Kind, SETTINGS, Setting};
use crate::windows_registry::Written;

/// The same as a policy file would say it. A text that is empty is one that nobody gave.
///
/// # Errors
/// [`Fault`], naming the key as a file has it; a name that is none of ours, as it is written.
pub(super) fn table(values: Vec<(String, Written)>) -> Result<Table, Fault> {
    let mut table = Table::new();
    // The key's own value, which has no name, says nothing of anything.
    for (name, written) in values.into_iter().filter(|(name, _)| !name.is_empty()) {
        let of_this_name = |setting: &&Setting| setting.registry_value().eq_ignore_ascii_case(&name);
        let setting = SETTINGS.iter().find(of_this_name).ok_or_else(|| Fault::UnknownKey(name.clone()))?;
        if let Some(value) = value(setting, written)? {
            table.insert(setting.name.to_owned(), value);
        }
    }
    Ok(table)
}

fn value(setting: &Setting, written: Written) -> Result<Option<Value>, Fault> {
    let wrong = || Fault::WrongKind(Some(setting.name.to_owned()));
    match (setting.kind, written) {
        (_, Written::Text(text)) if text.is_empty() => Ok(None),
        (Kind::Switch, Written::Number(number @ 0..=1)) => Ok(Some(Value::from(number == 1))),
        (Kind::Switch, Written::Text(text)) => match text.as_str() {
            "1" | "true" => Ok(Some(Value::from(true))),
            "0" | "false" => Ok(Some(Value::from(false))),
            _ => Err(wrong()),
        },
        (Kind::Seconds(_) | Kind::Percent(..), Written::Number(number)) => {
            u32::try_from(number).map(|number| Some(Value::from(number))).map_err(|_| wrong())
        }
        (Kind::Seconds(_) | Kind::Percent(..), Written::Text(text)) => {
            text.parse::<u32>().map(|number| Some(Value::from(number))).map_err(|_| wrong())
        }
        (Kind::Texts, Written::Texts(texts)) => Ok(Some(Value::from(texts))),
        // One line of a form, or of a command.
        (Kind::Texts, Written::Text(text)) => {
            let texts = text.split(';').map(str::trim).filter(|text| !text.is_empty());
            Ok(Some(texts.map(Value::from).collect::<Vec<_>>().into()))
        }
        (Kind::Word(words), Written::Text(text)) if !words().contains(&text.as_str()) => {
            Err(Fault::UnknownValue(Some(setting.name.to_owned())))
        }
        (
            Kind::Origin | Kind::File | Kind::Program | Kind::Text | Kind::Secret | Kind::Word(_) | Kind::Scheme | Kind::Proxy,
            Written::Text(text),
        ) => Ok(Some(Value::from(text))),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of(name: &str, written: Written) -> Result<Table, Fault> {
        table(vec![(name.to_owned(), written)])
    }

    fn text(text: &str) -> Written {
        Written::Text(text.to_owned())
    }

    #[test]
    fn each_kind_of_setting_is_read_from_what_forms_and_installers_write() {
        let values = vec![
            ("CompanionUrl".to_owned(), text("https://connexion.hopital.example")),
            ("RAISEBEFOREEND".to_owned(), Written::Number(1)),
            ("ProxyExceptions".to_owned(), text("*.hopital.example; 10.0.0.0/8;")),
            ("DeviceLabel".to_owned(), text("")),
            (String::new(), Written::Other),
        ];
        let expected: Table = toml::from_str(
            "companion_url = \"https://connexion.hopital.example\"\nraise_before_end = true\nproxy_exceptions = [\"*.hopital.example\", \"10.0.0.0/8\"]\n",
        )
        .expect("TOML");
        assert_eq!(table(values).expect("read"), expected);
        let several = Written::Texts(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(table_of("ProxyExceptions", several).expect("read")["proxy_exceptions"], Value::from(vec!["a", "b"]));
        for (written, expected) in [(text("1"), true), (text("true"), true), (text("0"), false), (Written::Number(0), false)] {
            assert_eq!(table_of("RaiseBeforeEnd", written).expect("read")["raise_before_end"], Value::from(expected));
        }
        for written in [text("30"), Written::Number(30)] {
            assert_eq!(table_of("CardGraceSeconds", written).expect("read")["card_grace_seconds"], Value::from(30));
        }
    }

    #[test]
    fn what_is_not_understood_is_named_and_its_value_is_not() {
        for (name, written, fault) in [
            ("CompanionUri", text("canary"), Fault::UnknownKey("CompanionUri".to_owned())),
            ("Exchange", text("canary"), Fault::UnknownValue(Some("exchange".to_owned()))),
            ("RaiseBeforeEnd", Written::Number(2), Fault::WrongKind(Some("raise_before_end".to_owned()))),
            ("RaiseBeforeEnd", text("canary"), Fault::WrongKind(Some("raise_before_end".to_owned()))),
            ("CompanionUrl", Written::Number(1), Fault::WrongKind(Some("companion_url".to_owned()))),
            ("CardGraceSeconds", text("canary"), Fault::WrongKind(Some("card_grace_seconds".to_owned()))),
            ("ServiceName", Written::Other, Fault::WrongKind(Some("service_name".to_owned()))),
        ] {
            let found = table_of(name, written).expect_err(name);
            assert!(found == fault && !found.to_string().contains("canary"), "{name}: {found}");
        }
    }

    #[test]
    fn every_setting_has_a_name_of_its_own_in_the_registry_and_for_the_installer() {
        let names: std::collections::HashSet<String> = SETTINGS.iter().map(|setting| setting.registry_value().to_lowercase()).collect();
        assert_eq!(names.len(), SETTINGS.len());
        let setting = Setting::named("companion_ca_file").expect("a setting");
        assert_eq!((setting.registry_value().as_str(), setting.installer_property().as_str()), ("CompanionCaFile", "COMPANION_CA_FILE"));
    }
}
