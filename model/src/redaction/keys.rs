//! The names behind which something secret or personal stands, and what may stand there all the same.

use super::Kind;

/// How much follows a name, and what of it may stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// One value, whatever it is, but the words that say whether there is one.
    Value(Kind),
    /// One value, unless it is a word of the vocabulary, a code of the catalogue or a small number.
    Token,
    /// The same; a word of a program too: `at_provider`, `ECONNREFUSED`.
    State,
    /// Names have spaces: up to the next `key=`, or the end.
    Names,
    /// One word, and those with a capital that follow it.
    Person,
    /// The same where it looks like somebody's name.
    MaybePerson,
    /// The name of a machine.
    Machine,
    /// The same, unless it has dots: a server's address is what support works with.
    ShortMachine,
    /// Pairs of hexadecimal digits.
    Hexadecimal,
    /// All the rest of the line, or of the quotes it is in.
    Rest,
}

impl Rule {
    pub(super) const fn kind(self) -> Kind {
        match self {
            Self::Value(kind) => kind,
            Self::Token | Self::State | Self::Hexadecimal | Self::Rest => Kind::Secret,
            Self::Names | Self::Person | Self::MaybePerson => Kind::Name,
            Self::Machine | Self::ShortMachine => Kind::Machine,
        }
    }

    /// Whether an object or a list behind the name goes with all that is in it. A session is a thing, of which support reads the state.
    pub(super) fn takes_all(self, key: &str) -> bool {
        matches!(self, Self::Value(_) | Self::Names | Self::Person | Self::Token) && key != "session"
    }

    /// Whether a sentence may have the name before a colon or a space: there, only `=` and quotes say that a value follows.
    pub(super) fn is_of_sentences(key: &str) -> bool {
        matches!(
            key,
            "account"
                | "compte"
                | "host"
                | "poste"
                | "machine"
                | "computer"
                | "node"
                | "by"
                | "owner"
                | "data"
                | "response"
                | "command"
                | "signature"
        )
    }
}

/// Of a name in small letters, without accents nor signs: `set-cookie`, `Set_Cookie` and `setCookie` are one.
pub(super) fn rule(key: &str) -> Option<Rule> {
    Some(match key {
        "authorization" | "proxyauthorization" | "cookie" | "setcookie" | "setcookie2" | "cookies" => Rule::Rest,
        "password" | "passwd" | "pwd" | "passphrase" | "motdepasse" | "motpasse" | "mdp" | "passwort" | "pin" | "secret" | "letters"
        | "usercode" | "typedcode" | "devicecode" | "matchnumber" | "codeverifier" | "codechallenge" | "accesstoken" | "refreshtoken"
        | "idtoken" | "idtokenhint" | "logouttoken" | "clientassertion" | "assertion" | "requesturi" | "privatekey" | "cvv" | "otp"
        | "totp" | "codepin" | "pincode" | "codesecret" | "codeporteur" | "codeconfidentiel" | "clesecrete" | "cleprivee" | "cledapi"
        | "puk" | "samlresponse" | "samlrequest" | "relaystate" | "pw" | "passcode" | "cvc" | "psk" | "wpapsk" | "presharedkey"
        | "codedacces" | "codedactivation" | "codedentree" | "codepersonnel" | "credentials" | "identifiedby" => Rule::Value(Kind::Secret),
        "nonce" | "dpopnonce" | "sid" | "jti" | "dpop" | "jwt" | "jkt" | "ticket" | "athash" | "sessionstate" | "session" | "pass"
        | "jeton" | "csrf" | "xsrf" | "authcode" | "authorizationcode" | "sig" | "signature" | "bearer" => Rule::Token,
        "code" | "state" => Rule::State,
        "sub"
        | "subjectnameid"
        | "nationalid"
        | "loginhint"
        | "rpps"
        | "adeli"
        | "finess"
        | "nir"
        | "ins"
        | "siret"
        | "siren"
        | "telephone"
        | "tel"
        | "phone"
        | "phonenumber"
        | "mobile"
        | "serial"
        | "serialnumber"
        | "cardnumber"
        | "numerocarte"
        | "numerodecarte"
        | "numerodeserie"
        | "iccid"
        | "atr"
        | "idnat"
        | "psidnat"
        | "idnatps"
        | "nss"
        | "insnir"
        | "insc"
        | "securitesociale"
        | "numerodesecuritesociale"
        | "identifiantnational"
        | "ipp"
        | "datedenaissance"
        | "naissance"
        | "birthdate"
        | "dateofbirth"
        | "dob"
        | "telephone2"
        | "telecopie"
        | "otherids"
        | "subjectorganizationid"
        | "identifianttechniquedelastructure"
        | "ancienidentifiantdelastructure"
        | "numerosiretsite"
        | "numerosirensite"
        | "numerofinesssite"
        | "numerofinessetablissementjuridique"
        | "codepostal"
        | "codecommune"
        | "numerovoie" => Rule::Value(Kind::Number),
        "displayname"
        | "givenname"
        | "familyname"
        | "firstname"
        | "lastname"
        | "preferredusername"
        | "loginname"
        | "nomexercice"
        | "prenomexercice"
        | "nomdexercice"
        | "prenomdexercice"
        | "nomdenaissance"
        | "nomfamille"
        | "fullname"
        | "surname"
        | "middlename"
        | "realname"
        | "gecos"
        | "subjectorganization"
        | "subjectrefpro"
        | "raisonsocialesite"
        | "enseignecommercialesite"
        | "complementdestinataire"
        | "complementpointgeographique"
        | "libellevoie"
        | "mentiondistribution"
        | "bureaucedex" => Rule::Names,
        "nom"
        | "noms"
        | "prenom"
        | "prenoms"
        | "nomusage"
        | "nomdusage"
        | "nomdefamille"
        | "nomprenom"
        | "patronyme"
        | "patient"
        | "patiente"
        | "medecin"
        | "docteur"
        | "praticien"
        | "user"
        | "usr"
        | "userid"
        | "username"
        | "utilisateur"
        | "utilisatrice"
        | "usager"
        | "nomdutilisateur"
        | "nomdecompte"
        | "login"
        | "logname"
        | "account"
        | "compte"
        | "acct"
        | "auid"
        | "ruser"
        | "suser"
        | "duser"
        | "sudouser"
        | "uid"
        | "owner"
        | "upn"
        | "samaccountname"
        | "identifiant"
        | "gn"
        | "sn"
        | "by"
        | "nickname"
        | "titulaire"
        | "identite"
        | "professionnel"
        | "nomducompte"
        | "nomducomptedutilisateur"
        | "compteutilisateur"
        | "comptedutilisateur"
        | "nomdouverturedesession"
        | "nomcomplet"
        | "remoteuser"
        | "xremoteuser"
        | "httpremoteuser"
        | "httpxremoteuser"
        | "forwardeduser"
        | "xforwardeduser"
        | "httpxforwardeduser"
        | "proxyuser"
        | "authuser"
        | "xauthuser"
        | "xauthrequestuser"
        | "xwebauthuser"
        | "dbuser"
        | "pguser" => Rule::Person,
        "name" | "cn" => Rule::MaybePerson,
        "email" | "mail" | "courriel" | "emailaddress" | "adresseemail" | "xforwardedemail" => Rule::Value(Kind::Mail),
        "hostname"
        | "computername"
        | "machinename"
        | "nomdemachine"
        | "nommachine"
        | "nomdeposte"
        | "nomduposte"
        | "clientname"
        | "workstationname"
        | "logonserver"
        | "userdomain"
        | "nodename"
        | "dnshostname"
        | "rhost"
        | "shost"
        | "dhost"
        | "netbios"
        | "netbiosname"
        | "ordinateur"
        | "nomdelordinateur"
        | "nomdelastationdetravail"
        | "stationdetravail"
        | "domaineducompte"
        | "targetdomainname"
        | "subjectdomainname"
        | "accountdomain" => Rule::Machine,
        "host" | "machine" | "computer" | "poste" | "node" => Rule::ShortMachine,
        "apdu" | "capdu" | "rapdu" | "data" | "response" | "command" => Rule::Hexadecimal,
        // Whose ever they are: no program of the workstation holds the name of the provider's.
        key if SECRET_ENDS.split(' ').any(|end| key.ends_with(end)) => Rule::Value(Kind::Secret),
        key if ["username", "accountname"].iter().any(|end| key.ends_with(end)) => Rule::Person,
        key if TOKEN_ENDS.split(' ').any(|end| key.ends_with(end)) => Rule::Token,
        _ => return None,
    })
}

const SECRET_ENDS: &str = "accountkey sharedkey masterkey encryptionkey hmackey sharedaccesssignature passwords password passwd pwd passphrase motdepasse \
    mdp secret apikey accesskey secretkey privatekey signingkey userpass dbpass";
const TOKEN_ENDS: &str = "tokens token nonce sessionid sessid ticket";

/// Names behind which a secret stands without any sign: `passwd x`. The others are in sentences too.
pub(super) fn is_bare(key: &str) -> bool {
    matches!(
        key,
        "passwd"
            | "mdp"
            | "motdepasse"
            | "passe"
            | "password"
            | "passphrase"
            | "pwd"
            | "secret"
            | "token"
            | "jeton"
            | "user"
            | "utilisateur"
            | "login"
            | "pin"
            | "cvc"
            | "cvv"
            | "porteur"
            | "pass"
            | "hostname"
            | "host"
            | "machine"
            | "computer"
            | "poste"
            | "name"
    )
}

/// Whether a secret stands behind it, and nothing else.
pub(super) fn is_secret(key: &str) -> bool {
    rule(key) == Some(Rule::Value(Kind::Secret))
}

/// Whether a list of words in small letters has this one.
pub(super) fn is_in(list: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    list.split(' ').any(|one| one == word)
}

/// What may stand behind any name: it says whether there is something, and what became of it.
pub(super) fn is_said(word: &str) -> bool {
    is_in(SAID, word)
}

const SAID: &str = "défini définie définis définies absent absente présent présente aucun aucune manquant manquante expiré expirée refusé refusée \
    incorrect incorrecte invalide valide vide inconnu inconnue oui non none null nil true false yes no set unset missing present \
    empty expired invalid valid wrong refused denied required unknown redacted hidden changed revoked rejected accepted ok error \
    failed failure undefined default incorrecte. retirée retiré masqué masquée n/a nul";

/// States, of our programs and of those beside them in a journal.
pub(super) fn is_state(word: &str) -> bool {
    is_in(STATES, word)
}

const STATES: &str = "running exited killed dumped active inactive activating deactivating dead stopped stopping starting started restarting reloading \
    created opened exchanging authenticated confirmed redeemed locked unlocked open closed closing connected connecting disconnected \
    established listen listening up down ready waiting pending done success successful ended inserted removed enabled disabled idle \
    busy online offline new completed complete cancelled canceled aborted timeout stale healthy unhealthy degraded blocked suspended \
    resumed loading loaded initial final actif inactif ouvert fermé verrouillé";

/// Accounts and machines of nobody.
pub(super) fn is_of_nobody(word: &str) -> bool {
    is_in(OF_NOBODY, word)
}

const OF_NOBODY: &str = "root system localhost localdomain user users admin administrator administrateur vestibule compagnon companion nobody daemon \
    www-data postgres nginx systemd dbus messagebus guest invité service anonymous anonyme unknown workstation shared everyone local \
    network desktop device session manager interface policy for port mode";

/// Words before the name of who made a certificate.
pub(super) fn is_issuer(word: &str) -> bool {
    matches!(word, "issuer" | "emetteur" | "emis" | "autorite")
}

/// Words before `name` that make it a thing's.
pub(super) fn is_thing(word: &str) -> bool {
    matches!(
        word,
        "service"
            | "file"
            | "thread"
            | "product"
            | "app"
            | "application"
            | "check"
            | "module"
            | "package"
            | "process"
            | "unit"
            | "program"
            | "event"
            | "provider"
            | "browser"
            | "reader"
            | "driver"
            | "field"
            | "key"
            | "table"
            | "column"
            | "group"
            | "policy"
            | "setting"
            | "system"
            | "os"
            | "domain"
            | "server"
            | "image"
            | "span"
            | "target"
            | "logger"
            | "metric"
            | "job"
            | "task"
            | "cookie"
            | "header"
            | "certificate"
            | "rule"
    )
}
