//! Parameters of queries and forms: once, short, decodable.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt as _;
use http::HeaderValue;

use super::*;

fn form_headers() -> HeaderMap {
    HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8"))])
}

#[test]
fn a_parameter_is_decoded_and_an_empty_one_is_absent() {
    let params = Params::from_query(Some("a=%C3%A9+b&empty=&c")).unwrap();
    assert_eq!(params.optional("a"), Some("é b"));
    assert_eq!(params.optional("empty"), None);
    assert_eq!(params.required("c"), Err(ParamsRefused::Missing("c")));
}

#[test]
fn a_duplicated_name_is_refused_even_when_it_is_spelled_otherwise() {
    for query in ["a=1&a=1", "a=1&b=2&%61=3", "a&a="] {
        assert_eq!(Params::from_query(Some(query)).err(), Some(ParamsRefused::Duplicated), "{query}");
    }
}

#[test]
fn too_many_parameters_are_refused() {
    let query = |count: usize| (0..count).map(|index| format!("p{index}=1")).collect::<Vec<_>>().join("&");
    assert!(Params::from_query(Some(&query(64))).is_ok());
    assert_eq!(Params::from_query(Some(&query(65))).err(), Some(ParamsRefused::Duplicated));
}

#[tokio::test]
async fn a_form_must_say_that_it_is_one() {
    assert!(Params::from_form(&form_headers(), Body::from("a=1")).await.is_ok());
    for kind in ["application/json", "multipart/form-data", ""] {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(kind))]);
        assert_eq!(Params::from_form(&headers, Body::from("a=1")).await.err(), Some(ParamsRefused::NotAForm), "{kind}");
    }
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whether_announced_or_not() {
    let body = || Body::from(format!("a={}", "x".repeat(LARGEST_BODY)));
    assert_eq!(Params::from_form(&form_headers(), body()).await.err(), Some(ParamsRefused::TooLarge));
    let mut announced = form_headers();
    announced.insert(http::header::CONTENT_LENGTH, HeaderValue::from(LARGEST_BODY + 1));
    assert_eq!(Params::from_form(&announced, Body::empty()).await.err(), Some(ParamsRefused::TooLarge));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_not_waited_for() {
    let drops = futures::stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>("a"), ()))
    });
    let started = tokio::time::Instant::now();
    assert_eq!(Params::from_form(&form_headers(), Body::from_stream(drops)).await.err(), Some(ParamsRefused::TooSlow));
    assert_eq!(started.elapsed(), std::time::Duration::from_secs(10));
}

/// A buffer of the connection, of which a part of a body is a slice.
struct Buffer {
    signs: [u8; 1],
    alive: Arc<AtomicUsize>,
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.signs
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn attack_44_a_body_that_comes_byte_by_byte_keeps_none_of_the_buffers_it_came_in() {
    let (alive, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (coming, highest) = (Arc::clone(&alive), Arc::clone(&most));
    let parts = futures::stream::iter(0..1000).map(move |_| {
        highest.fetch_max(coming.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
        Ok::<_, std::convert::Infallible>(Bytes::from_owner(Buffer { signs: *b"x", alive: Arc::clone(&coming) }))
    });
    let read = read_body(&HeaderMap::new(), Body::from_stream(parts)).await.expect("read");
    assert_eq!((read.len(), alive.load(Ordering::Relaxed)), (1000, 0));
    assert!(most.load(Ordering::Relaxed) <= 2, "{most:?} buffers at once");
}
