//! The reverse proxies of the guides, started for real from their examples: a person signs in through each.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rcgen::{CertificateParams, KeyPair};
use tokio::process::Command;
use vestibule_installation::Policy;
use vestibule_tests::programs::{Programs, free_port};
use vestibule_tests::servers::{any_ending_with_us, until_listening};

use super::examples::{Example, Proof, proved_as, read};

/// A companion that a proxy will stand before, and what this proxy is given.
struct Place {
    programs: Programs,
    port: u16,
    folder: PathBuf,
}

impl Place {
    async fn new(name: &str) -> Self {
        let port = free_port().expect("a port");
        // As the guide says.
        let behind = "[listener]\ntrusted_proxies = [\"127.0.0.1\"]\nforwarded_header = \"x-forwarded-for\"";
        let programs = Programs::start_behind(&format!("https://127.0.0.1:{port}"), behind).await.expect("the stack starts");
        let folder = programs.folder().join(name);
        fs::create_dir_all(folder.join("temporary")).expect("a folder");
        let place = Self { programs, port, folder };
        place.certify();
        place
    }

    /// Under the authority of nobody, which the policy names.
    fn certify(&self) {
        let key = KeyPair::generate().expect("a key");
        let certificate =
            CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters").self_signed(&key).expect("signed").pem();
        self.write("connexion.pem", &certificate);
        self.write("connexion.key", &key.serialize_pem());
        self.write("both.pem", &format!("{certificate}{}", key.serialize_pem()));
        let trusted = format!("companion_ca_file = \"{}\"", self.path("connexion.pem"));
        Policy::edit(self.programs.folder(), |kept| kept.with(&trusted)).expect("written");
        fs::copy(self.folder.join("connexion.pem"), self.programs.folder().join("authority.pem")).expect("for the browser");
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).expect("written");
        fs::set_permissions(self.folder.join(name), fs::Permissions::from_mode(0o600)).expect("private");
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// The example with this machine's port, files and companion in it.
    fn here(&self, example: &Example, listens: (&str, &str), tls: &str) -> String {
        let (there, here) = (listens.0, listens.1.replace("PORT", &self.port.to_string()));
        assert!(example.text.contains(there) && example.text.contains(tls) && example.text.contains("127.0.0.1:8080"), "{}", example.text);
        let text = example.text.replace(there, &here).replace(tls, &format!("{}/", self.folder.display()));
        text.replace("127.0.0.1:8080", &self.programs.companion_listener.to_string())
    }

    /// Whether a person signs in through it; what the proxy wrote is told otherwise.
    async fn signs_in(&self, mut proxy: Command) {
        let log = fs::File::create(self.folder.join("output.log")).expect("a log");
        proxy.stdin(Stdio::null()).stdout(log.try_clone().expect("a second")).stderr(log);
        let mut running = proxy.spawn().expect("setpriv");
        let listening = until_listening(&mut running, SocketAddr::from((Ipv4Addr::LOCALHOST, self.port))).await;
        let told = || format!("{}{}", self.read("output.log"), self.read("error.log"));
        assert!(listening.is_ok(), "{listening:?} {}", told());
        let login = self.programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
        assert_eq!(login.code, Some(0), "{login:?} {:?} {}", running.try_wait(), told());
        self.tells_whom_it_stands_for().await;
    }

    /// The address that the proxy saw reaches the companion, and nothing that the client wrote in its place.
    async fn tells_whom_it_stands_for(&self) {
        let authority = reqwest::Certificate::from_pem(self.read("connexion.pem").as_bytes()).expect("a certificate");
        let client = reqwest::Client::builder().add_root_certificate(authority).no_proxy().build().expect("a client");
        let measures = async || {
            let page = client.get(format!("{}/metrics", self.programs.companion_administration)).send().await.expect("measures");
            let page = page.text().await.expect("text");
            page.lines()
                .find(|line| line.contains("forwarded_header_unreadable"))
                .and_then(|line| line.split(' ').nth(1).map(str::to_owned))
        };
        // Refused for what it lacks, once it is known for whom.
        let asks = |address: String| client.post(format!("{address}/oauth/par")).header("X-Forwarded-For", "nobody").send();
        let answer = asks(format!("https://127.0.0.1:{}", self.port)).await.expect("an answer");
        assert!(answer.status().is_client_error(), "{answer:?}");
        assert!(measures().await.is_none_or(|number| number == "0"), "{:?}", measures().await);
        // Without the proxy, the same request is counted.
        asks(format!("http://{}", self.programs.companion_listener)).await.expect("an answer");
        assert_eq!(measures().await.as_deref(), Some("1"));
    }

    fn saw_a_sign_in(&self) {
        let access = self.read("access.log");
        assert!(access.contains("/oauth/par") && access.contains("/psc/callback") && access.contains("HTTP/2"), "{access}");
    }
}

fn example_of(proof: Proof) -> Example {
    let [example] = <[Example; 1]>::try_from(proved_as(proof)).expect("one example");
    example
}

/// Where Debian puts what root runs.
fn of_the_system(program: &str) -> Command {
    let mut command = any_ending_with_us(Path::new("/usr/sbin").join(program));
    command.env("LC_ALL", "C.UTF-8");
    command
}

#[tokio::test]
async fn a_person_signs_in_through_the_nginx_of_the_guide() {
    let place = Place::new("nginx").await;
    let server = place.here(&example_of(Proof::Nginx), ("listen 443 ", "listen 127.0.0.1:PORT "), "/etc/nginx/tls/");
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {};\n", place.path(&format!("temporary/{kind}"))))
        .collect();
    // One process: the workers of a master that is killed would live on.
    place.write(
        "nginx.conf",
        &format!(
            "daemon off;\nmaster_process off;\npid {0}/pid;\nerror_log {0}/error.log;\nevents {{}}\nhttp {{\naccess_log {0}/access.log;\n{paths}{server}}}\n",
            place.folder.display()
        ),
    );
    let mut nginx = of_the_system("nginx");
    nginx.args(["-c", &place.path("nginx.conf"), "-e", &place.path("error.log")]);
    place.signs_in(nginx).await;
    place.saw_a_sign_in();
}

#[tokio::test]
async fn a_person_signs_in_through_the_apache_of_the_guide() {
    let place = Place::new("apache").await;
    let host = place.here(&example_of(Proof::Apache), ("*:443", "127.0.0.1:PORT"), "/etc/apache2/tls/");
    // What the guide has enabled, and what Debian enables by itself.
    let guide = read("docs/fr/administrateur.md");
    let enabled = guide.split("`a2enmod ").nth(1).and_then(|rest| rest.split('`').next()).expect("the guide says what to enable");
    let modules: String = enabled
        .split(' ')
        .chain(["mpm_event", "authz_core", "socache_shmcb"])
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    // Started by root, it wants somebody else to serve as.
    let user = if rustix::process::geteuid().is_root() { "User nobody\nGroup nogroup\n" } else { "" };
    place.write(
        "apache.conf",
        &format!(
            "{modules}{user}ServerRoot {0}\nDefaultRuntimeDir {0}\nPidFile {0}/pid\nMutex sem\nServerName 127.0.0.1\nListen 127.0.0.1:{1}\n\
             ErrorLog {0}/error.log\nLogFormat \"%r %>s\" short\nCustomLog {0}/access.log short\n{host}",
            place.folder.display(),
            place.port
        ),
    );
    let mut apache = of_the_system("apache2");
    apache.args(["-X", "-f", &place.path("apache.conf")]);
    place.signs_in(apache).await;
    place.saw_a_sign_in();
}

#[tokio::test]
async fn a_person_signs_in_through_the_haproxy_of_the_guide() {
    let place = Place::new("haproxy").await;
    // Certificate and key stand in one file.
    place.write("temporary/connexion.pem", &place.read("both.pem"));
    let example = example_of(Proof::HaProxy);
    let text = place.here(&example, ("bind :443 ", "bind 127.0.0.1:PORT "), "/etc/haproxy/tls/");
    let text = text.replace(&place.path("connexion.pem"), &place.path("temporary/connexion.pem"));
    place.write(
        "haproxy.cfg",
        &format!("global\n    maxconn 400\n    log stdout format raw local0\n\ndefaults\n    option httplog\n    log global\n\n{text}"),
    );
    let mut haproxy = of_the_system("haproxy");
    haproxy.args(["-db", "-f", &place.path("haproxy.cfg")]);
    place.signs_in(haproxy).await;
    fs::copy(place.folder.join("output.log"), place.folder.join("access.log")).expect("where it logs");
    place.saw_a_sign_in();
    let told = place.read("output.log");
    assert!(!told.contains("[WARNING]"), "{told}");
}
