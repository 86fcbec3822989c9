//! What the operating system says of proxies.
//!
//! Linux: `/etc/environment`, which belongs to root and which PAM gives to every session. Windows: the Internet settings of the registry. macOS:
//! the network preferences. Windows and macOS are asked through the system's own tools: no call of ours is unsafe. A script (PAC) is not run.

/// A proxy and the exceptions to it, as they are written there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemProxy {
    /// For addresses over https.
    pub address: Option<String>,
    pub exceptions: Vec<String>,
    /// A script would choose.
    pub has_script: bool,
}

impl SystemProxy {
    /// As variables say it: `HTTPS_PROXY`, else `ALL_PROXY`, and `NO_PROXY`, in capitals or not.
    pub fn of_variables(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let first = |names: &[&str]| names.iter().filter_map(|name| variable(name)).find(|value| !value.trim().is_empty());
        Self {
            address: first(&["HTTPS_PROXY", "https_proxy"]).or_else(|| first(&["ALL_PROXY", "all_proxy"])),
            exceptions: first(&["NO_PROXY", "no_proxy"]).into_iter().collect(),
            has_script: false,
        }
    }

    /// As `/etc/environment` says it: a name, `=`, a value perhaps in quotation marks (pam_env).
    #[cfg_attr(not(any(test, target_os = "linux")), expect(dead_code, reason = "another system keeps it elsewhere"))]
    fn of_environment_file(text: &str) -> Self {
        let lines: Vec<(&str, &str)> = text
            .lines()
            .map(|line| line.trim().trim_start_matches("export "))
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.trim(), value.trim().trim_matches(['"', '\''])))
            .collect();
        Self::of_variables(&|name| lines.iter().rev().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
    }

    /// As the registry's values say it: `proxy:3128`, or `http=…;https=…` for each scheme.
    #[cfg_attr(not(any(test, windows)), expect(dead_code, reason = "another system keeps it elsewhere"))]
    fn of_registry(value: &dyn Fn(&str) -> Option<String>) -> Self {
        let is_on = value("ProxyEnable").is_some_and(|number| number.trim_start_matches("0x").trim_start_matches('0') == "1");
        let server = value("ProxyServer").filter(|_| is_on).and_then(|server| {
            if !server.contains('=') {
                return Some(server);
            }
            server.split(';').find_map(|part| part.trim().strip_prefix("https=").map(str::to_owned))
        });
        Self {
            address: server.filter(|server| !server.is_empty()),
            exceptions: value("ProxyOverride").filter(|_| is_on).into_iter().collect(),
            has_script: value("AutoConfigURL").is_some_and(|address| !address.is_empty()),
        }
    }

    /// As `scutil --proxy` prints it.
    #[cfg_attr(not(any(test, target_os = "macos")), expect(dead_code, reason = "another system keeps it elsewhere"))]
    fn of_scutil(text: &str) -> Self {
        let pairs: Vec<(&str, &str)> =
            text.lines().filter_map(|line| line.split_once(" : ")).map(|(key, value)| (key.trim(), value.trim())).collect();
        let value = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let is_on = |name: &str| value(name) == Some("1");
        let address = value("HTTPSProxy").filter(|_| is_on("HTTPSEnable")).map(|host| match value("HTTPSPort") {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        });
        // The list's entries are numbered.
        let listed = pairs.iter().filter(|(key, value)| key.parse::<u32>().is_ok() && *value != "<dictionary> {");
        let mut exceptions: Vec<String> = listed.map(|(_, value)| (*value).to_owned()).collect();
        if is_on("ExcludeSimpleHostnames") {
            exceptions.push("<local>".to_owned());
        }
        Self { address, exceptions, has_script: is_on("ProxyAutoConfigEnable") }
    }
}

/// Performs I/O.
#[cfg(target_os = "linux")]
pub(super) fn read() -> SystemProxy {
    match std::fs::read_to_string("/etc/environment") {
        Ok(text) => SystemProxy::of_environment_file(&text),
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!(%error, "The system's environment file cannot be read");
            }
            SystemProxy::default()
        }
    }
}

/// Performs I/O. The machine's own settings where its policy says so, else those of the person's Windows account, where group policies write.
#[cfg(windows)]
pub(super) fn read() -> SystemProxy {
    use crate::windows_registry::{Root, value};
    const SETTINGS: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
    const POLICY: &str = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";
    let is_machine_wide = value(Root::Machine, POLICY, "ProxySettingsPerUser").is_some_and(|per_user| per_user == "0");
    let root = if is_machine_wide { Root::Machine } else { Root::User };
    SystemProxy::of_registry(&|name| value(root, SETTINGS, name))
}

/// Performs I/O.
#[cfg(target_os = "macos")]
pub(super) fn read() -> SystemProxy {
    match std::process::Command::new("/usr/sbin/scutil").arg("--proxy").stdin(std::process::Stdio::null()).output() {
        Ok(output) => SystemProxy::of_scutil(&String::from_utf8_lossy(&output.stdout)),
        Err(error) => {
            tracing::warn!(%error, "The system's network preferences cannot be read");
            SystemProxy::default()
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(super) fn read() -> SystemProxy {
    SystemProxy::default()
}

#[cfg(test)]
mod tests {
    use super::SystemProxy;

    fn set(address: &str, exceptions: &[&str]) -> SystemProxy {
        let exceptions = exceptions.iter().map(|&text| text.to_owned()).collect();
        SystemProxy { address: Some(address.to_owned()), exceptions, has_script: false }
    }

    #[test]
    fn the_environment_file_of_linux_is_read_as_pam_reads_it() {
        let text = "# comment\nPATH=\"/usr/bin\"\nhttps_proxy=\"http://proxy.example:3128\"\n export no_proxy='.hopital.example'\n#https_proxy=x\n";
        assert_eq!(SystemProxy::of_environment_file(text), set("http://proxy.example:3128", &[".hopital.example"]));
        assert_eq!(SystemProxy::of_environment_file("ALL_PROXY=proxy:80\nHTTPS_PROXY=\n"), set("proxy:80", &[]));
        assert_eq!(SystemProxy::of_environment_file("http_proxy=http://proxy\n"), SystemProxy::default(), "the companion is over https");
    }

    #[test]
    fn the_registry_of_windows_is_read_in_both_forms() {
        let registry = |pairs: &'static [(&str, &str)]| {
            SystemProxy::of_registry(&|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        let plain = registry(&[("ProxyEnable", "0x1"), ("ProxyServer", "proxy:8080"), ("ProxyOverride", "*.hopital.example;<local>")]);
        assert_eq!(plain, set("proxy:8080", &["*.hopital.example;<local>"]));
        let each = registry(&[("ProxyEnable", "0x1"), ("ProxyServer", "http=a:80;https=b:8443")]);
        assert_eq!(each, set("b:8443", &[]));
        let off = registry(&[("ProxyEnable", "0x0"), ("ProxyServer", "proxy:8080"), ("AutoConfigURL", "http://wpad/x.pac")]);
        assert_eq!(off, SystemProxy { has_script: true, ..SystemProxy::default() });
    }

    #[test]
    fn the_network_preferences_of_macos_are_read() {
        let text = "<dictionary> {\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n  }\n  ExcludeSimpleHostnames : 1\n  \
                    HTTPEnable : 0\n  HTTPSEnable : 1\n  HTTPSPort : 3128\n  HTTPSProxy : proxy.example\n  ProxyAutoConfigEnable : 0\n}\n";
        assert_eq!(SystemProxy::of_scutil(text), set("proxy.example:3128", &["*.local", "169.254/16", "<local>"]));
        let script = "<dictionary> {\n  HTTPSEnable : 0\n  HTTPSProxy : proxy.example\n  ProxyAutoConfigEnable : 1\n}\n";
        assert_eq!(SystemProxy::of_scutil(script), SystemProxy { has_script: true, ..SystemProxy::default() });
    }
}
