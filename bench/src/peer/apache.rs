//! Apache with its OpenID Connect module, as Debian ships both.

use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt};
use std::path::Path;
use std::process::Command;

use vestibule_installation::place::random_secret;

use super::PROTECTED;
use crate::provider::{CLIENT_ID, Provider};

pub const NAME: &str = "Apache et mod_auth_openidc";

/// Where Debian puts its modules.
const MODULES: &str = "/usr/lib/apache2/modules";

/// # Errors
/// When its folder cannot be written.
pub fn prepare(folder: &Path, address: SocketAddr, provider: &Provider) -> anyhow::Result<Command> {
    let site = folder.join("site/protected");
    std::fs::create_dir_all(&site)?;
    std::fs::write(site.join("index.html"), "hello")?;
    // Its workers may not be who starts it.
    for folder in [folder, &folder.join("site"), &site] {
        std::fs::set_permissions(folder, PermissionsExt::from_mode(0o755))?;
    }
    let configuration = folder.join("apache.conf");
    std::fs::write(&configuration, configured(folder, address, provider)?)?;
    let mut program = Command::new("/usr/sbin/apache2");
    program.args(["-D", "FOREGROUND", "-f"]).arg(&configuration);
    Ok(program)
}

/// As its makers and Debian recommend for a server with many visitors, sessions in shared memory.
fn configured(folder: &Path, address: SocketAddr, provider: &Provider) -> anyhow::Result<String> {
    let (folder, secret, discovery) = (folder.display(), random_secret()?, provider.discovery());
    let modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "mime", "dir", "auth_openidc"];
    let modules: String = modules.iter().map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n")).collect();
    let user = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let user = if user { "User www-data\nGroup www-data\n" } else { "" };
    Ok(format!(
        "{modules}{user}ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
ServerName {host}
Listen {address}
ThreadsPerChild 25
MaxRequestWorkers 150
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
TypesConfig /dev/null
DocumentRoot {folder}/site
DirectoryIndex index.html
OIDCProviderMetadataURL {discovery}
OIDCClientID {CLIENT_ID}
OIDCClientSecret {secret}
OIDCRedirectURI http://{address}{PROTECTED}callback
OIDCCryptoPassphrase {secret}
OIDCScope \"openid scope_all\"
OIDCPKCEMethod S256
OIDCSessionType server-cache
OIDCCacheType shm
OIDCCacheShmMax 20000
OIDCSessionInactivityTimeout 3600
OIDCStateMaxNumberOfCookies 100 true
<Location {PROTECTED}>
AuthType openid-connect
Require valid-user
</Location>
",
        host = address.ip(),
    ))
}
