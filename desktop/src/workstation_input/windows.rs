//! The last input of this Windows session, be it at the console or over RDP. The only file that names `user_idle2`.

use std::time::Duration;

pub(super) fn since_last() -> Option<Duration> {
    user_idle2::UserIdle::get_time().ok().map(|idle| idle.duration())
}
