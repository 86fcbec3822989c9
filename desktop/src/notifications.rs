//! Notices of the desktop, outside our window. The only file that names `notify_rust`.
//!
//! They may be shown on a locked screen or read over a shoulder: no name, no identifier, no place ever stands in one.

use std::sync::Mutex;

use async_trait::async_trait;

use crate::outside::outside;

/// What is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// One line.
    pub title: String,
    /// One or two sentences.
    pub text: String,
}

/// Shows one notice at a time. Where the desktop has no notices, nothing happens.
#[async_trait]
pub trait Notifications: Send + Sync + std::fmt::Debug {
    /// Shows it in place of the last one.
    async fn show(&self, notice: Notice);

    /// Takes the last one away.
    async fn withdraw(&self);
}

/// The desktop's own: the session bus on Linux, the system's toasts elsewhere.
#[derive(Default)]
pub struct SystemNotifications {
    shown: std::sync::Arc<Mutex<Option<Shown>>>,
}

#[cfg(all(unix, not(target_os = "macos")))]
type Shown = notify_rust::NotificationHandle;
/// Toasts go away by themselves.
#[cfg(any(windows, target_os = "macos"))]
struct Shown;

#[async_trait]
impl Notifications for SystemNotifications {
    async fn show(&self, notice: Notice) {
        let shown = self.shown.clone();
        let asked = outside(move || {
            let mut shown = shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            take_away(shown.take());
            *shown = Some(held(notification(&notice).show()?));
            Ok::<(), notify_rust::error::Error>(())
        });
        if let Ok(Err(error)) = asked.await {
            tracing::info!(%error, "The desktop shows no notices");
        }
    }

    async fn withdraw(&self) {
        let shown = self.shown.clone();
        let asked = outside(move || take_away(shown.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take()));
        if let Err(error) = asked.await {
            tracing::debug!(%error, "The last notice stays until the desktop takes it away");
        }
    }
}

fn notification(notice: &Notice) -> notify_rust::Notification {
    let mut notification = notify_rust::Notification::new();
    notification.appname(vestibule_branding::PRODUCT_NAME).summary(&notice.title).body(&notice.text);
    #[cfg(all(unix, not(target_os = "macos")))]
    notification
        .hint(notify_rust::Hint::DesktopEntry("fr.vestibule.app".to_owned()))
        // It stays until she comes, or until it is taken away.
        .urgency(notify_rust::Urgency::Critical)
        .timeout(notify_rust::Timeout::Never);
    // Under which the installer registers the app: Windows shows its name and icon.
    #[cfg(windows)]
    notification.app_id("fr.vestibule.app");
    notification
}

#[cfg(all(unix, not(target_os = "macos")))]
fn held(shown: Shown) -> Shown {
    shown
}

#[cfg(any(windows, target_os = "macos"))]
fn held<T>(_shown: T) -> Shown {
    Shown
}

#[cfg(all(unix, not(target_os = "macos")))]
fn take_away(shown: Option<Shown>) {
    if let Some(shown) = shown {
        shown.close();
    }
}

#[cfg(any(windows, target_os = "macos"))]
fn take_away(_shown: Option<Shown>) {}

impl std::fmt::Debug for SystemNotifications {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SystemNotifications")
    }
}
