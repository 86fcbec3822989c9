//! RECO 01 asks for a certified library. Ours is not: here is what the certification asks of a relying party, and which test plays it.

/// One thing that others ask of a client of OpenID Connect.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Module of the suite, or subject of the guide.
    pub asked: &'static str,
    pub answer: Answer,
}

/// What we have to say to it.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// Names of tests that play it.
    Tests(&'static [&'static str]),
    /// Why it does not concern this companion, in French.
    Reason(&'static str),
}

use Answer::{Reason, Tests};

/// The table of a provider that lies: each case of it plays a whole sign-in, and names its module.
const LIES: &[&str] = &["exi_09_every_lie_of_the_provider_has_its_own_refusal"];

const fn row(asked: &'static str, answer: Answer) -> Row {
    Row { asked, answer }
}

/// Modules of the OpenID Foundation's suite for relying parties, code flow (prefix `oidcc-client-test`): the plans Basic and Config, then
/// the others that have something to say to a client with a code.
pub const OPENID_FOUNDATION: [Row; 34] = [
    row("(base)", Tests(LIES)),
    row("-invalid-iss", Tests(LIES)),
    row("-missing-sub", Tests(LIES)),
    row("-invalid-aud", Tests(LIES)),
    row("-missing-aud", Tests(LIES)),
    row("-missing-iat", Tests(LIES)),
    row("-kid-absent-single-jwks", Tests(LIES)),
    row("-kid-absent-multiple-jwks", Tests(LIES)),
    row("-idtoken-sig-rs256", Tests(LIES)),
    row("-idtoken-sig-none", Tests(LIES)),
    row("-invalid-sig-rs256", Tests(LIES)),
    row("-invalid-sig-es256", Tests(LIES)),
    row("-invalid-sig-hs256", Tests(LIES)),
    row("-userinfo-invalid-sub", Tests(LIES)),
    row("-userinfo-signed", Tests(LIES)),
    row("-nonce-invalid", Tests(LIES)),
    row("-client-secret-basic", Tests(LIES)),
    row("-discovery-issuer-mismatch", Tests(LIES)),
    row("-discovery-jwks-uri-keys", Tests(LIES)),
    row("-signing-key-rotation", Tests(LIES)),
    row("-signing-key-rotation-just-before-signing", Tests(LIES)),
    row("-refresh-token", Tests(LIES)),
    row("-refresh-token-invalid-issuer", Tests(LIES)),
    row("-refresh-token-invalid-sub", Tests(LIES)),
    row("-rp-init-logout", Tests(LIES)),
    row("-rp-init-logout-no-state", Tests(LIES)),
    row("-rp-init-logout-other-state", Tests(LIES)),
    row("-3rd-party-init-login", Tests(LIES)),
    row("-scope-userinfo-claims", Reason("le seul scope est «\u{a0}openid scope_all\u{a0}» (EXI PSC 17)")),
    row("-discovery-openid-config", Reason("le document de découverte de Pro Santé Connect porte un autre nom")),
    row(
        "-discovery-webfinger-acct, -discovery-webfinger-url",
        Reason("le fournisseur est connu d’avance\u{a0}: rien n’est cherché par webfinger"),
    ),
    row("-dynamic-registration", Reason("le client est inscrit par l’ANS, jamais dynamiquement")),
    row("-request-uri-signed-rs256, -request-uri-signed-none", Reason("aucun objet de requête n’est employé")),
    row(
        "-aggregated-claims, -distributed-claims, -frontchannel-…, -backchannel-…",
        Reason("aucune adresse de ce genre n’est inscrite ni servie"),
    ),
];

/// Subjects of « Recommandations pour la sécurisation de la mise en œuvre du protocole OpenID Connect » (ANSSI-PA-080, v1.0, 2020) that a
/// client answers for. The guide's text was not at hand: its numbers are for the reader to fill in.
pub const ANSSI: [Row; 13] = [
    row(
        "flux par code d’autorisation, jamais de jeton dans le navigateur",
        Tests(&[
            "exi_09_exi_16_exi_17_the_authorization_request_has_exactly_the_demanded_parameters",
            "attack_39, exi_25: nothing secret is within reach of the page",
        ]),
    ),
    row(
        "paramètre state envoyé, lié au navigateur, vérifié, à usage unique",
        Tests(&[
            "exi_09_exi_16_exi_17_the_authorization_request_has_exactly_the_demanded_parameters",
            "exi_09_every_lie_of_the_provider_has_its_own_refusal",
        ]),
    ),
    row("paramètre nonce envoyé et comparé", Tests(&["exi_09_every_forged_claim_of_the_id_token_is_refused_before_userinfo"])),
    row("PKCE, S256", Tests(&["exi_09_exi_16_exi_17_the_authorization_request_has_exactly_the_demanded_parameters"])),
    row(
        "authentification du client, secret absent des postes",
        Tests(&[
            "exi_21_the_client_secret_comes_from_a_file_that_not_everyone_can_read",
            "exi_22_the_shipped_desktop_programs_hold_neither_secret_nor_provider",
        ]),
    ),
    row(
        "jeton d’identité\u{a0}: signature, émetteur, destinataire, dates",
        Tests(&[
            "exi_09_every_forged_claim_of_the_id_token_is_refused_before_userinfo",
            "exi_09_clocks_may_differ_by_a_minute_and_a_right_access_token_hash_is_accepted",
        ]),
    ),
    row("algorithme fixé d’avance, jamais «\u{a0}none\u{a0}»", Tests(&["exi_09_only_an_rs256_signature_by_a_published_key_is_accepted"])),
    row("clés prises à l’adresse publiée seulement, jamais dans le jeton", Tests(&["exi_09_a_key_of_the_signer_s_own_choice_is_refused"])),
    row("émetteur de la réponse (iss) jugé quand il est là", Tests(&["exi_09_the_issuer_of_the_answer_may_be_absent_but_never_another"])),
    row(
        "userinfo\u{a0}: même personne que le jeton d’identité",
        Tests(&["exi_18_userinfo_about_someone_else_or_without_a_usable_id_is_refused"]),
    ),
    row("TLS et certificats jugés", Tests(&["exi_24_tls_1_2_is_enough_and_tls_1_1_is_refused"])),
    row("aucun jeton, code ni secret dans les journaux", Tests(&["exi_05_no_log_of_a_full_run_holds_a_token_a_code_a_secret_or_a_name"])),
    row("jetons chiffrés dans la base", Tests(&["exi_06_nothing_usable_lies_in_the_database"])),
];
