//! The administrator's client against a listener that answers, lies or stays silent.

use std::os::unix::fs::PermissionsExt as _;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::admin::wire::SESSIONS;

fn administration(address: SocketAddr) -> (tempfile::TempDir, Administration) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, "abcdefgh".repeat(5)).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("private");
    let asked = Administration {
        address,
        file,
        token: SecretString::from("abcdefgh".repeat(5)),
        http: reqwest::Client::builder().no_proxy().build().expect("a client"),
    };
    (folder, asked)
}

/// What a command says of a listener that reads a request and answers so.
async fn said_of(answer: &'static [u8]) -> CommandRefused {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let _ = stream.read(&mut [0; 4096]).await.expect("a request");
        stream.write_all(answer).await.expect("answered");
    });
    let (_folder, administration) = administration(address);
    let refused = administration.list::<serde_json::Value>(SESSIONS).await.expect_err("no companion");
    serving.await.expect("no panic");
    refused
}

#[tokio::test]
async fn nobody_a_full_house_and_another_program_are_told_apart() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let (_folder, absent) = administration(nobody);
    let refused = absent.list::<serde_json::Value>(SESSIONS).await.expect_err("nobody");
    assert_eq!(refused.code(), ErrorCode::CompanionNotServing, "{refused}");
    for (answer, code) in [
        (&b""[..], ErrorCode::CompanionUnanswered),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n[", ErrorCode::CompanionUnanswered),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 5\r\n\r\nnopes", ErrorCode::NotACompanion),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n<html", ErrorCode::NotACompanion),
        (b"220 mail.hopital.example ESMTP\r\n", ErrorCode::NotACompanion),
    ] {
        let refused = said_of(answer).await;
        assert_eq!(refused.code(), code, "{}: {refused}", String::from_utf8_lossy(answer));
    }
}

/// Nobody's memory is filled by whoever sits at the companion's address.
#[tokio::test]
async fn an_answer_without_an_end_is_no_companions() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let serving = tokio::spawn(async move {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 4096]).await.expect("a request");
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("answered");
            while stream.write_all(&[b'x'; 65536]).await.is_ok() {}
        }
    });
    for refused in [health(address).await.err(), measures(address).await.err()] {
        let refused = refused.expect("no companion");
        assert_eq!(refused.code(), ErrorCode::NotACompanion, "{refused}");
    }
    serving.await.expect("each was hung up on");
}

#[tokio::test]
async fn what_is_refused_is_named_and_no_title_is_said_twice() {
    let refused = said_of(
        b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 79\r\n\r\n{\"error\":\"access_denied\",\"error_description\":\"\",\"message\":\"\",\"code\":\"VST-3016\"}    ",
    )
    .await;
    assert_eq!(refused.code(), ErrorCode::AdministrationRefused, "{refused}");
    let title = refused.code().explanation(vestibule_model::language::Language::Fr).title;
    assert!(refused.to_string().contains("token") && !refused.to_string().contains(title), "{refused}");
}

#[test]
fn a_companion_that_never_started_is_to_be_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let installation = vestibule_installation::Installation::least().with("administration.token_file = \"token\"");
    let config = Config::parse(&installation.text(), folder.path()).expect("a configuration");
    let refused = Administration::of(&config).err().expect("no token yet");
    assert_eq!(refused.code(), ErrorCode::CompanionNotServing, "{refused}");
}

#[tokio::test]
async fn several_workstations_and_a_companion_that_knows_no_such_command_are_told_as_that() {
    for (code, expected, words) in [
        ("VST-3026", ErrorCode::DesignationAmbiguous, "plusieurs postes"),
        ("VST-3018", ErrorCode::NothingDesignated, ""),
        ("VST-2017", ErrorCode::NotACompanion, "VST-2017"),
        ("VST-2011", ErrorCode::NotACompanion, "VST-2011"),
        ("VST-3002", ErrorCode::StorageUnavailable, ""),
    ] {
        let body = format!("{{\"error\":\"x\",\"error_description\":\"\",\"message\":\"\",\"code\":\"{code}\"}}");
        let answer = format!("HTTP/1.1 409 Conflict\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let refused = said_of(answer.leak().as_bytes()).await;
        assert_eq!(refused.code(), expected, "{code}: {refused}");
        let said = refused.to_string();
        assert!(said.starts_with(&expected.to_string()) && said.contains(words), "{said}");
    }
}

/// The clock stands still but for what is waited for: whoever waits longest decides.
#[tokio::test(start_paused = true)]
async fn a_list_is_waited_for_fifteen_seconds_an_examination_twenty_five_and_an_order_two_minutes() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = silent.local_addr().expect("an address");
    let http = reqwest::Client::builder().no_proxy().timeout(LONGEST_CALL).build().expect("a client");
    let (_folder, administration) = administration(address);
    let administration = Administration { http, ..administration };
    let started = tokio::time::Instant::now();
    let listed = administration.list::<serde_json::Value>(SESSIONS).await.expect_err("no answer");
    assert_eq!((listed.code(), started.elapsed().as_secs()), (ErrorCode::CompanionUnanswered, 15), "{listed}");
    let started = tokio::time::Instant::now();
    let examined = health(address).await.expect_err("no answer");
    assert_eq!((examined.code(), started.elapsed().as_secs()), (ErrorCode::CompanionUnanswered, 25), "{examined}");
    let started = tokio::time::Instant::now();
    let ordered = administration.command::<serde_json::Value>(SESSIONS, &(), "").await.expect_err("no answer");
    assert_eq!((ordered.code(), started.elapsed().as_secs()), (ErrorCode::CompanionUnanswered, 120), "{ordered}");
}
