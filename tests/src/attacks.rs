//! The attack table of the exchange, and the tests that bear its numbers.
//!
//! A row that no test bears is a red line in the published page, never silently green; a row that is only half proven says which half.

use std::collections::BTreeSet;

use crate::claim::{PROVEN, spaced};

/// One attack.
#[derive(Debug, Clone, Copy)]
pub struct Attack {
    /// Row of the table; tests are named `attack_07_…`.
    pub number: u8,
    pub attack: &'static str,
    /// What must come of it.
    pub must: &'static str,
    /// Tests that prove it under the name of a requirement.
    pub also: &'static [&'static str],
    /// What is not proven, or not as the table has it; empty when nothing is missing.
    pub missing: &'static str,
}

const fn attack(number: u8, attack: &'static str, must: &'static str) -> Attack {
    Attack { number, attack, must, also: &[], missing: "" }
}

impl Attack {
    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn missing(self, missing: &'static str) -> Self {
        Self { missing, ..self }
    }
}

/// Rounds of attack 16 in every run of the tests: some seconds.
pub const REDEMPTION_ROUNDS: usize = 25;
/// The same at two companions of one memory.
pub const SHARED_REDEMPTION_ROUNDS: usize = 20;

/// Every row, in order.
pub const ATTACKS: [Attack; 54] = [
    attack(
        1,
        "l’attaquant commence, la victime s’identifie, l’attaquant interroge",
        "des états seulement ; pas de session sans le nombre ou le code saisi",
    ),
    attack(
        2,
        "l’attaquant se fait lire le code à voix haute",
        "un mauvais nombre sur un couple nouveau refuse ; canal fermé : jamais affiché",
    ),
    attack(
        3,
        "code de l’attaquant poussé vers la boucle locale de la victime",
        "la connexion de l’attaquant est invalidée, celle de la victime attend toujours",
    ),
    attack(
        4,
        "adresse de Pro Santé Connect transmise à un autre navigateur",
        "sans le cookie : 400, aucun échange de code chez Pro Santé Connect",
    ),
    attack(5, "request_uri ouvert deux fois", "la seconde fois : 410 et un événement"),
    attack(6, "un analyseur de liens lit vingt fois l’adresse de la demande", "aucun effet, puis l’envoi réel fonctionne"),
    attack(
        7,
        "arguments des processus lus par un autre utilisateur",
        "l’adresse de boucle locale seulement ; ni adresse du serveur, ni ticket",
    ),
    attack(8, "un autre utilisateur du poste se connecte à l’écoute", "404, la connexion attend toujours"),
    attack(9, "un groupe RDS ou Citrix demande la boucle locale", "400 invalid_request"),
    attack(10, "« [::1] » ou « localhost » squatté sur le même port", "le squatteur ne reçoit rien"),
    attack(11, "seconde écoute sur le même port", "refusée"),
    attack(12, "DNS rebinding, pages qui balaient les ports, POST, OPTIONS, Origin", "404, aucun en-tête CORS"),
    attack(13, "quarante-neuf réponses de rebut", "ignorées, puis succès ; à la 51e l’interrogation est proposée"),
    attack(14, "adresse de retour abusive (port 22, autre hôte, identité, requête, fragment, codages)", "400"),
    attack(
        15,
        "code volé avec une autre clé, un mauvais vérificateur (code_verifier), ou après 61 s",
        "invalidée / invalidée / 400 invalid_grant",
    ),
    attack(16, "cinquante échanges du même code à la fois, sur deux instances", "exactement un 200"),
    attack(17, "événements ou interrogation par une autre clé", "404, comme l’inconnu"),
    attack(
        18,
        "DPoP : rejeu, autre chemin, autre méthode, iat ancien, nonce périmé, sans ath, alg none/HS256/RS256, jwk privée",
        "401 à chaque fois",
    ),
    attack(19, "jeton d’accès volé sans la clé, ou présenté en Bearer", "401"),
    attack(
        20,
        "trousseau copié : ancien jeton de rafraîchissement présenté après usage de son successeur",
        "famille morte, événement ; une réponse perdue est surmontée",
    ),
    attack(
        21,
        "Pro Santé Connect se conduit mal : iss, nonce, aud, azp, exp, signature, alg, kid, sub d’userinfo",
        "refus, rien n’est gardé (dans l’adresse de retour, iss absent est admis, iss faux est refusé)",
    )
    .also(&["exi_09_every_lie_of_the_provider_has_its_own_refusal"]),
    attack(
        22,
        "retour rejoué, touche « précédent » ; code déjà échangé rejoué",
        "page 409 / invalid_grant, session intacte, pas de second échange, événement",
    ),
    attack(23, "CSRF, mise en cadre de la page de confirmation", "403 / bloquée"),
    attack(24, "balises dans error, error_description, nom du poste, noms d’userinfo", "échappées ou ignorées ; CSP présente"),
    attack(25, "lien d’application ouvert par une page", "seule une connexion en attente est servie, aucun autre effet"),
    attack(26, "force brute du code saisi", "cinq tentatives en tout, puis invalidée"),
    attack(27, "avalanche de débuts de connexion, bombardement CIBA", "429 avec Retry-After ; CIBA sur un couple nouveau : 403")
        .missing("CIBA"),
    attack(28, "base volée, lignes chiffrées échangées", "rien d’utilisable ; la ligne déplacée ne se déchiffre pas"),
    attack(29, "journaux à TRACE pendant tous les parcours", "aucun secret, aucun identifiant national du côté du poste")
        .also(&["exi_05_no_log_of_a_full_run_holds_a_token_a_code_a_secret_or_a_name"]),
    attack(
        30,
        "quarante minutes sans activité, l’application appelle toujours",
        "aucun rafraîchissement chez Pro Santé Connect ; avec activité, au moins un",
    )
    .also(&[
        "exi_11_and_exi_32_without_activity_nothing_is_refreshed_and_the_session_ends_leaving_the_provider_alone",
        "exi_11_with_activity_the_provider_session_is_kept_alive",
    ]),
    attack(31, "fin par inactivité", "401 ici ; Pro Santé Connect n’a vu ni déconnexion ni révocation")
        .also(&["exi_11_and_exi_32_without_activity_nothing_is_refreshed_and_the_session_ends_leaving_the_provider_alone"]),
    attack(
        32,
        "déconnexion",
        "401 avant l’appel à Pro Santé Connect, qui voit une seule fin de session ; en panne : le navigateur la termine",
    )
    .also(&[
        "exi_20_signing_out_ends_both_sessions_with_exactly_one_call",
        "exi_20_when_the_provider_does_not_answer_the_service_session_is_dead_all_the_same_and_the_browser_finishes",
    ]),
    attack(33, "personne bloquée pendant sa session", "403 en moins de 30 s sur les deux instances").missing("liste de blocage"),
    attack(34, "compte pris par appariement", "les deux preuves, la même clé, ou rien ne change").missing("appariement des comptes"),
    attack(35, "présence de carte contrefaite", "ne peut que resserrer"),
    attack(36, "X-Forwarded-* d’un voisin sans confiance", "ignorés"),
    attack(37, "le client se dit mono-session sur RDS", "la règle ne change pas"),
    attack(
        38,
        "Pro Santé Connect en panne, lent, HTML au lieu de JSON, tronqué, clés changées",
        "état clair en 10 s, clés relues une fois, nouvelle tentative réussie",
    )
    .also(&["exi_09_every_lie_of_the_provider_has_its_own_refusal"]),
    attack(
        39,
        "page de Pro Santé Connect ou du serveur dans la fenêtre ; jeton dans une réponse à l’interface",
        "bloquée ; aucun secret dans aucune réponse",
    ),
    attack(
        40,
        "faux serveur de connexion : configuration de l’utilisateur, http, mauvais certificat",
        "l’application refuse avant tout envoi",
    ),
    attack(
        41,
        "retour par lien d’application sur un poste où un autre utilisateur lit les arguments des processus",
        "connexion commencée par l’attaquant : le nombre et le code de confirmation sont demandés, aucune session ne s’ouvre sans eux ; la seconde fois aussi",
    ),
    attack(
        42,
        "une page étrangère appelle mille fois /psc/callback?state=…",
        "les connexions honnêtes derrière la même adresse n’en souffrent pas",
    ),
    attack(
        43,
        "mille postes derrière une adresse à 8 heures, pendant l’attaque 42",
        "au moins 99 % servies, aucune connexion en cours perdue",
    ),
    attack(
        44,
        "réponses que personne ne prend en HTTP/2 (fenêtre 0), corps envoyés octet par octet",
        "mémoire occupée pour une adresse bornée par un nombre d’octets de la configuration",
    ),
    attack(
        45,
        "cookies étrangers : hors ASCII, 16 ko, même nom sur un chemin parent",
        "notre connexion se poursuit ; aucun événement de sécurité",
    ),
    attack(
        46,
        "proxy et autorités dans l’environnement de l’utilisateur, contre une stratégie du poste ; stratégie possédée ou modifiable par un autre",
        "rien n’est envoyé au faux serveur ; la stratégie est refusée",
    ),
    attack(
        47,
        "autres utilisateurs : 51 connexions, verrou partagé sur les fichiers d’état, umask quelconque",
        "la connexion se poursuit ; rien n’attend au-delà de son délai",
    ),
    attack(48, "accepter et refuser en même temps ; échec et confirmation en même temps", "une seule issue, dite telle quelle aux deux"),
    attack(
        49,
        "caractères de contrôle envoyés par le serveur dans n’importe quel membre",
        "ils n’atteignent ni terminal, ni journal, ni fenêtre",
    ),
    attack(50, "« Ce n’est pas ma connexion » après l’ouverture de la session", "session fermée, événement, personne prévenue"),
    attack(
        51,
        "deux connexions dans un navigateur, dans n’importe quel ordre ; double envoi ; touche « précédent » ; rechargement de chaque page",
        "les deux aboutissent ; les mots sont vrais",
    ),
    attack(52, "un couple connu, un poste ancien, un poste oublié", "expiration, oubli en moins de 30 s, événement"),
    attack(
        53,
        "une session verrouillée : ses jetons, ses jetons suivants, des appels au même instant, une autre personne sur le poste",
        "423 et rien d’elle ; seules passent la fin et la déconnexion ; une autre personne n’en reprend rien",
    ),
    attack(
        54,
        "fermer la session d’une autre personne : par son numéro, par un jeton volé, par un formulaire contrefait",
        "404 comme pour l’inconnu, 401, 403 ; elle reste ouverte et rien n’en est dit",
    ),
];

/// The published page, in French, with `tests` as proofs.
#[must_use]
pub fn published(tests: &BTreeSet<String>) -> String {
    let mut page = format!(
        "# Sécurité de l’échange : chaque attaque et son test\n\n\
         <!-- Généré par `./dev generate` ; ne pas modifier à la main. -->\n\n\
         {PROVEN}\n\n\
         Chaque ligne est une attaque contre l’échange entre l’application, le navigateur et le serveur de connexion, ce qui doit en résulter, et les tests\n\
         automatiques qui le prouvent, de l’extérieur pour la plupart (`tests/attacks/`). Un « ✘ » n’est pas une défense cachée : ce qui est dit après lui\n\
         n’est pas construit ou pas encore prouvé.\n\n\
         | n° | attaque | doit | tests | reste |\n|---|---|---|---|---|\n",
    );
    for row in ATTACKS {
        let mark = format!("attack_{:02}", row.number);
        let mut proofs: Vec<&str> = tests.iter().map(String::as_str).filter(|name| name.contains(&mark)).collect();
        proofs.extend(row.also.iter().filter(|also| tests.contains(**also)));
        let named = if proofs.is_empty() {
            "✘ pas encore".to_owned()
        } else {
            proofs.iter().map(|name| format!("`{}`", name.replace('|', "/"))).collect::<Vec<_>>().join("<br>")
        };
        let missing = match (row.missing, proofs.is_empty()) {
            ("", _) => String::new(),
            (missing, true) => format!("à construire : {missing}"),
            (missing, false) => format!("✘ {missing}"),
        };
        let number = row.number;
        page.push_str(&format!("| {number} | {} | {} | {named} | {missing} |\n", row.attack, row.must));
    }
    page.push_str(&format!(
        "\nL’attaque 16 fait à chaque `./dev test` {REDEMPTION_ROUNDS} séries de cinquante échanges simultanés contre un serveur, {SHARED_REDEMPTION_ROUNDS} contre deux\n\
         qui partagent une base PostgreSQL (`tests/cluster/`) ; la mesure complète :\n\
         `VESTIBULE_ATTACK_ROUNDS=1000 cargo test -p vestibule-tests --test attacks attack_16`,\n\
         `VESTIBULE_ATTACK_ROUNDS=1000 ./dev test postgres`.\n\n\
         L’attaque 43 fait venir 150 postes à chaque `./dev test`, au même rythme que les mille ; l’hôpital entier :\n\
         `VESTIBULE_MONDAY=1 cargo test -p companion-server --test faces attack_43`.\n\n\
         Les attaques 8 et 10 demandent un second utilisateur du poste : sans les droits pour en emprunter un (root, ou sudo sans mot de passe),\n\
         leurs tests échouent et le disent ; ils ne sont jamais sautés.\n"
    ));
    spaced(&page)
}
