//! A door for the fuzzer: the judgement on a request's head, without a socket. The product does not call it.

use std::net::SocketAddrV4;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::head::Head;
use super::{Answer, Expected, Gate, PeerOwner, Ruling};
use crate::peer_owner::Owner;

/// What a head amounts to.
#[derive(Debug)]
pub enum Judged {
    /// The browser is sent to the companion.
    Launch,
    /// The answer.
    Return(Answer),
    /// A bare 404.
    Stray,
}

#[derive(Debug)]
struct Anyone;

impl PeerOwner for Anyone {
    fn owner(&self, _: SocketAddrV4, _: SocketAddrV4) -> Owner {
        Owner::Mine
    }
}

/// A listener's judgement.
pub struct Judge(Gate);

impl Judge {
    /// As the listener on this port judges.
    pub fn new(port: u16, launch_path: &str, callback_path: &str, expected: Expected) -> Self {
        let (arrivals, _) = mpsc::unbounded_channel();
        Self(Gate {
            host: format!("127.0.0.1:{port}"),
            port,
            launch_path: launch_path.to_owned(),
            callback_path: callback_path.to_owned(),
            expected: watch::channel(expected).1,
            owner: Arc::new(Anyone),
            arrivals,
            strays: AtomicU32::new(0),
            stop: CancellationToken::new(),
        })
    }

    /// Judges one head as it arrives.
    pub fn judge(&self, bytes: &[u8]) -> Judged {
        let mut head = Head::default();
        if head.take(bytes) != Ok(true) {
            return Judged::Stray;
        }
        match self.0.judge(head.kept()) {
            Ruling::Launch => Judged::Launch,
            Ruling::Return { answer, .. } => Judged::Return(answer),
            Ruling::Stray(_) => Judged::Stray,
        }
    }
}
