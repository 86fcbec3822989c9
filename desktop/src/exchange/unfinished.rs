//! Sign-ins that this installation started and never ended, because it was killed in the middle.
//!
//! The companion counts them against the few that a device key may have pending. An empty file for each, named by its id, which is no
//! secret, lets the next sign-in withdraw them when the companion says that there are too many. The file is locked as long as its process
//! lives: the sign-in that a window is in the middle of is never sacrificed to a command, nor the other way round.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use vestibule_model::session::SignInId;

use crate::clock::Clock;
use crate::ordinary_file;
use crate::outside::outside;
use crate::private;

/// Longest id that makes a file name.
const LONGEST: usize = 32;

/// How long the folder may take, which may be on a network that hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// The folder, and the locks of the sign-ins under way here.
#[derive(Debug, Clone)]
pub struct Unfinished {
    folder: PathBuf,
    held: Arc<Mutex<HashMap<SignInId, File>>>,
    clock: Arc<dyn Clock>,
}

impl Unfinished {
    /// Nothing is read or written yet.
    pub fn in_folder(folder: PathBuf, clock: Arc<dyn Clock>) -> Self {
        Self { folder, held: Arc::default(), clock }
    }

    /// Notes a sign-in that starts. A folder that cannot be written, or hangs, costs the convenience, not the sign-in.
    pub async fn add(&self, id: &SignInId) {
        let id = id.clone();
        self.outside(move |unfinished| unfinished.write(&id)).await;
    }

    /// Forgets a sign-in that ended.
    pub async fn remove(&self, id: &SignInId) {
        let id = id.clone();
        self.outside(move |unfinished| unfinished.erase(&id)).await;
    }

    /// Every sign-in noted whose process is gone.
    pub async fn abandoned(&self) -> Vec<SignInId> {
        self.outside(Self::list).await.unwrap_or_default()
    }

    /// `None` where no answer comes in time; the call goes on by itself.
    async fn outside<T: Send + 'static>(&self, call: impl FnOnce(&Self) -> T + Send + 'static) -> Option<T> {
        let own = self.clone();
        let answer = tokio::select! {
            biased;
            answer = outside(move || call(&own)) => answer.ok(),
            () = self.clock.sleep(PATIENCE) => None,
        };
        if answer.is_none() {
            tracing::warn!("The list of unfinished sign-ins does not answer");
        }
        answer
    }

    fn write(&self, id: &SignInId) {
        let Some(path) = self.file(id) else { return };
        let locked = private::lock_file(&path).and_then(|file| file.try_lock().map(|()| file).map_err(io::Error::other));
        match locked {
            Ok(file) => drop(self.held().insert(id.clone(), file)),
            Err(error) => tell(&error),
        }
    }

    fn erase(&self, id: &SignInId) {
        let held = self.held().remove(id);
        // Not while the others wait for the list: a folder that hangs keeps whoever closes a locked file of it.
        drop(held);
        if let Some(path) = self.file(id)
            && let Err(error) = fs::remove_file(path)
        {
            tell(&error);
        }
    }

    fn list(&self) -> Vec<SignInId> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) => {
                tell(&error);
                return Vec::new();
            }
        };
        let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
        names.filter_map(|name| SignInId::parse(&name).ok()).filter(|id| self.file(id).is_some_and(|path| is_free(&path))).collect()
    }

    /// `None` when the id would name anything but a file of this folder.
    fn file(&self, id: &SignInId) -> Option<PathBuf> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        ((1..=LONGEST).contains(&id.0.len()) && id.0.bytes().all(plain)).then(|| self.folder.join(&id.0))
    }

    fn held(&self) -> MutexGuard<'_, HashMap<SignInId, File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_free(path: &Path) -> bool {
    ordinary_file::open(path, File::options().read(true)).is_ok_and(|file| file.try_lock().is_ok())
}

fn tell(error: &io::Error) {
    if error.kind() != io::ErrorKind::NotFound {
        tracing::warn!(%error, "The list of unfinished sign-ins cannot be kept");
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc;

    use tokio::sync::{Notify, oneshot};

    use super::*;
    use crate::clock::SystemClock;

    fn in_folder(folder: PathBuf) -> Unfinished {
        Unfinished::in_folder(folder, Arc::new(SystemClock::new()))
    }

    #[tokio::test]
    async fn what_started_and_did_not_end_is_remembered_once_its_process_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/sign-ins");
        let unfinished = in_folder(path.clone());
        let [first, second] = ["7F3K-9QXM", "AB2C-D3EF"].map(|id| SignInId(id.to_owned()));
        assert!(unfinished.abandoned().await.is_empty());
        unfinished.add(&first).await;
        unfinished.add(&second).await;
        let other = in_folder(path.clone());
        assert!(other.abandoned().await.is_empty(), "another process is in the middle of them");
        unfinished.remove(&first).await;
        drop(unfinished);
        assert_eq!(other.abandoned().await, vec![second.clone()]);
        other.remove(&second).await;
        assert!(other.abandoned().await.is_empty() && path.read_dir().expect("a folder").next().is_none(), "nothing stays behind");
    }

    #[tokio::test]
    async fn an_id_that_is_no_plain_name_makes_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let unfinished = in_folder(folder.path().join("sign-ins"));
        for id in ["", "..", "../x", "a/b", "a\0b", &"a".repeat(LONGEST + 1)] {
            unfinished.add(&SignInId(id.to_owned())).await;
        }
        assert!(!folder.path().join("sign-ins").exists() && !folder.path().join("x").exists());
    }

    /// Every wait lasts until the test ends it.
    #[derive(Debug, Default)]
    struct Stopped(Notify);

    #[async_trait::async_trait]
    impl Clock for Stopped {
        fn unix_ms(&self) -> u64 {
            0
        }

        fn elapsed(&self) -> Duration {
            Duration::ZERO
        }

        async fn sleep(&self, _: Duration) {
            self.0.notified().await;
        }
    }

    /// Longer than any of these tests: a call that holds up the test's own thread comes back in the end, and the test fails.
    const HANGING: Duration = Duration::from_secs(20);

    /// Its calls hang until what is given here is dropped.
    async fn hangs(unfinished: &Unfinished) -> mpsc::Sender<()> {
        let (hanging_in, hanging) = oneshot::channel();
        let (release, released) = mpsc::channel();
        let unfinished = unfinished.clone();
        std::thread::spawn(move || {
            let _held = unfinished.held();
            hanging_in.send(()).expect("the test waits");
            let _ = released.recv_timeout(HANGING);
        });
        hanging.await.expect("held");
        release
    }

    /// A timer of the one thread that there is fires while the call is under way; then its patience is over.
    async fn is_left_to_itself(call: impl Future<Output = ()>, clock: &Stopped) {
        let mut call = pin!(call);
        tokio::select! {
            biased;
            () = &mut call => panic!("it held up the thread that it was made on"),
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        clock.0.notify_one();
        call.await;
    }

    #[tokio::test]
    async fn a_folder_that_hangs_holds_up_neither_a_timer_nor_the_sign_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, clock) = (folder.path().join("sign-ins"), Arc::new(Stopped::default()));
        let unfinished = Unfinished::in_folder(path.clone(), clock.clone());
        let id = SignInId("7F3K-9QXM".to_owned());
        for is_noted in [true, false] {
            let release = hangs(&unfinished).await;
            if is_noted {
                is_left_to_itself(unfinished.add(&id), &clock).await;
            } else {
                is_left_to_itself(unfinished.remove(&id), &clock).await;
            }
            drop(release);
            // What was left to itself comes to its end.
            let ended = async {
                while [unfinished.held().contains_key(&id), path.join(&id.0).exists()] != [is_noted; 2] {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(Duration::from_secs(20), ended).await.expect("it ends");
        }
        unfinished.add(&id).await;
        assert!(path.join(&id.0).exists(), "it answers again");
    }
}
