//! The browser that the policy names: started as it stands there, with neither a shell nor a launcher of the system in between.

use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use tokio::process::Command;

use super::{Browser, BrowserChoice, BrowserNotOpened, Destination, Launcher};
use crate::outside::spawn;

/// One that ends badly within this did not open; one that hands over to another of its own ends well.
const WATCHED: Duration = Duration::from_millis(500);

/// The policy's choice.
#[derive(Debug, Clone)]
pub struct NamedBrowser(pub BrowserChoice);

#[async_trait]
impl Browser for NamedBrowser {
    async fn open(&self, destination: &Destination) -> Result<(), BrowserNotOpened> {
        let mut command = Command::new(&self.0.program);
        command.args(self.0.profile.iter().flat_map(|profile| &profile.arguments)).arg(destination.as_str());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // What stops a command in a terminal does not stop the browser.
        #[cfg(unix)]
        command.process_group(0);
        let mut browser = spawn(command).await?;
        match tokio::time::timeout(WATCHED, browser.wait()).await {
            Ok(ended) => {
                let ended = ended?;
                if ended.success() { Ok(()) } else { Err(BrowserNotOpened(std::io::Error::other(format!("it ended at once: {ended}")))) }
            }
            Err(_) => {
                // Waited for, so that nothing of it is left when it ends.
                tokio::spawn(async move { drop(browser.wait().await) });
                Ok(())
            }
        }
    }

    async fn launcher(&self) -> Launcher {
        let program = self.0.program.display().to_string();
        if !self.0.program.is_file() {
            return Launcher::NamedMissing { program };
        }
        Launcher::Named { program, profile: self.0.profile.as_ref().map(|profile| profile.name.clone()) }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_started_with_the_address_as_one_argument_and_its_refusal_is_told() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().expect("a folder");
        let (program, told) = (folder.path().join("mon firefox"), folder.path().join("told"));
        let script = format!(
            "#!/bin/sh\nprintf '%s|' \"$@\" \"$(readlink /proc/$$/fd/0)\" \"$(readlink /proc/$$/fd/1)\" >'{0}.part'\nmv '{0}.part' '{0}'\n",
            told.display()
        );
        std::fs::write(&program, script).expect("written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).expect("runs");
        let browser = NamedBrowser(BrowserChoice::new(program.clone(), Some("ma santé".to_owned())).expect("sound"));
        let launch = Destination::launch(4567, "/abc/go").expect("clean");
        browser.open(&launch).await.expect("opened");
        let written = async {
            while !told.exists() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), written).await.expect("started");
        // What it says goes nowhere: the terminal, and what a program reads there, are ours.
        let nowhere = if cfg!(target_os = "linux") { "/dev/null|/dev/null|" } else { "||" };
        assert_eq!(std::fs::read_to_string(&told).expect("text"), format!("-P|ma santé|http://127.0.0.1:4567/abc/go|{nowhere}"));
        let named = Launcher::Named { program: program.display().to_string(), profile: Some("ma santé".to_owned()) };
        assert!(browser.launcher().await == named && named.opens());

        std::fs::write(&program, "#!/bin/sh\nexit 3\n").expect("written");
        browser.open(&launch).await.expect_err("it ended badly");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o600)).expect("runs no more");
        browser.open(&launch).await.expect_err("denied");
        std::fs::remove_file(&program).expect("removed");
        browser.open(&launch).await.expect_err("absent");
        assert!(!browser.launcher().await.opens());
    }
}
