//! Lines of journals and of programs beside ours, as an outsider fed them: what announces somebody there, and figures that support works with.

use super::{KnownWords, all_go, redact, redacted, stays};

#[test]
fn the_names_of_pro_sante_connect_announce() {
    for claim in [
        "nomDexercice",
        "prenomDexercice",
        "given_name",
        "family_name",
        "preferred_username",
        "raisonSocialeSite",
        "enseigneCommercialeSite",
        "SubjectOrganization",
        "libelleVoie",
        "complementDestinataire",
        "complementPointGeographique",
        "mentionDistribution",
        "bureauCedex",
        "adresseEMail",
        "telephone",
        "telephone2",
        "telecopie",
        "SubjectNameID",
        "SubjectOrganizationID",
        "identifiantTechniqueDeLaStructure",
        "ancienIdentifiantDeLaStructure",
        "numeroSiretSite",
        "numeroSirenSite",
        "numeroFinessSite",
        "numeroFinessetablissementJuridique",
        "codePostal",
        "codeCommune",
        "numeroVoie",
    ] {
        let text = format!("{{\"{claim}\":\"ZQX WVU\",\"kept\":1}}");
        let left = redacted(&text);
        assert!(!left.contains("ZQX") && !left.contains("WVU") && left.ends_with("\",\"kept\":1}"), "{left}");
    }
    all_go(&[
        ("ssl_client_s_dn=\"CN=899700245670,SN=DUPONT,GN=Jean,OU=Médecin,O=GIP-CPS,C=FR\"", "DUPONT"),
        ("ssl_client_s_dn=\"CN=899700245670,SN=DUPONT,GN=Jean,OU=Médecin,O=GIP-CPS,C=FR\"", "Jean"),
        ("subject=/C=FR/O=GIP-CPS/CN=X/SN=DUPONT/GN=Jean", "DUPONT"),
        ("\"nomFamille\": \"dupont\"", "dupont"),
        ("\"nickname\": \"jd33\"", "jd33"),
        ("\"titulaire\": \"DUPONT Jean\"", "DUPONT"),
        ("\"identite\": \"DUPONT Jean\"", "DUPONT"),
    ]);
}

#[test]
fn a_journal_of_windows_in_french_announces() {
    all_go(&[
        ("\tNom du compte :\t\tjdupont", "jdupont"),
        ("\tNom du compte\u{a0}:\t\tPC-DUPONT$", "DUPONT"),
        ("Nom complet : Jean DUPONT", "DUPONT"),
        ("Ordinateur :    PC-DUPONT.hopital.local", "DUPONT"),
        ("\tNom de la station de travail :\tPC-DUPONT", "DUPONT"),
        ("\tDomaine du compte :\t\tCHU-DUPONT", "DUPONT"),
        ("\tNom du compte d’utilisateur :\tjdupont", "jdupont"),
        ("\tCompte d’utilisateur : jdupont", "jdupont"),
        ("\tNom d’ouverture de session : jdupont", "jdupont"),
        ("\tNom d'utilisateur : jdupont", "jdupont"),
        ("Utilisateur :   HOPITAL\\jdupont", "jdupont"),
        ("<Computer>PC-DUPONT.hopital.local</Computer>", "DUPONT"),
        ("<Data Name=\"TargetDomainName\">CHU-DUPONT</Data>", "DUPONT"),
        ("<Data Name=\"WorkstationName\">PC-DUPONT</Data>", "DUPONT"),
        ("Computer:      PC-DUPONT.hopital.local", "DUPONT"),
    ]);
}

#[test]
fn does_not_redact_what_windows_says_beside_it() {
    stays("L’ouverture de session d’un compte s’est correctement déroulée. Nom du journal :Security, ID de l’événement :4624");
    stays("Ordinateur : redémarré, the computer: it is up, nom de domaine absent");
}

#[test]
fn journals_of_a_machine_name_accounts_in_sentences() {
    all_go(&[
        ("srv systemd-logind[612]: New session 12 of user jdupont.", "jdupont"),
        ("srv systemd[1]: Started session-12.scope - Session 12 of User jdupont.", "jdupont"),
        ("srv sudo[999]:  jdupont : TTY=pts/0 ; PWD=/opt ; USER=root ; COMMAND=/usr/bin/true", "jdupont"),
        ("sudo: jdupont : TTY=pts/0 ; PWD=/opt ; USER=root", "jdupont"),
        ("pam_unix(sudo:session): session opened for user root(uid=0) by jdupont(uid=1001)", "jdupont"),
        ("sshd[999]: Disconnected from user jdupont 192.168.12.34 port 51234", "jdupont"),
        ("sshd[999]: Connection closed by authenticating user jdupont 192.168.12.34 port 51234 [preauth]", "jdupont"),
        ("su[999]: (to root) jdupont on pts/0", "jdupont"),
        ("CRON[999]: (jdupont) CMD (/opt/x.sh)", "jdupont"),
        ("usermod[1]: add 'jdupont' to group 'sudo'", "jdupont"),
        ("polkitd[1]: Operator of unix-session:12 successfully authenticated as unix-user:jdupont to gain", "jdupont"),
        ("it was authenticated as jdupont", "jdupont"),
        ("postgres[1]: FATAL: role \"jdupont\" does not exist", "jdupont"),
        ("postgres[1]: FATAL: role \"j.dupont-x\" is not permitted to log in", "dupont"),
        ("smbd: connect to service homes initially as user jdupont (uid=1001, gid=100)", "jdupont"),
        ("x-remote-user: jdupont", "jdupont"),
        ("X-Forwarded-User: jdupont", "jdupont"),
        ("remote_user=jdupont", "jdupont"),
        ("REMOTE_USER=jdupont", "jdupont"),
        ("proxyUser=jdupont", "jdupont"),
        ("x-auth-request-user: jdupont", "jdupont"),
        ("HTTP_X_REMOTE_USER=jdupont", "jdupont"),
        ("home=/home/HOPITAL/jdupont/.local/state", "jdupont"),
        ("cwd /home/hopital.local/jdupont/.local", "jdupont"),
        ("/home/HOPITAL/jdupont", "jdupont"),
    ]);
}

#[test]
fn does_not_redact_what_is_no_account_in_them() {
    stays("login failed for user with code VST-2041; user refused, user declined, by user request, user name missing");
    stays("a list of user settings, disconnected from user interface, role \"root\" does not exist, as unix-user:root");
    stays("session opened by root(uid=0), (root) CMD (x), su[1]: (to root) root on pts/0, sudo: root : TTY=pts/0");
    stays("/home/[nom]/.local, /home is full");
}

#[test]
fn secrets_of_databases_files_and_networks_go() {
    all_go(&[
        ("ALTER USER x WITH PASSWORD 'Secret99!'", "Secret99"),
        ("statement: ALTER ROLE vestibule WITH LOGIN PASSWORD 'Sec''ret99!'", "ret99"),
        ("IDENTIFIED BY 'Secret99!'", "Secret99"),
        ("userPassword:: U2VjcmV0OTkh", "U2Vj"),
        ("userPassword: Secret99", "Secret99"),
        ("psk=Secret99", "Secret99"),
        ("wpa_psk=\"Secret99\"", "Secret99"),
        ("code d'accès : 4512B", "4512B"),
        ("code d’accès : 4512B", "4512B"),
        ("http://jdupont:p/ss99@proxy.example:3128/", "ss99"),
        ("http://jdupont:p/ss99@proxy.example:3128/", "jdupont"),
        ("http://jdupont:p#w?ss99@proxy.example:3128/", "ss99"),
        ("http://jdupont:p#w?ss99@proxy.example:3128/", "p#w"),
        ("{\"MESSAGE\": [109, 100, 112, 61, 83, 101, 99, 114, 101, 116, 57, 57, 33]}", "101, 99, 114"),
        // `clé secrète`, `Hébert`, each accent a sign of its own.
        ("cle\u{301} secre\u{300}te : zqx", "zqx"),
        ("He\u{301}bert e\u{301}tait la", "bert"),
    ]);
    assert_eq!(redacted("Andre\u{301} He\u{301}bert."), "Andre\u{301} [nom].");
    assert_eq!(redact("de Andre\u{301}, là", &KnownWords::names(["André"])), "de [nom], là");
    assert_eq!(redact("de André, là", &KnownWords::names(["Andre\u{301}"])), "de [nom], là");
}

#[test]
fn does_not_redact_an_address_nor_a_list_of_figures_beside_them() {
    stays("https://connexion.hopital.example:8443/a/b and vite@5.4.1, http://proxy.example:3128/#a");
    stays("{\"x\": [104, 101, 108, 108, 111, 32, 119, 111], \"latencies\": [12, 15, 13, 99, 120, 12, 15, 13]}");
    stays("identified by its code, the password is in a file, password_file = \"/etc/vestibule/mandataire\"");
    stays("std::io::password, key::value, code d'erreur : VST-2041");
}

#[test]
fn the_other_sign_in_is_no_name() {
    stays("Another sign-in ended a sign-in sign_in.id=7F3K-9QXM by=STFX-4ETT code=\"VST-2032\"");
    stays("by=\"TXCB-ADBA\" by=ZZZZ-2345");
    all_go(&[("by=jdupont", "jdupont"), ("user=ANNE-MARC", "ANNE"), ("nom=JEAN-PAUL", "JEAN"), ("by=JEAN-PAUL", "JEAN")]);
}

#[test]
fn the_path_of_a_module_announces_nothing() {
    stays("INFO vestibule_desktop::cli::session: Signed out sign_in.id=7F3K-9QXM");
    stays("INFO companion_server::provider::token: Refused by the provider status=401");
    stays("INFO x::code: Replayed, x::user: Unknown person, x::password: Wrong");
    all_go(&[("session: zqx77", "zqx77"), ("x::session: token=zqx77", "zqx77")]);
}

#[test]
fn does_not_redact_what_a_proxy_measures() {
    stays("https~ vestibule/comp1 0/0/0/10003/10003 504 194 - - sHVN 1/1/0/0/0 0/0 \"POST /oauth/par HTTP/1.1\"");
    stays("https~ vestibule/<NOSRV> 0/-1/-1/-1/0 503 216 - - SC-- 12/10/0/0/0 0/0");
    stays("status=502 502 502 502 502 502 ; codes 401 403 500 502 504");
    stays("retry in 1 2 4 8 16 32 64 s; latencies 12 15 13 99 120 ms");
    stays("code=1006 exit code: 101, code: 504, code=12175");
    stays("bytes=1234567890 rss=123456789 uptime_s=1234567890 size 1234567890 content-length: 123456789 offset 12345678901");
    stays("took 123456789 ns; took=123456789ns; elapsed_us=1234567890; \"durationMs\": 1234567890, 1234567890 octets, tid=139872312342");
    stays("limits.bytes_per_address = 268435456, limits.bytes_per_address=268_435_456");
    stays("1796036400.123   4500 [adresse] TCP_TUNNEL/200 3900 CONNECT vestibule.hopital.example:443");
    stays("le poste retarde de 315532800 s sur le serveur, ou celui-ci avance; 1796036400 s d’écart");
    stays("expires_at=1796036400 not_after: 1796036400, since 2026-11-28, valid_until=1796036400");
}

#[test]
fn does_redact_an_id_beside_what_is_measured() {
    all_go(&[
        ("10003 504 194", "504"),
        ("bytes=12 rpps 10003456789", "10003456789"),
        ("size: 12, id=10003456789", "10003456789"),
        ("status=502 rpps=10003456789", "10003456789"),
        ("expires_at=10003456789", "10003456789"),
        ("code=123456", "123456"),
        ("code=1234", "1234"),
        ("SIREN 552 100 554", "552"),
        ("10003456789 s", "10003456789"),
    ]);
}

#[test]
fn words_of_the_product_and_of_levels_are_nobodys() {
    let known = KnownWords::default().and_things(["companion", "INFO", "VST", "compagnon", "error", "server", "jdupont"]);
    let line = "2026-11-28T15:28:23Z  INFO companion_server::x: The companion error.code=VST-2041 server=compagnon";
    assert_eq!(redact(line, &known), line);
    assert_eq!(redact("of jdupont", &known), "of [nom]");
    let secret = KnownWords::default().and_secrets(["companion", "info"]);
    assert_eq!(redact("the companion says info", &secret), "the [nom] says [nom]");
}

#[test]
fn rows_of_an_insert_are_named_by_their_columns() {
    all_go(&[
        ("INSERT INTO sessions (id, token) VALUES (7, 'zqx77')", "zqx77"),
        ("insert into x.accounts (\"id\", \"client_secret\", \"nom\") values (1, 'zq''x,77', 'Dupont')", "x,77"),
        ("insert into x.accounts (\"id\", \"client_secret\", \"nom\") values (1, 'zq''x,77', 'Dupont')", "Dupont"),
        ("INSERT INTO a (password, kept) VALUES ('zqx', 'one'), ('wvu', 'two')", "wvu"),
        ("statement: INSERT INTO a (`user`, `pw`) VALUES(\"jdupont\",\"zqx\")", "zqx"),
        ("INSERT INTO a VALUES (7, 'tournesol', 3)", "tournesol"),
        ("INSERT INTO a (id, token)\nVALUES (7, 'tournesol')", "tournesol"),
        ("{\"sql\":\"INSERT INTO a (token) VALUES ('zqx')\"}", "zqx"),
    ]);
    assert_eq!(
        redacted("INSERT INTO a (at, password, event) VALUES (12, 'zqx', 'signed_in'), (13, 'wvu', 'declined');"),
        "INSERT INTO a (at, password, event) VALUES (12, '[secret]', 'signed_in'), (13, '[secret]', 'declined');"
    );
}

#[test]
fn does_not_redact_a_statement_without_its_values_nor_values_in_a_sentence() {
    stays("INSERT INTO grants (sign_in_id, tokens_sealed) VALUES (?1, ?2), INSERT INTO a (token) VALUES ($1) RETURNING id");
    stays("INSERT INTO audit (at, event) VALUES (1, 'signed_in')");
    stays("the admitted values (\"auto\", \"polling\") are in the guide, values (1, 2) and (3, 4)");
    stays("INSERT INTO a (token) VALUES (NULL, DEFAULT), INSERT INTO a (token) VALUES ()");
}

#[test]
fn the_parts_of_a_form_are_named_by_their_headers() {
    let form = |name: &str, value: &str| {
        format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n{value}\r\n--X--\r\nDone\n")
    };
    let left = redacted(&form("client_secret", "tournesol"));
    assert!(!left.contains("tournesol") && left.contains("client_secret") && left.ends_with("--X--\r\nDone\n"), "{left}");
    let escaped = form("password", "tournesol").replace('\r', "\\r").replace('\n', "\\n").replace('"', "\\\"");
    let left = redacted(&format!("{{\"body\":\"{escaped}\"}}"));
    assert!(!left.contains("tournesol") && left.contains("--X--") && left.contains("Done"), "{left}");
    assert_eq!(redacted(&left), left);
    stays(&form("grant_type", "refresh"));
    stays("Content-Disposition: form-data; name=\"password\"\n2026-11-28T15:28:23Z  INFO x: Next port=1\n");
    stays("Content-Disposition: form-data; name=\"password\"\nThe next line is of something else\n");
}

#[test]
fn what_a_balancer_captured_and_who_asked_a_proxy_goes() {
    all_go(&[
        (
            "https~ vestibule/c1 0/0/0/1/1 200 504 - - ---- 1/1/0/0/0 0/0 {tournesol|connexion.hopital.example} \"GET / HTTP/1.1\"",
            "tournesol",
        ),
        ("https~ vestibule/c1 0/0/0/1/1 200 504 - - ---- 1/1/0/0/0 12/0 {a.b.example|jean dupont} {zqx wvu} \"GET / HTTP/1.1\"", "dupont"),
        ("https~ vestibule/c1 0/0/0/1/1 200 504 - - ---- 1/1/0/0/0 12/0 {a.b.example|jean dupont} {zqx wvu} \"GET / HTTP/1.1\"", "wvu"),
        (
            "1796036400.123   4500 [adresse] TCP_TUNNEL/200 3900 CONNECT vestibule.hopital.example:443 jdupont HIER_DIRECT/[adresse] -",
            "jdupont",
        ),
        ("1796036400.123 4 [adresse] TCP_DENIED/407 3900 CONNECT a.b.example:443 jdupont HIER_NONE/- text/html", "jdupont"),
        (
            "nov. 28 10:11:12 srv squid[81]: 1796036400.123 4 [adresse] TCP_MISS/200 39 GET http://a.b.example/ jdupont FIRSTUP_PARENT/p -",
            "jdupont",
        ),
    ]);
}

#[test]
fn does_not_redact_what_a_balancer_captured_of_a_host_or_a_browser_nor_a_proxy_that_nobody_is_known_to() {
    stays(
        "vestibule/c1 0/0/0/1/1 200 504 - - ---- 1/1/0/0/0 0/0 {connexion.hopital.example|Mozilla/5.0 (X11; Linux)} {1024|} \"GET / HTTP/1.1\"",
    );
    stays("HTTP/2 {open} 12/244 and 3/4 {\"a\": 1}, path/{id}, 0/0 {");
    stays("1796036400.123   4500 [adresse] TCP_TUNNEL/200 3900 CONNECT vestibule.hopital.example:443 - HIER_DIRECT/[adresse] -");
}

#[test]
fn passwords_behind_one_letter_go() {
    all_go(&[
        ("mysql -u root -ptournesol vestibule", "tournesol"),
        ("COMMAND=/usr/bin/mysqldump -ptournesol --all-databases", "tournesol"),
        ("sh -c \"mariadb-admin -p'tournesol 7' ping\"", "tournesol"),
        ("sshpass -ptournesol ssh x", "tournesol"),
        ("ldapsearch -x -w tournesol -b dc=x", "tournesol"),
        ("redis-cli -a tournesol ping", "tournesol"),
        ("mysql --password tournesol", "tournesol"),
        ("mysql --password=tournesol", "tournesol"),
    ]);
    assert_eq!(redacted("mysql -ptournesol vestibule"), "mysql -p[secret] vestibule");
}

#[test]
fn does_not_redact_other_letters_nor_the_same_of_others() {
    stays("find . -print, ls -p, mkdir -p /etc/vestibule, ssh -p 2222, ps -w aux, mysql -p vestibule");
    stays("mysqld[81]: ready -port");
    stays("ldapsearch -x -b dc=x, curl -w format, redis-cli -p 6379, cp -a a b");
}

#[test]
fn what_a_sentence_says_a_secret_is_goes_where_it_is_no_word() {
    all_go(&[
        ("the token is zqx77", "zqx77"),
        ("The password was Zqx-77, try again", "Zqx-77"),
        ("le mot de passe est tournesol7", "tournesol7"),
        ("mon jeton est zqx77.", "zqx77"),
    ]);
}

#[test]
fn does_not_redact_what_a_sentence_says_of_a_secret() {
    stays("the token is expired, the password is set, le mot de passe est faux, le jeton est refusé (VST-2041), the token is VST-2041");
    stays("the secret is in /etc/vestibule, le jeton est celui du poste, the pass was denied, le mot de passe est à changer");
}
