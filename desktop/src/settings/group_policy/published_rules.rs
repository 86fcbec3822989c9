//! The rules that Microsoft publishes for such files (the XML schema of group policy definitions, version 1.0), as far as ours use them. The
//! schema itself is not ours to carry; a file that breaks it is passed over by the editor of group policies, with a message at best.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use vestibule_model::language::Language;

use super::{template, words};

const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";

/// An element: name, attributes, elements within, whether there is text between these.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    within: Vec<Element>,
    has_text: bool,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().map(|attribute| attribute.expect("an attribute"));
        Self {
            name: start.name().as_ref().to_owned(),
            attributes: attributes.map(|attribute| (attribute.key.as_ref().to_owned(), attribute.value.into_owned())).collect(),
            ..Self::default()
        }
    }

    fn read(text: &str) -> Self {
        let mut reader = Reader::from_str(text);
        let mut open = vec![Self::default()];
        loop {
            let within = open.last_mut().expect("the document itself");
            match reader.read_event().expect("well formed") {
                Event::Start(start) => open.push(Self::of(&start)),
                Event::Empty(start) => within.within.push(Self::of(&start)),
                Event::Text(text) => within.has_text |= !text.trim().is_empty(),
                Event::CData(_) | Event::GeneralRef(_) => within.has_text = true,
                Event::End(_) => {
                    let closed = open.pop().expect("opened");
                    open.last_mut().expect("the document itself").within.push(closed);
                }
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
                Event::Eof => return open.pop().and_then(|mut document| document.within.pop()).expect("an element"),
            }
        }
    }

    /// It, and everything in it.
    fn all(&self) -> Vec<&Self> {
        std::iter::once(self).chain(self.within.iter().flat_map(Self::all)).collect()
    }
}

/// What an attribute may be.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Any,
    Class,
    /// Letters, digits and `_`.
    Name,
    Number,
    Presentation,
    /// `$(string.…)`.
    Words,
    Truth,
    /// `1.0`.
    Version,
    Xmlns,
}

impl Kind {
    fn takes(self, text: &str) -> bool {
        let is_name = |text: &str| !text.is_empty() && text.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
        let within = |start: &str| text.strip_prefix(start).and_then(|rest| rest.strip_suffix(')')).is_some_and(is_name);
        match self {
            Self::Any => !text.is_empty(),
            Self::Class => ["User", "Machine", "Both"].contains(&text),
            Self::Name => is_name(text),
            Self::Number => text.parse::<u32>().is_ok(),
            Self::Presentation => within("$(presentation."),
            Self::Words => within("$(string."),
            Self::Truth => ["true", "false"].contains(&text),
            Self::Version => text.split_once('.').is_some_and(|(major, minor)| {
                [(major, 4), (minor, 5)].iter().all(|(part, most)| part.len() <= *most && part.parse::<u32>().is_ok())
            }),
            Self::Xmlns => text == NAMESPACE,
        }
    }
}

/// What stands in an element.
#[derive(Debug, Clone, Copy)]
enum Content {
    /// These elements in this order, each at least and at most so often.
    Sequence(&'static [(&'static str, usize, usize)]),
    Text,
    Nothing,
}

use Content::{Nothing, Sequence, Text};

const MANY: usize = usize::MAX;

/// The element above, the element, its attributes (an `!` before those that it must have), what is in it.
type Rule = (&'static str, &'static str, &'static [(&'static str, Kind)], Content);

const RULES: [Rule; 33] = [
    (
        "",
        "policyDefinitions",
        &[("!revision", Kind::Version), ("!schemaVersion", Kind::Version), ("!xmlns", Kind::Xmlns)],
        Sequence(&[("policyNamespaces", 1, 1), ("resources", 1, 1), ("supportedOn", 0, 1), ("categories", 0, 1), ("policies", 0, 1)]),
    ),
    ("policyDefinitions", "policyNamespaces", &[], Sequence(&[("target", 1, 1), ("using", 0, MANY)])),
    ("policyNamespaces", "target", &[("!prefix", Kind::Name), ("!namespace", Kind::Any)], Nothing),
    ("policyDefinitions", "resources", &[("!minRequiredRevision", Kind::Version), ("fallbackCulture", Kind::Any)], Nothing),
    ("policyDefinitions", "supportedOn", &[], Sequence(&[("products", 0, 1), ("definitions", 0, 1)])),
    ("supportedOn", "definitions", &[], Sequence(&[("definition", 1, MANY)])),
    ("definitions", "definition", &[("!name", Kind::Name), ("!displayName", Kind::Words)], Nothing),
    ("policyDefinitions", "categories", &[], Sequence(&[("category", 1, MANY)])),
    (
        "categories",
        "category",
        &[("!name", Kind::Name), ("!displayName", Kind::Words), ("explainText", Kind::Words)],
        Sequence(&[("parentCategory", 0, 1)]),
    ),
    ("policyDefinitions", "policies", &[], Sequence(&[("policy", 1, MANY)])),
    (
        "policies",
        "policy",
        &[
            ("!name", Kind::Name),
            ("!class", Kind::Class),
            ("!displayName", Kind::Words),
            ("!explainText", Kind::Words),
            ("presentation", Kind::Presentation),
            ("!key", Kind::Any),
            ("valueName", Kind::Any),
        ],
        Sequence(&[("parentCategory", 1, 1), ("supportedOn", 1, 1), ("enabledValue", 0, 1), ("disabledValue", 0, 1), ("elements", 0, 1)]),
    ),
    ("policy", "parentCategory", &[("!ref", Kind::Name)], Nothing),
    ("policy", "supportedOn", &[("!ref", Kind::Name)], Nothing),
    ("policy", "enabledValue", &[], Sequence(&[("decimal", 1, 1)])),
    ("policy", "disabledValue", &[], Sequence(&[("decimal", 1, 1)])),
    ("enabledValue", "decimal", &[("!value", Kind::Number)], Nothing),
    ("disabledValue", "decimal", &[("!value", Kind::Number)], Nothing),
    // The schema lets several stand there; a form of ours has one field.
    ("policy", "elements", &[], Sequence(&[("decimal", 0, 1), ("text", 0, 1), ("enum", 0, 1), ("multiText", 0, 1)])),
    (
        "elements",
        "text",
        &[("!id", Kind::Name), ("!valueName", Kind::Any), ("required", Kind::Truth), ("maxLength", Kind::Number)],
        Nothing,
    ),
    (
        "elements",
        "decimal",
        &[
            ("!id", Kind::Name),
            ("!valueName", Kind::Any),
            ("required", Kind::Truth),
            ("minValue", Kind::Number),
            ("maxValue", Kind::Number),
        ],
        Nothing,
    ),
    ("elements", "multiText", &[("!id", Kind::Name), ("!valueName", Kind::Any), ("required", Kind::Truth)], Nothing),
    ("elements", "enum", &[("!id", Kind::Name), ("!valueName", Kind::Any), ("required", Kind::Truth)], Sequence(&[("item", 1, MANY)])),
    ("enum", "item", &[("!displayName", Kind::Words)], Sequence(&[("value", 1, 1)])),
    ("item", "value", &[], Sequence(&[("string", 1, 1)])),
    ("value", "string", &[], Text),
    (
        "",
        "policyDefinitionResources",
        &[("!revision", Kind::Version), ("!schemaVersion", Kind::Version), ("!xmlns", Kind::Xmlns)],
        Sequence(&[("displayName", 1, 1), ("description", 1, 1), ("resources", 1, 1)]),
    ),
    ("policyDefinitionResources", "displayName", &[], Text),
    ("policyDefinitionResources", "description", &[], Text),
    ("policyDefinitionResources", "resources", &[], Sequence(&[("stringTable", 0, 1), ("presentationTable", 0, 1)])),
    ("resources", "stringTable", &[], Sequence(&[("string", 1, MANY)])),
    ("stringTable", "string", &[("!id", Kind::Name)], Text),
    ("resources", "presentationTable", &[], Sequence(&[("presentation", 1, MANY)])),
    (
        "presentationTable",
        "presentation",
        &[("!id", Kind::Name)],
        Sequence(&[("decimalTextBox", 0, 1), ("textBox", 0, 1), ("dropdownList", 0, 1), ("multiTextBox", 0, 1)]),
    ),
];

/// Fields of a form, and the element of the template that each shows.
const FIELDS: [(Rule, &str); 4] = [
    (("presentation", "textBox", &[("!refId", Kind::Name)], Sequence(&[("label", 1, 1), ("defaultValue", 0, 1)])), "text"),
    (("presentation", "dropdownList", &[("!refId", Kind::Name), ("noSort", Kind::Truth), ("defaultItem", Kind::Number)], Text), "enum"),
    (("presentation", "decimalTextBox", &[("!refId", Kind::Name), ("defaultValue", Kind::Number)], Text), "decimal"),
    (("presentation", "multiTextBox", &[("!refId", Kind::Name)], Text), "multiText"),
];
const LABEL: Rule = ("textBox", "label", &[], Text);

fn rule(above: &str, name: &str) -> Option<Rule> {
    let rules = RULES.into_iter().chain(FIELDS.map(|(rule, _)| rule)).chain([LABEL]);
    rules.into_iter().find(|rule| (rule.0, rule.1) == (above, name))
}

/// What breaks the rules in an element, and in all that is in it.
fn faults(above: &str, element: &Element) -> Vec<String> {
    let name = &element.name;
    let Some((_, _, attributes, content)) = rule(above, name) else { return vec![format!("{name} in {above}")] };
    let mut faults = Vec::new();
    for (key, text) in &element.attributes {
        let kind = attributes.iter().find(|(known, _)| known.trim_start_matches('!') == key);
        if !kind.is_some_and(|(_, kind)| kind.takes(text)) {
            faults.push(format!("{name} {key}={text}"));
        }
    }
    let missing = attributes.iter().filter_map(|(key, _)| key.strip_prefix('!')).filter(|key| !element.attributes.contains_key(*key));
    faults.extend(missing.map(|key| format!("{name} without {key}")));
    if element.has_text != matches!(content, Text) {
        faults.push(format!("text in {name}, or none"));
    }
    let mut rest = element.within.as_slice();
    if let Sequence(parts) = content {
        for (part, least, most) in parts {
            let count = rest.iter().take_while(|inner| inner.name == *part).count();
            if count < *least || count > *most {
                faults.push(format!("{count} {part} in {name}"));
            }
            rest = &rest[count..];
        }
    }
    faults.extend(rest.iter().map(|inner| format!("{} out of its place in {name}", inner.name)));
    faults.extend(element.within.iter().flat_map(|inner| self::faults(name, inner)));
    faults
}

/// What names something that is not there, or is named by nothing, or twice.
fn loose_ends(template: &Element, words: &Element) -> Vec<String> {
    let in_template = template.all();
    let in_words = words.all();
    let values = |elements: &[&Element], name: &str, key: &str| -> Vec<String> {
        elements
            .iter()
            .filter(|element| name.is_empty() || element.name == name)
            .filter_map(|element| element.attributes.get(key).cloned())
            .collect()
    };
    let within = |start: &str| -> BTreeSet<String> {
        let texts = in_template.iter().flat_map(|element| element.attributes.values());
        texts.filter_map(|text| Some(text.strip_prefix(start)?.strip_suffix(')')?.to_owned())).collect()
    };
    let mut faults = Vec::new();
    for (what, named, there) in [
        ("string", within("$(string."), values(&in_words, "string", "id")),
        ("presentation", within("$(presentation."), values(&in_words, "presentation", "id")),
        ("category", values(&in_template, "parentCategory", "ref").into_iter().collect(), values(&in_template, "category", "name")),
        (
            "definition",
            in_template
                .iter()
                .filter(|element| element.name == "supportedOn")
                .filter_map(|element| element.attributes.get("ref").cloned())
                .collect(),
            values(&in_template, "definition", "name"),
        ),
        ("field", values(&in_words, "", "refId").into_iter().collect(), values(&in_template, "", "id")),
    ] {
        let known: BTreeSet<String> = there.iter().cloned().collect();
        faults.extend(named.symmetric_difference(&known).map(|name| format!("{what} {name}")));
        faults.extend((known.len() != there.len()).then(|| format!("{what} twice")));
    }
    // The field of the form is of the kind of the element that it shows, and in the form that its policy names.
    for policy in in_template.iter().filter(|element| element.name == "policy") {
        let elements: Vec<&Element> = policy.within.iter().filter(|part| part.name == "elements").flat_map(|part| &part.within).collect();
        let form = policy.attributes.get("presentation").map(|text| text.trim_start_matches("$(presentation.").trim_end_matches(')'));
        let form = form.and_then(|id| {
            in_words.iter().find(|element| element.name == "presentation" && element.attributes.get("id").is_some_and(|own| own == id))
        });
        let shown: Vec<(&str, &str)> = form
            .map(|form| form.within.iter().map(|field| (field.name.as_str(), field.attributes["refId"].as_str())).collect())
            .unwrap_or_default();
        let expected: Vec<(&str, &str)> = elements
            .iter()
            .filter_map(|element| {
                let (field, _) = FIELDS.iter().find(|(_, shows)| *shows == element.name)?;
                Some((field.1, element.attributes["id"].as_str()))
            })
            .collect();
        if shown != expected || elements.is_empty() != policy.attributes.contains_key("valueName") {
            faults.push(format!("form of {}", policy.attributes["name"]));
        }
    }
    faults
}

#[test]
fn the_template_keeps_the_published_rules_in_both_languages() {
    let template = Element::read(&template());
    assert_eq!(faults("", &template), Vec::<String>::new());
    for language in [Language::Fr, Language::En] {
        let words = Element::read(&words(language));
        assert_eq!(faults("", &words), Vec::<String>::new(), "{language:?}");
        assert_eq!(loose_ends(&template, &words), Vec::<String>::new(), "{language:?}");
    }
}

/// The rules themselves: each of these changes is seen.
#[test]
fn a_template_that_breaks_a_published_rule_is_seen() {
    let (template, words) = (template(), words(Language::Fr));
    for (from, to, told) in [
        ("class=\"Machine\"", "class=\"Computer\"", "policy class=Computer"),
        (" explainText=\"$(string.Proxy_Help)\"", "", "policy without explainText"),
        ("$(string.Proxy)", "$(words.Proxy)", "policy displayName=$(words.Proxy)"),
        ("name=\"Proxy\"", "name=\"Le proxy\"", "policy name=Le proxy"),
        ("maxLength=\"2048\"", "maxLength=\"long\"", "text maxLength=long"),
        ("maxLength=\"2048\"", "length=\"2048\"", "text length=2048"),
        ("schemaVersion=\"1.0\"", "schemaVersion=\"1\"", "policyDefinitions schemaVersion=1"),
        ("GroupPolicy/2006/07", "GroupPolicy", "policyDefinitions xmlns="),
        ("<parentCategory ref=\"Vestibule\"/>", "", "0 parentCategory in policy"),
        ("<supportedOn ref=\"SUPPORTED\"/>", "", "0 supportedOn in policy"),
        ("  <policies>", "  <policies>loose", "text in policies"),
        ("<value><string>auto</string></value>", "", "0 value in item"),
        ("<multiText ", "<list ", "list out of its place"),
    ] {
        let changed = template.replacen(from, to, 1);
        assert_ne!(changed, template, "{from}");
        let faults = faults("", &Element::read(&changed));
        assert!(faults.iter().any(|fault| fault.contains(told)), "{told}: {faults:?}");
    }
    let own = Element::read(&template);
    for (from, to, told) in [
        ("<string id=\"Proxy_Help\">", "<string id=\"Proxy_Words\">", "string Proxy_Help"),
        ("<presentation id=\"Proxy\">", "<presentation id=\"Other\">", "presentation Proxy"),
        ("refId=\"Proxy_Field\"", "refId=\"Other_Field\"", "field Proxy_Field"),
        (
            "<multiTextBox refId=\"ProxyExceptions_Field\">proxy_exceptions</multiTextBox>",
            "<dropdownList refId=\"ProxyExceptions_Field\">x</dropdownList>",
            "form of ProxyExceptions",
        ),
    ] {
        let changed = words.replacen(from, to, 1);
        assert_ne!(changed, words, "{from}");
        let faults = loose_ends(&own, &Element::read(&changed));
        assert!(faults.iter().any(|fault| fault.contains(told)), "{told}: {faults:?}");
    }
}
