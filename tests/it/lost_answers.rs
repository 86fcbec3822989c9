//! The companion did what it was asked for, and its answer was lost on the way: the next command learns what was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use vestibule_tests::programs::Programs;

/// In front of the companion: forwards everything, and once, when told so, keeps the answer to a sign-out to itself.
struct Front {
    loses: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Front {
    fn serve(listener: TcpListener, companion: String) -> Self {
        let loses = Arc::<AtomicBool>::default();
        let armed = Arc::clone(&loses);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // Either side may hang up first.
                tokio::spawn(forward(client, companion.clone(), Arc::clone(&armed)));
            }
        });
        Self { loses, task }
    }

    fn lose_the_next_answer(&self) {
        self.loses.store(true, Ordering::SeqCst);
    }

    fn lost(&self) -> bool {
        !self.loses.load(Ordering::SeqCst)
    }
}

async fn forward(mut client: TcpStream, companion: String, loses: Arc<AtomicBool>) -> std::io::Result<()> {
    let mut server = TcpStream::connect(companion).await?;
    let (mut request, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut signs_out = false;
    loop {
        tokio::select! {
            read = client.read(&mut request) => match read? {
                0 => return Ok(()),
                read => {
                    if request[..read].starts_with(b"POST ") || request[..read].starts_with(b"GET ") {
                        signs_out = request[..read].starts_with(b"POST /api/v1/session/sign-out ");
                    }
                    server.write_all(&request[..read]).await?;
                }
            },
            read = server.read(&mut answer) => match read? {
                0 => return Ok(()),
                read => {
                    if signs_out && answer[..read].starts_with(b"HTTP/1.1 200 ") && loses.swap(false, Ordering::SeqCst) {
                        return Ok(());
                    }
                    client.write_all(&answer[..read]).await?;
                }
            },
        }
    }
}

async fn behind_a_front() -> (Programs, Front) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let front = format!("http://{}", listener.local_addr().expect("an address"));
    let programs = Programs::start_behind(&front, "").await.expect("the stack starts");
    let companion = programs.companion_listener.to_string();
    (programs, Front::serve(listener, companion))
}

async fn ends_at_the_provider(programs: &Programs) -> usize {
    let journal = programs.journal().await.expect("the journal answers");
    journal.iter().filter(|request| request["path"].as_str().is_some_and(|path| path.ends_with("/logout"))).count()
}

#[tokio::test]
async fn a_sign_out_whose_answer_was_lost_is_told_as_done() {
    let (programs, front) = behind_a_front().await;
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    front.lose_the_next_answer();
    let logout = programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    assert!(front.lost(), "the companion did it: {logout:?}");
    assert_eq!((logout.code, &logout.json().expect("one document")["psc_session"]), (Some(3), &json!("later")), "{logout:?}");
    assert_eq!(ends_at_the_provider(&programs).await, 1);

    let status = programs.run("camille", &["status"]).await.expect("status ends");
    let done = "La déconnexion demandée plus tôt est terminée";
    assert!(status.stderr.contains(done) && status.stderr.contains("Personne n’est connecté."), "{status:?}");
    assert_eq!(ends_at_the_provider(&programs).await, 1, "it is not done twice");
    let again = programs.run("camille", &["status"]).await.expect("status ends");
    assert!(!again.stderr.contains("plus tôt"), "told once: {again:?}");
}

#[tokio::test]
async fn a_lost_answer_that_led_to_the_browser_leads_there_all_the_same() {
    let (programs, front) = behind_a_front().await;
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    assert_eq!(login.code, Some(0), "{login:?}");
    programs.set_faults(json!([{ "kind": "unavailable", "endpoint": "logout" }])).await.expect("set");
    front.lose_the_next_answer();
    let logout = programs.run("camille", &["logout", "--json"]).await.expect("logout ends");
    assert_eq!((front.lost(), logout.code), (true, Some(3)), "{logout:?}");

    let (mut command, address) = programs.command_line_for_test_browser(&["status"]).await.expect("ready");
    let status = command.spawn().expect("status starts");
    let mut browser = vestibule_tests::browser_double::ScriptedBrowser::new().expect("a browser");
    let page = browser.open(&address.wait().await.expect("an address")).await.expect("a page");
    assert!(page.url.path() == "/sign-out" && page.status.is_success(), "{} {}", page.url.path(), page.status);
    let form = page.forms().expect("forms").into_iter().find(|form| form.id == "sign-out").expect("the form that begins");
    programs.set_faults(json!([])).await.expect("set");
    let page = browser.submit(&form, &[]).await.expect("the companion answers");
    assert!(page.forms().expect("forms").iter().any(|form| form.id == "sign-out"), "towards Pro Santé Connect: {}", page.status);
    let status = status.wait_with_output().await.expect("status ends");
    let told = String::from_utf8(status.stderr).expect("text");
    assert!(told.contains("Le navigateur termine celle de Pro Santé Connect.") && !told.contains("trop tard"), "{told}");
}

#[tokio::test]
async fn a_session_that_the_administrator_ended_is_told_as_such_once_and_in_the_log() {
    let programs = Programs::start().await.expect("the stack starts");
    let login = programs.run("camille", &["login", "--json", "--situation", "first"]).await.expect("login ends");
    let id = login.json().expect("one document")["session"]["sign_in_id"].as_str().expect("an id").to_owned();
    let ended = programs.companion_command(&["sessions", "end", "--id", &id], "").await.expect("it answers");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let status = programs.run("camille", &["status", "--json"]).await.expect("status ends");
    let document = status.json().expect("one document");
    assert_eq!(document, json!({"session": null, "owed_sign_out": false, "session_end": "administrator", "sign_in_id": id}), "{status:?}");
    assert!(status.code == Some(1) && status.stderr.contains("Le support l’a fermée."), "{status:?}");
    let log = programs.talkative_logs().expect("logs");
    let line = log.lines().find(|line| line.contains("The remembered session is over")).expect("a line of the log");
    assert!(line.contains(&id) && line.contains("reason=\"administrator\""), "{line}");
    let again = programs.run("camille", &["status"]).await.expect("status ends");
    assert!(again.stderr.contains("Personne n’est connecté.") && !again.stderr.contains("Le support"), "{again:?}");
}
