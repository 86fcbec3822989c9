//! What the installer of Windows writes into the policy: a public property for each setting, given on its command line, kept by an upgrade that
//! does not give it again. Generated from the table of settings.

use super::schema::{Kind, SETTINGS, Setting};
use crate::paths::POLICY_KEY;

/// Of the action that looks for what was there before, in both sequences of wixl; what keeps it follows, before anything is judged or counted.
const SEARCH: usize = 50;

/// The installer's source, in which three lines stand for every setting.
///
/// # Errors
/// The name of a line that the text lacks.
pub fn source(skeleton: &str) -> Result<String, &'static str> {
    let mut text = skeleton.to_owned();
    for (mark, lines) in [
        ("<!-- @properties@ -->\n", SETTINGS.iter().map(properties).collect::<String>()),
        ("<!-- @values@ -->\n", SETTINGS.iter().map(component).collect()),
        ("<!-- @references@ -->\n", SETTINGS.iter().map(reference).collect()),
        ("@secrets@", secrets()),
    ] {
        let line = text.find(mark).ok_or(mark)?;
        let start = text[..line].rfind('\n').map_or(0, |at| at + 1);
        // A mark on a line of its own goes with its indentation.
        let from = if mark.ends_with('\n') { start } else { line };
        text.replace_range(from..line + mark.len(), &lines);
    }
    Ok(text)
}

/// What is done to the package afterwards, which its maker cannot say: one statement of its database a line.
pub fn statements() -> String {
    // Others are lost on the way from the person's half of the installer to that of the machine.
    let properties: Vec<String> = SETTINGS
        .iter()
        .map(Setting::installer_property)
        .chain(["AUTOSTART".to_owned()])
        .flat_map(|property| [format!("KEPT_{property}"), property])
        .collect();
    let mut text = format!(
        "UPDATE Property SET Value='WIX_UPGRADE_DETECTED;WIX_DOWNGRADE_DETECTED;{}' WHERE Property='SecureCustomProperties'\n",
        properties.join(";")
    );
    for (setting, sequence) in SETTINGS.iter().zip(SEARCH + 1..) {
        let (name, property) = (setting.registry_value(), setting.installer_property());
        text.push_str(&format!("UPDATE Component SET Condition='{property}' WHERE Component='Setting{name}'\n"));
        // In the first of the two sequences only, and once: the person's where the installer shows itself, which silence skips.
        text.push_str(&format!("UPDATE CustomAction SET Type=307 WHERE Action='Keep{name}'\n"));
        for table in ["InstallUISequence", "InstallExecuteSequence"] {
            text.push_str(&format!(
                "INSERT INTO {table} (Action, Condition, Sequence) VALUES ('Keep{name}', 'NOT {property} AND KEPT_{property}', {sequence})\n"
            ));
        }
    }
    text
}

/// The value of before, under another name: searched for under its own, it would win over the command line.
fn properties(setting: &Setting) -> String {
    let (name, property) = (setting.registry_value(), setting.installer_property());
    format!(
        r#"    <Property Id="KEPT_{property}">
      <RegistrySearch Id="Kept{name}" Root="HKLM" Key="{POLICY_KEY}" Name="{name}" Type="raw" Win64="yes"/>
    </Property>
    <CustomAction Id="Keep{name}" Property="{property}" Value="[KEPT_{property}]" Execute="firstSequence"/>
"#
    )
}

fn component(setting: &Setting) -> String {
    let (name, property) = (setting.registry_value(), setting.installer_property());
    let guid = guid(setting);
    format!(
        r#"          <Component Id="Setting{name}" Guid="{guid}" Win64="yes">
            <RegistryValue Root="HKLM" Key="{POLICY_KEY}" Name="{name}" Type="string" Value="[{property}]" KeyPath="yes"/>
          </Component>
"#
    )
}

fn reference(setting: &Setting) -> String {
    format!("      <ComponentRef Id=\"Setting{}\"/>\n", setting.registry_value())
}

/// Not written into the log of an installation.
fn secrets() -> String {
    let secrets = SETTINGS.iter().filter(|setting| matches!(setting.kind, Kind::Secret | Kind::Proxy));
    let names = secrets.flat_map(|setting| {
        let property = setting.installer_property();
        [format!("KEPT_{property}"), property]
    });
    names.collect::<Vec<_>>().join(";")
}

/// Of a component, which an upgrade knows again by it: made from the name of its setting, so that it is always the same one.
fn guid(setting: &Setting) -> String {
    use sha2::{Digest as _, Sha256};
    let digest = Sha256::digest(format!("fr.vestibule.app/setting/{}", setting.name));
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    // RFC 9562, version 8: a vendor's own way.
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_has_a_property_a_value_and_a_component_of_its_own() {
        let skeleton = "<a>\n  <!-- @properties@ -->\n  <!-- @values@ -->\n  <!-- @references@ -->\n@secrets@\n</a>\n";
        let text = source(skeleton).expect("complete");
        let guids: std::collections::HashSet<String> = SETTINGS.iter().map(guid).collect();
        assert_eq!(guids.len(), SETTINGS.len());
        for setting in SETTINGS {
            let (name, property) = (setting.registry_value(), setting.installer_property());
            assert!(text.contains(&format!("Name=\"{name}\" Type=\"string\" Value=\"[{property}]\"")), "{name}");
            assert!(text.contains(&format!("<ComponentRef Id=\"Setting{name}\"/>")), "{name}");
            assert!(statements().contains(&format!("Condition='{property}'")), "{name}");
            let kept = format!("('Keep{name}', 'NOT {property} AND KEPT_{property}', ");
            assert_eq!(statements().matches(&kept).count(), 2, "{name}: in both sequences");
        }
        assert!(text.contains("\nKEPT_ENROLMENT_TOKEN;ENROLMENT_TOKEN;KEPT_PROXY;PROXY\n"), "{text}");
        assert!(!text.contains('@') && text.ends_with("</a>\n"));
        assert_eq!(source("<a/>"), Err("<!-- @properties@ -->\n"));
    }

    #[test]
    fn a_component_keeps_its_identity_from_version_to_version() {
        let setting = Setting::named("companion_url").expect("a setting");
        assert_eq!(guid(setting), "4FC31E41-79E7-81BA-8B87-8F26A54FA0C3");
    }
}
