//! The last input of this Windows session, be it at the console or over RDP. The only file that names `winsafe`.

use std::time::Duration;

pub(super) fn since_last() -> Option<Duration> {
    let last = winsafe::GetLastInputInfo().ok()?.dwTime;
    // Both count milliseconds since the machine started and begin anew every 49 days.
    #[expect(clippy::cast_possible_truncation, reason = "the other count has these bits alone")]
    let now = winsafe::GetTickCount64() as u32;
    Some(Duration::from_millis(u64::from(now.wrapping_sub(last))))
}
