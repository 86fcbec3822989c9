//! Lines of programs that are not ours, as they happen to write down what may not leave; and what they write beside it, which stays.

use super::{goes, redacted, stays};

#[test]
fn redacts_what_other_programs_write() {
    for (line, secret) in [
        ("RPPS n° 10003456-789", "456"),
        ("RPPS 1０003４56789", "003"),
        ("INS 185057800608436^^^&1.2.250.1.213.1.4.8&ISO", "185057"),
        ("PID|1||185057800608436||DUPONT^JEAN^^^^^L|||M", "JEAN"),
        ("<id root=\"1.2.250.1.71.4.2.1\" extension=\"810003456789\"/>", "810003"),
        ("tel: +33.6.12.34.56.78", "34.56"),
        ("tel 06·12·34·56·78", "34·56"),
        ("=?utf-8?B?amVhbi5kdXBvbnRAaG9waXRhbC5mcg==?=", "amVh"),
        ("=?utf-8?Q?jean=2Edupont=40hopital=2Efr?=", "dupont"),
        ("jean.dupont[@]hopital[.]fr", "dupont"),
        ("jean.dupont AT hopital.fr", "dupont"),
        ("jdupont/admin@HOPITAL.LOCAL", "jdupont"),
        ("jdupont@accueil:~$ ls", "jdupont"),
        ("host 10[.]1[.]2[.]3", "10[.]1"),
        ("mac 001B44-113AB7", "113A"),
        ("0:1b:44:11:3a:b7", "44:11"),
        ("cifs://srv/users/jdupont", "jdupont"),
        (r"C:\Users\JEAN~1.DUP\AppData", "JEAN"),
        ("uid=1000(jdupont) gid=1000(jdupont)", "jdupont"),
        ("Accepted publickey for jdupont from 10.1.2.3 port 53122 ssh2", "jdupont"),
        ("203.0.113.9 - jdupont [28/Nov/2026:10:11:12 +0100] \"GET / HTTP/1.1\" 200 512", "jdupont"),
        ("User jdupont logged in", "jdupont"),
        ("logged in as jdupont", "jdupont"),
        ("user \"jdupont\" is unknown", "jdupont"),
        ("user 'jdupont' from x", "jdupont"),
        ("USER jdupont", "jdupont"),
        ("PASS zqx", "zqx"),
        ("AUTH PLAIN AGpkdXBvbnQAYWJj", "AGpk"),
        ("AUTH LOGIN amR1cG9udA==", "amR1"),
        ("User Id=jdupont;Password=zqx;", "jdupont"),
        ("User Id=jdupont;Password=zqx;", "zqx"),
        ("Bonjour Jean Dupont", "Dupont"),
        ("Dr Jean Dupont", "Dupont"),
        ("Mme DUPONT Jeanne", "Jeanne"),
        ("Patient: DUPONT Jean né le 01/02/1980", "Jean"),
        ("Bearer zqx", "zqx"),
        ("bearer: zqx", "zqx"),
        ("token -> zqx", "zqx"),
        ("token 'zqx'", "zqx"),
        ("tokens=[zqx,wvu]", "wvu"),
        ("<add key=\"token\" value=\"zqx\"/>", "zqx"),
        ("<param name=\"password\">zqx</param>", "zqx"),
        ("<input type=\"hidden\" name=\"code\" value=\"zqx\">", "zqx"),
        ("{\"name\":\"password\",\"value\":\"zqx\"}", "zqx"),
        ("curl -u jdupont:zqx https://x.example", "zqx"),
        ("sshpass -p zqx ssh x", "zqx"),
        ("postgres://jdupont:zqx@srv/base", "zqx"),
        ("le mot de passe est « zqx »", "zqx"),
        ("password is 'zqx'", "zqx"),
        ("pw: zqx", "zqx"),
        ("PIN 1234", "1234"),
        ("code porteur 1234", "1234"),
        ("CVC 123", "123"),
        ("AccountKey=zqx==", "zqx"),
        ("sig=zqx", "zqx"),
        ("#access_token=zqx&token_type=bearer", "zqx"),
        ("-> 00 20 00 01 08 31 32 33 34 FF FF FF FF", "31 32"),
        ("atr 3B 7F 96 00 00", "7F 96"),
        ("hostname ACCUEIL03", "ACCUEIL"),
        ("machine name ACCUEIL03", "ACCUEIL"),
        ("node=ACCUEIL03", "ACCUEIL"),
        ("ip10-1-2-3.lan", "10-1"),
        ("<password value=\"zqx\"/>", "zqx"),
        ("<wsse:Password Type=\"y\">zqx</wsse:Password>", "zqx"),
        ("Set-Cookie2: a=zqx", "zqx"),
        ("Nom : DUPONT Prénom : Jean", "Jean"),
        ("Nom : DUPONT Prénom : Jean", "DUPONT"),
        ("TargetUserName: jdupont", "jdupont"),
        ("Account Name:\t\tjdupont", "jdupont"),
        ("host: accueil03", "accueil"),
        ("/home/jean dupont/", "dupont"),
    ] {
        goes(line, &[secret]);
    }
}

#[test]
fn does_not_redact_what_they_write_beside_it() {
    stays("Main process exited, code=exited, status=1/FAILURE; usb 1-2: idVendor=076b, idProduct=3031, bcdDevice= 1.00");
    stays(
        "level=warning msg=\"killed\" name=compagnon state=exited code=137; certificate: subject: CN=connexion.hopital.example, issuer: CN=AC Hopital",
    );
    stays("TLS handshake: protocol TLSv1.3, cipher TLS_AES_256_GCM_SHA384, alpn h2; OID 1.2.250.1.71.4.2.1");
    stays("Disk: 12 345 678 901 octets, MemTotal:       16310160 kB  MemFree: 1234567 kB; RFC 8414, 9126, 7636; 9449");
    stays("[12345.678901] usb 1-2: new full-speed USB device number 5; thread 'main' panicked at src/main.rs:123:45: out of bounds");
    stays("Bearer token, Basic auth, Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0");
    stays("It needs a Bearer token");
    stays("<password type=\"y\"/>, <input name=\"city\" value=\"Paris\">, /home is full, host: up, clip10-1-2-3");
    stays("for admin from, as root, user root logged in, uid=0(root), M. is a title, host is up, name is set, pin 12");
    stays("{\"name\":\"backup\",\"value\":\"ok\"}, {\"key\": \"psc.environment\", \"value\": \"simulator\"}");
    stays("WWW-Authenticate: DPoP algs=\"ES256\"; ~10 s; a^b; list [a], (b), key=value");
    assert_eq!(
        redacted("Nov 28 10:11:12 serveur sshd[812]: Failed password for invalid user admin from 10.1.2.3 port 53122 ssh2"),
        "Nov 28 10:11:12 [adresse] sshd[812]: Failed password for invalid user admin from [adresse] port 53122 ssh2"
    );
}

#[test]
fn a_sentence_is_none_of_what_a_name_announces() {
    stays("l’application a verrouillé la session : rien n’en est affiché ni transmis");
    stays("The app locked the session: nothing of it is shown or passed on");
    stays("avec le même code : clés, fichiers, certificats; un jeton à son nom : ce qui existe; `session` : `journalctl -u compagnon`");
    stays("{\"access_token\": \"…\", \"token_type\": \"DPoP\", \"expires_in\": 300, \"scope\": \"session\", \"session\": {}}");
    stays("key_file = \"credential:vault-key\", client_secret_file = \"credential:psc-secret\", enrolment_token = \"vst-poste-…\"");
}
