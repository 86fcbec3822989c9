//! The launcher of the demonstration and of the suites: what it says, and that nothing of it outlives it.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Child;
use vestibule_tests::servers::{any_ending_with_us, ending_with_us};

/// A running launcher and what it said.
struct Stack {
    child: Child,
    told: Value,
}

impl Stack {
    async fn start(arguments: &[&str]) -> Self {
        let mut child = ending_with_us("stack")
            .expect("built")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let line = lines.next_line().await.expect("read").expect("one line");
        Self { child, told: serde_json::from_str(&line).expect("JSON") }
    }

    fn text(&self, pointer: &str) -> &str {
        self.told.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}: {}", self.told))
    }

    /// Everything that listens, as addresses.
    fn listeners(&self) -> [&str; 4] {
        ["/companions/0/url", "/companions/0/administration", "/simulator/auth", "/simulator/wallet"].map(|pointer| self.text(pointer))
    }
}

async fn answers(address: &str) -> bool {
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    http.get(address).send().await.is_ok()
}

/// The system ends a process; this waits for it.
async fn until_nobody_listens(addresses: [String; 4]) {
    for address in addresses {
        tokio::time::timeout(std::time::Duration::from_secs(30), async {
            while answers(&address).await {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap_or_else(|_| panic!("{address} is still served"));
    }
}

#[tokio::test]
async fn a_stack_says_where_everything_is_and_ends_with_its_standard_input() {
    let mut stack = Stack::start(&[]).await;
    for address in stack.listeners() {
        assert!(answers(address).await, "{address}");
    }
    let listening = stack.listeners().map(str::to_owned);
    for file in [
        "/folder",
        "/companions/0/token_file",
        "/companions/0/configuration",
        "/companions/0/database",
        "/companions/0/log",
        "/simulator/log",
        "/policy_file",
        "/client_secret_file",
    ] {
        assert!(Path::new(stack.text(file)).exists(), "{file}: {}", stack.told);
    }
    let folder = stack.text("/folder").to_owned();
    drop(stack.child.stdin.take());
    assert!(stack.child.wait().await.expect("it ends").success());
    until_nobody_listens(listening).await;
    assert!(!Path::new(&folder).exists(), "the temporary folder is gone");
}

#[tokio::test]
async fn a_stack_that_is_killed_leaves_no_process_behind() {
    let mut stack = Stack::start(&[]).await;
    let listening = stack.listeners().map(str::to_owned);
    stack.child.kill().await.expect("killed");
    until_nobody_listens(listening).await;
    // What nobody was left to remove.
    std::fs::remove_dir_all(stack.text("/folder")).expect("removed");
}

#[tokio::test]
async fn a_stack_takes_what_differs_and_leaves_the_folder_that_it_was_given() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(at("companion"), "[service]\nname = \"Autre dossier\"\n").expect("written");
    std::fs::write(at("policy"), "device_label = \"ACCUEIL\"\n").expect("written");
    let (kept, companion, policy) = (at("kept"), at("companion"), at("policy"));
    let front = "http://127.0.0.1:9";
    let arguments = ["--folder", &kept, "--companion", &companion, "--policy", &policy, "--front", front, "--for-tests"];
    let mut stack = Stack::start(&arguments).await;
    assert_eq!(stack.text("/companions/0/url"), front);
    let policy = std::fs::read_to_string(stack.text("/policy_file")).expect("a policy");
    assert!(policy.contains(front) && policy.contains("ACCUEIL"), "{policy}");
    let listener = format!("http://{}", stack.text("/companions/0/listener"));
    let privacy = reqwest::Client::builder().no_proxy().build().expect("a client").get(format!("{listener}/privacy")).send().await;
    let page = privacy.expect("it answers").text().await.expect("a page");
    assert!(page.contains("Autre dossier"), "{page}");
    drop(stack.child.stdin.take());
    assert!(stack.child.wait().await.expect("it ends").success());
    assert!(Path::new(&kept).join("companion.toml").exists());
}

#[test]
fn a_program_of_the_tests_ends_with_the_thread_that_started_it() {
    let starting = std::thread::spawn(|| {
        let mut command = any_ending_with_us("sh").into_std();
        command.args(["-c", "echo; exec sleep 60"]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        std::io::Read::read_exact(child.stdout.as_mut().expect("piped"), &mut [0]).expect("the shell runs");
        child
    });
    let ended = starting.join().expect("started").wait().expect("it ends");
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&ended), Some(9), "{ended}");
}
