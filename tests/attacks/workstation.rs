//! What other users of the machine, and other programs of hers, put beside the app: connections, locks, cookies.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};
use vestibule_tests::programs::Programs;

use super::loopback::another_user;
use super::scene::{Waiting, raw};

#[tokio::test]
async fn attack_45_kilobytes_of_foreign_cookies_on_this_host_do_not_keep_her_browser_out() {
    let victim = Waiting::start().await;
    for length in [9_000, 16_000] {
        let cookies = format!("Host: 127.0.0.1:{}\r\nCookie: nom=André; {}\r\n", victim.port(), "a=b; ".repeat(length / 5));
        let answer = raw(victim.port(), &format!("GET {} HTTP/1.1\r\n{cookies}\r\n", victim.launch.path())).await;
        assert!(answer.starts_with("HTTP/1.1 303 ") && answer.contains("/oauth/authorize?"), "{length}: {answer}");
    }
    // A visit uses nothing up: she comes afterwards.
    victim.ends_well().await;
}

#[tokio::test]
async fn attack_47_connections_of_another_user_neither_end_nor_stop_a_sign_in() {
    let victim = Waiting::start().await;
    // Sixty that say something, and sixty that say nothing and stay.
    let script = "use IO::Socket::IP; my @s; for (1 .. 120) { my $s = IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $ARGV[0]) or next; \
        if ($_ % 2) { print $s \"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n\"; local $/; my $a = <$s>; } else { push @s, $s } } \
        $| = 1; print \"there\\n\"; sleep 600";
    let mut crowd = spawned(another_user(&["perl", "-e", script, &victim.port().to_string()]).await);
    says(&mut crowd, "there").await;
    victim.ends_well().await;
    crowd.kill().await.expect("still there");
}

/// A command whose output is read.
fn spawned(mut command: Command) -> Child {
    command.stdout(Stdio::piped()).kill_on_drop(true).spawn().expect("starts")
}

async fn says(child: &mut Child, word: &str) {
    let mut said = vec![0; word.len()];
    let output = child.stdout.as_mut().expect("piped");
    let reading = tokio::time::timeout(Duration::from_secs(60), output.read_exact(&mut said));
    reading.await.expect("in time").expect("said");
    assert_eq!(said, word.as_bytes());
}

/// Where the app keeps what is no secret.
fn state(programs: &Programs) -> PathBuf {
    programs.folder().join("home/state/vestibule")
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("there").permissions().mode() & 0o777
}

#[tokio::test]
async fn attack_47_what_the_app_writes_is_hers_alone_whatever_the_umask() {
    let programs = Programs::start().await.expect("the stack starts");
    for umask in ["000", "022", "077"] {
        let command = programs.command_line("camille", &["login", "--json", "--situation", "first"]).expect("ready");
        let command = command.as_std();
        let mut masked = Command::new("sh");
        masked.args(["-c", &format!("umask {umask}; exec \"$0\" \"$@\"")]).arg(command.get_program()).args(command.get_args());
        masked.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
        let output = masked.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").output().await.expect("runs");
        assert!(output.status.success(), "{umask}: {}", String::from_utf8_lossy(&output.stderr));
        let mut seen = 0;
        let mut folders = vec![state(&programs)];
        while let Some(folder) = folders.pop() {
            assert_eq!(mode(&folder), 0o700, "{umask}: {}", folder.display());
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    assert_eq!(mode(&path), 0o600, "{umask}: {}", path.display());
                    seen += 1;
                }
            }
        }
        assert!(seen >= 2, "a lock and a log at least");
        // The next one finds what this one left, and an older version's.
        for path in [state(&programs), state(&programs).join("logs")] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).expect("set");
        }
        fs::set_permissions(state(&programs).join("session.lock"), Permissions::from_mode(0o644)).expect("set");
    }
}

#[tokio::test]
async fn attack_47_a_lock_of_another_user_holds_up_no_command() {
    let programs = Programs::start().await.expect("the stack starts");
    // As an older version left it, in folders that others may pass.
    let lock = state(&programs).join("session.lock");
    fs::create_dir_all(state(&programs)).expect("made");
    fs::write(&lock, "").expect("made");
    fs::set_permissions(&lock, Permissions::from_mode(0o644)).expect("set");
    for folder in lock.ancestors().skip(1).take_while(|folder| folder.starts_with(programs.folder())) {
        fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("set");
    }
    let holds = ["flock", "-F", "-s", lock.to_str().expect("text"), "sh", "-c", "echo held; exec sleep 600"];
    let mut holder = spawned(another_user(&holds).await);
    says(&mut holder, "held").await;
    let asked = tokio::time::timeout(Duration::from_secs(30), programs.run("", &["status", "--json"])).await;
    let status = asked.expect("nothing waits past its deadline").expect("runs");
    assert_eq!(status.code, Some(1), "{}", status.stderr);
    holder.kill().await.expect("still there");
    // From now on, he cannot even open it.
    let again = another_user(&["flock", "-n", "-s", lock.to_str().expect("text"), "true"]).await.output().await.expect("runs");
    assert!(!again.status.success(), "{again:?}");
}
