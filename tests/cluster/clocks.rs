//! A companion on a machine whose clock is wrong: it goes by the database's, as the others do.

use reqwest::{Method, StatusCode};
use vestibule_tests::cluster::{Cluster, Which, now, server};
use vestibule_tests::raw_client::Body;

use super::scene::{Trip, until};

#[tokio::test]
async fn a_machine_whose_clock_is_wrong_ends_nobody_s_session_and_serves_as_the_others_do() {
    let _held = server::shared().await;
    let mut cluster = Cluster::start().await.expect("the cluster starts");
    let mut trip = Trip::until(cluster.app().expect("an app"), "camille", "").await;
    let tokens = trip.ends_well().await;
    for wrong_by in ["+20m", "-20m"] {
        cluster.end(Which::Second).await.expect("ends");
        cluster.restart_with_clock(Which::Second, wrong_by).await.expect("starts");
        // Its upkeep, which would end what is idle by its machine, begins with its start.
        until("it says so", async || cluster.log(Which::Second).expect("a log").contains("The clock of this machine is not the database"))
            .await;
        for which in Which::BOTH {
            let app = trip.app.through(&cluster.door(which));
            let session = app.call(Method::GET, "/api/v1/session", Some(&tokens.access), Body::None).await.expect("answers");
            assert_eq!(session.status, StatusCode::OK, "{wrong_by} {which:?}: {session:?}");
            // By which the app sets its own right, wherever it is answered.
            let date = session.headers["date"].to_str().expect("text");
            let told = httpdate::parse_http_date(date).expect("a date").duration_since(std::time::UNIX_EPOCH).expect("after 1970");
            assert!(told.as_secs().abs_diff(now()) < 60, "{wrong_by} {which:?}: {date}");
        }
        // One and the other in turn.
        let mut other = Trip::until(cluster.app().expect("an app"), "alix", "").await;
        other.ends_well().await;
    }
}
