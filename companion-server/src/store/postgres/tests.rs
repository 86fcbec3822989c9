//! What is said to a server at once, and what becomes of it when the connection is lost.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::clock::Timestamp;
use crate::store::proofs::Noting;
use crate::store::visit::Before;
use crate::store::{ProofNote, ProofSeen, SecretHash, Store, fixture};

/// A server's tests: there is none to ask where the store's run on files.
macro_rules! on_a_server {
    () => {
        if !fixture::is_on_a_server() {
            return;
        }
    };
}

const MADE: &str = "INSERT INTO accounts (id, created_at) VALUES (?1, 0)";
const MADE_ONCE: &str = "INSERT INTO accounts (id, created_at) VALUES (?1, 0) ON CONFLICT DO NOTHING";
/// The server ends the connection in the middle of it.
const ENDS: &str = "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(10)";

async fn accounts(store: &Store) -> i64 {
    store.number("SELECT COUNT(*) FROM accounts", &[]).await
}

#[tokio::test]
async fn no_plan_is_compiled_to_machine_code() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    // Nothing but the whole of this table can be read, at a price beyond which the server compiles what it is left to decide.
    let plan: Vec<String> = store.look("EXPLAIN ANALYZE SELECT count(*) FROM information_schema.sql_features", &[]).await;
    assert!(plan[0].contains("cost=1000000"), "{plan:?}");
    assert!(!plan.iter().any(|line| line.contains("JIT")), "{plan:?}");
}

#[tokio::test]
async fn what_is_noted_is_seen_by_what_comes_after_it_and_kept_with_it() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let seen = store.write(|visit| {
        for id in 0..40_i64 {
            visit.note(MADE, values![id])?;
        }
        let seen: i64 = visit.scalar("SELECT COUNT(*) FROM accounts", &[])?;
        visit.note(MADE, values![40_i64])?;
        Ok(seen)
    });
    assert_eq!((seen.await.expect("kept"), accounts(&store).await), (40, 41));
}

#[tokio::test]
async fn what_is_noted_and_refused_fails_the_whole_by_its_own_name() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let refused = store.write(|visit| {
        visit.note(MADE, values![1_i64])?;
        visit.note(MADE, values![1_i64])?;
        visit.note(MADE, values![2_i64])
    });
    let error = refused.await.expect_err("an account that exists");
    assert!(error.to_string().contains("SQLSTATE 23505"), "{error}");
    assert_eq!(accounts(&store).await, 0);
    let never_sent = store.write(|visit| {
        visit.note(MADE, values![1_i64])?;
        // Found out by the server, or once it is sent, it would be too late: the end is asked for with it.
        let unfit = visit.note(MADE, values!["two"]);
        assert!(matches!(unfit, Err(StoreError::Unreadable(_))), "{unfit:?}");
        unfit
    });
    never_sent.await.expect_err("no number");
    assert_eq!(accounts(&store).await, 0);
    // By a command that fails for its own reasons, nothing is kept either, and the connections go on.
    for _ in 0..20 {
        let given_up = store.write(|visit| visit.note(MADE, values![1_i64]).and(Err::<(), _>(StoreError::Stopped)));
        assert!(matches!(given_up.await, Err(StoreError::Stopped)));
    }
    assert_eq!(accounts(&store).await, 0);
}

#[tokio::test]
async fn what_is_concluded_tells_what_it_changed_and_nothing_follows_it() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let changed = store.write(|visit| {
        visit.note(MADE, values![1_i64])?;
        visit.conclude("UPDATE accounts SET created_at = 7 WHERE id IN (?1, ?2)", values![1_i64, 2_i64])
    });
    assert_eq!(changed.await.expect("kept"), 1);
    let refused = store.write(|visit| visit.conclude(MADE, values![1_i64]));
    let error = refused.await.expect_err("an account that exists");
    assert!(error.to_string().contains("SQLSTATE 23505"), "{error}");
    let followed = store.write(|visit| visit.conclude(MADE, values![2_i64]).and_then(|_| visit.note(MADE, values![3_i64])));
    assert!(matches!(followed.await, Err(StoreError::Unreadable(_))));
    let kept: Vec<i64> = store.look("SELECT id FROM accounts WHERE created_at IN (0, 7) ORDER BY id", &[]).await;
    assert_eq!(kept, [1, 2]);
}

#[tokio::test]
async fn what_stands_by_itself_is_kept_and_counted_with_the_question_that_follows() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let asked = async |statement: &'static str, id: i64, question: &'static str| {
        let asked = store.read(move |visit| {
            let changed = Cell::new(None);
            let rows = visit.rows_after(&Before { statement, values: values![id], changed: &changed }, question, &[])?;
            Ok((changed.get(), rows.len()))
        });
        asked.await
    };
    const ALL: &str = "SELECT id FROM accounts";
    assert_eq!(asked(MADE_ONCE, 1, ALL).await.expect("asked"), (Some(1), 1), "seen by the question");
    assert_eq!(asked(MADE_ONCE, 1, ALL).await.expect("asked"), (Some(0), 1));
    let error = asked(MADE, 1, ALL).await.expect_err("an account that exists");
    assert!(error.to_string().contains("SQLSTATE 23505"), "{error}");
    // A question that cannot be asked leaves nothing to whoever comes next over that connection.
    asked(MADE, 2, "SELECT nothing FROM accounts").await.expect_err("no such column");
    for _ in 0..20 {
        assert_eq!(accounts(&store).await, 1);
    }
    // One that fails once it is asked does: each stands by itself.
    asked(MADE, 3, "SELECT 1 / (COUNT(*) - COUNT(*)) FROM accounts").await.expect_err("a division by zero");
    assert_eq!(accounts(&store).await, 2);
    // In a transaction they hang together.
    let refused = store.write(|visit| {
        let changed = Cell::new(None);
        visit.rows_after(&Before { statement: MADE, values: values![4_i64], changed: &changed }, ALL, &[])?;
        Err::<(), _>(if changed.get() == Some(1) { StoreError::Stopped } else { StoreError::Silent })
    });
    assert!(matches!(refused.await, Err(StoreError::Stopped)), "counted and given up");
    assert_eq!(accounts(&store).await, 2);
}

#[tokio::test]
async fn what_is_asked_by_itself_begins_again_where_the_server_ends_the_connection_and_what_was_told_before_stands() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let tried = Arc::new(AtomicU32::new(0));
    let of_command = Arc::clone(&tried);
    let question = move || if of_command.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { ENDS } else { "SELECT 1 AS found" };
    let of_alone = question.clone();
    assert_eq!(store.read(move |visit| visit.rows(of_alone(), &[])).await.expect("asked again").len(), 1);
    let noting = Noting::new(ProofNote { mark: [7; 16], seed: [1; 32], seen_at: Timestamp(1) });
    store.nonce_seed([1; 32]).await.expect("asked").expect("a server");
    let noted = store.read(move |visit| noting.ask(visit, question(), &[])).await.expect("asked again");
    assert!(noted.is_first && noted.found.is_some(), "the server had said so before it ended the connection: {noted:?}");
    assert_eq!((store.number("SELECT COUNT(*) FROM seen_proofs", &[]).await, tried.load(Ordering::SeqCst)), (1, 4));
}

#[tokio::test]
async fn a_proof_that_comes_with_a_token_is_noted_once_and_under_the_seed_in_force() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let seed = store.nonce_seed([1; 32]).await.expect("asked").expect("a server");
    let access = SecretHash::of(&"no-such-token".into());
    let proof = ProofNote { mark: [7; 16], seed, seen_at: Timestamp(1) };
    for (proof, is_first) in [(proof, true), (proof, false), (ProofNote { mark: [8; 16], ..proof }, true)] {
        let asked = store.session_and_proof(&access, Some(proof)).await.expect("asked");
        assert_eq!((asked.is_first, asked.found.expect("readable").is_none()), (is_first, true), "{proof:?}");
        let asked = store.granted_session_and_proof(&access, Some(proof)).await.expect("asked");
        assert!(!asked.is_first && asked.found.expect("readable").is_none(), "{proof:?}: by the other question neither");
        assert_eq!(store.see_proof(proof, [1; 32]).await.expect("asked"), ProofSeen::Again, "{proof:?}");
    }
    // Of a nonce whose seed is not in force, nobody can say that it is new.
    let stale = ProofNote { mark: [9; 16], seed: [2; 32], ..proof };
    assert!(!store.session_and_proof(&access, Some(stale)).await.expect("asked").is_first);
    assert_eq!(store.see_proof(stale, [1; 32]).await.expect("asked"), ProofSeen::OtherSeed(seed));
    assert_eq!(store.number("SELECT COUNT(*) FROM seen_proofs", &[]).await, 2);
}

#[tokio::test]
async fn a_connection_that_is_lost_before_the_end_begins_the_command_again() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let tried = Arc::new(AtomicU32::new(0));
    let of_command = Arc::clone(&tried);
    let kept = store.write(move |visit| {
        visit.note(MADE, values![1_i64])?;
        // Sent with the end: the server has not come to it.
        if of_command.fetch_add(1, Ordering::SeqCst) == 0 { visit.note(ENDS, &[]) } else { Ok(()) }
    });
    kept.await.expect("kept at the second time");
    assert_eq!((accounts(&store).await, tried.load(Ordering::SeqCst)), (1, 2));
}

#[tokio::test]
async fn a_connection_that_is_lost_at_the_end_leaves_open_whether_it_is_kept_and_nothing_is_done_twice() {
    on_a_server!();
    let folder = tempfile::tempdir().expect("a folder");
    let store = fixture::open(folder.path()).await;
    let lost = format!(
        "CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM {}; RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lost()",
        ENDS.trim_start_matches("SELECT ")
    );
    store.write(move |visit| visit.script(&lost)).await.expect("made");
    for is_concluded in [false, true] {
        let tried = Arc::new(AtomicU32::new(0));
        let of_command = Arc::clone(&tried);
        let unknown = store.write(move |visit| {
            of_command.fetch_add(1, Ordering::SeqCst);
            if is_concluded { visit.conclude(MADE, values![1_i64]).map(drop) } else { visit.note(MADE, values![1_i64]) }
        });
        assert!(matches!(unknown.await, Err(StoreError::NotCommitted)), "{is_concluded}");
        assert_eq!(tried.load(Ordering::SeqCst), 1, "{is_concluded}");
    }
}

/// Between a companion and the server: it passes everything on, until both ends of every connection are closed without a word.
#[cfg(unix)]
struct Relay {
    folder: tempfile::TempDir,
    ends: Arc<std::sync::Mutex<Vec<std::os::unix::net::UnixStream>>>,
}

#[cfg(unix)]
impl Relay {
    fn before(server: &std::path::Path) -> Self {
        use std::os::unix::net::{UnixListener, UnixStream};
        const SOCKET: &str = ".s.PGSQL.5432";
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join(SOCKET)).expect("a socket");
        let (ends, server) = (Arc::<std::sync::Mutex<Vec<UnixStream>>>::default(), server.join(SOCKET));
        let noted = Arc::clone(&ends);
        std::thread::spawn(move || {
            for ours in listener.incoming() {
                let (ours, theirs) = (ours.expect("connected"), UnixStream::connect(&server).expect("the server"));
                for (mut from, mut to) in [(&ours, &theirs), (&theirs, &ours)].map(|(from, to)| (dup(from), dup(to))) {
                    std::thread::spawn(move || drop(std::io::copy(&mut from, &mut to)));
                }
                noted.lock().expect("unpoisoned").extend([ours, theirs]);
            }
        });
        Self { folder, ends }
    }

    fn cut(&self) {
        for end in self.ends.lock().expect("unpoisoned").drain(..) {
            end.shutdown(std::net::Shutdown::Both).expect("open");
        }
    }
}

#[cfg(unix)]
fn dup(stream: &std::os::unix::net::UnixStream) -> std::os::unix::net::UnixStream {
    stream.try_clone().expect("a descriptor")
}

/// As when a server is killed, or stopped at once: nothing is said on those that are silent.
#[cfg(unix)]
#[tokio::test]
async fn connections_that_ended_without_a_word_cost_nobody_anything() {
    on_a_server!();
    let server: tokio_postgres::Config = std::env::var(fixture::SERVER).expect("a server").parse().expect("an address");
    let [tokio_postgres::config::Host::Unix(socket)] = server.get_hosts() else { panic!("by its socket") };
    let relay = Relay::before(socket);
    let schema = format!("relayed_{}", own_name());
    let (made, owner) = (format!("CREATE SCHEMA {schema}"), std::env::var(fixture::SERVER).expect("a server"));
    apart(move || run(&SecretString::from(owner), &made)).await.expect("a schema");
    let (name, user) = (server.get_dbname().expect("named"), server.get_user().expect("named"));
    let address = format!("host='{}' dbname='{name}' user='{user}' options='-csearch_path={schema}'", relay.folder.path().display());
    let memory = apart(move || Postgres::open(&SecretString::from(address), None)).await.expect("opened");
    let mut next = 0..;
    let mut make = async || {
        let id: i64 = next.next().expect("a number");
        memory.write(Lasting::AtOnce, move |visit| visit.conclude(MADE, values![id])).await
    };
    // Until each of the connections knows the statement, and has all of it sent at once.
    for _ in 0..64 {
        make().await.expect("kept");
    }
    relay.cut();
    for place in 0..16 {
        assert_eq!(make().await.unwrap_or_else(|error| panic!("{place}: {error}")), 1);
    }
}
