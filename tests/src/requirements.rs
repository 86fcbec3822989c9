//! The published list of the référentiel's requirements, with the tests that bear their numbers.
//!
//! A requirement that the software must prove and that no test names is a red line in the list, never silently green.

use std::collections::{BTreeMap, BTreeSet};

use companion_server::conformity::{Bearer, REQUIREMENTS};

use crate::claim::{PROVEN, spaced};

/// Those of `tests` that bear each requirement's number.
fn proofs(tests: &BTreeSet<String>) -> BTreeMap<&'static str, Vec<&str>> {
    REQUIREMENTS
        .iter()
        .map(|requirement| (requirement.key, tests.iter().map(String::as_str).filter(|name| requirement.is_borne_by(name)).collect()))
        .collect()
}

/// The published list, in French, with `tests` as proofs.
#[must_use]
pub fn published(tests: &BTreeSet<String>) -> String {
    let proofs = proofs(tests);
    let mut page = format!(
        "# Exigences du référentiel et leurs preuves\n\n<!-- Généré par `./dev generate` ; ne pas modifier à la main. -->\n\n\
         {PROVEN}\n\n\
         L : le logiciel le prouve par un test automatique · O : devoir de l’organisation · L+O : les deux. Numérotation du référentiel de 2021-2022 ;\n\
         relisez le texte en vigueur avant toute demande à l’ANS. Un « ✘ » n’est pas une conformité cachée : la preuve manque encore.\n\n\
         | n° | demande, en bref | qui | preuves |\n|---|---|---|---|\n",
    );
    for requirement in REQUIREMENTS {
        let who = match requirement.bearer {
            Bearer::Software => "L",
            Bearer::Organisation => "O",
            Bearer::Both => "L+O",
        };
        let found = &proofs[requirement.key];
        let proof = if !found.is_empty() {
            found.iter().map(|name| format!("`{}`", name.replace('|', "/"))).collect::<Vec<_>>().join("<br>")
        } else if requirement.bearer == Bearer::Organisation {
            "dossier du fournisseur de service".to_owned()
        } else {
            "✘ pas encore de preuve automatique".to_owned()
        };
        let number = requirement.key.to_uppercase().replace('_', " PSC ");
        page.push_str(&format!("| {number} | {} | {who} | {proof} |\n", requirement.asks));
    }
    spaced(&page)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use companion_server::conformity::cross_table::{ANSSI, Answer, OPENID_FOUNDATION};

    #[test]
    fn reco_01_every_test_that_the_cross_table_names_is_declared() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the repository");
        let declared = crate::declared::tests(root).expect("the sources");
        for row in OPENID_FOUNDATION.iter().chain(&ANSSI) {
            if let Answer::Tests(names) = row.answer {
                assert!(!names.is_empty(), "{}", row.asked);
                for name in names {
                    assert!(declared.contains(*name), "{}: {name} is no test", row.asked);
                }
            }
        }
    }
}
