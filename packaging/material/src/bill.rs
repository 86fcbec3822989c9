//! The bill of materials of a package, in CycloneDX (ECMA-424), version 1.5.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::closure::{Closure, Part};

/// A package and what it is made of.
#[derive(Debug)]
pub struct Bill<'a> {
    pub package: &'a str,
    pub version: &'a str,
    /// When its sources were written: RFC 3339, in UTC.
    pub timestamp: &'a str,
    pub kind: Kind,
    pub closure: &'a Closure,
}

/// Of package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    Deb,
    Msi,
}

impl Kind {
    /// Its type in a purl, where installers of Windows have none.
    const fn purl_type(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Msi => "generic",
        }
    }

    /// Where the package has the text of its own licence.
    pub const fn own_licence(self) -> &'static str {
        match self {
            Self::Deb => "/usr/share/common-licenses/Apache-2.0",
            Self::Msi => "LICENSE.txt",
        }
    }
}

impl Bill<'_> {
    /// The document. The same package gives the same one, its number included.
    ///
    /// # Errors
    /// When the document cannot be written as JSON.
    pub fn to_json(&self) -> anyhow::Result<String> {
        let root = format!("pkg:{}/{}@{}", self.kind.purl_type(), self.package, self.version);
        let mut dependencies = vec![json!({ "ref": root, "dependsOn": self.closure.roots })];
        dependencies.extend(self.closure.parts.values().map(|part| json!({ "ref": part.purl, "dependsOn": part.needs })));
        let document = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.5",
            "version": 1,
            "metadata": {
                "timestamp": self.timestamp,
                "component": {
                    "type": "application",
                    "bom-ref": root,
                    "name": self.package,
                    "version": self.version,
                    "purl": root,
                    "licenses": [{ "expression": "Apache-2.0" }],
                },
            },
            "components": self.closure.parts.values().map(component).collect::<Vec<_>>(),
            "dependencies": dependencies,
        });
        let number = serial_number(&serde_json::to_vec(&document)?);
        let mut document = document;
        document["serialNumber"] = number.into();
        Ok(serde_json::to_string_pretty(&document)? + "\n")
    }
}

fn component(part: &Part) -> Value {
    let mut component = json!({
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
    });
    if let Some(licence) = &part.licence {
        component["licenses"] = json!([{ "expression": licence }]);
    }
    if let Some(sha256) = &part.sha256 {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sha256 }]);
    }
    component
}

/// A UUID (RFC 9562, version 8) that the content decides.
fn serial_number(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let mut bytes: Vec<u8> = hash.iter().copied().take(16).collect();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn bill_of(version: &str) -> Value {
        let closure = Closure::of(&["companion-server".to_owned()], "x86_64-unknown-linux-gnu").expect("cargo answers");
        let bill = Bill { package: "vestibule-companion", version, timestamp: "2026-11-22T12:00:00Z", kind: Kind::Deb, closure: &closure };
        serde_json::from_str(&bill.to_json().expect("written")).expect("JSON")
    }

    #[test]
    fn the_same_package_has_the_same_bill_and_another_one_another_number() {
        let bill = bill_of("0.1.0");
        assert_eq!(bill, bill_of("0.1.0"));
        assert_ne!(bill["serialNumber"], bill_of("0.1.1")["serialNumber"]);
    }

    #[test]
    fn whatever_a_part_needs_is_in_the_bill() {
        let bill = bill_of("0.1.0");
        let components = bill["components"].as_array().expect("a list");
        let known: BTreeSet<&str> = components.iter().filter_map(|part| part["bom-ref"].as_str()).collect();
        assert_eq!(known.len(), components.len(), "each stands there once");
        for dependency in bill["dependencies"].as_array().expect("a list") {
            for needed in dependency["dependsOn"].as_array().expect("a list") {
                assert!(known.contains(needed.as_str().expect("a name")), "{needed}");
            }
        }
        assert!(components.iter().all(|part| part["licenses"][0]["expression"].is_string()), "each says its licence");
    }
}
