//! A process that crashes leaves no copy of its memory behind: a token, a name and a key may be in it.

/// Under Linux, one byte: the kernel writes no file so short, and at exactly one it starts no collector either (`core_pattern` with a pipe),
/// which at zero it does.
#[cfg(target_os = "linux")]
const SHORTEST: u64 = 1;

#[cfg(all(unix, not(target_os = "linux")))]
const SHORTEST: u64 = 0;

/// Before anything is read that nobody else may. Programs that this one starts inherit it, and may still want otherwise.
#[cfg(unix)]
pub fn leave_none() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let now = getrlimit(Resource::Core);
    let current = now.maximum.map_or(SHORTEST, |most| most.min(SHORTEST));
    // Nobody is refused this: it is within what was admitted.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(current), maximum: now.maximum });
}

/// Windows keeps copies as its administrator has it (Windows Error Reporting): no call of a program's own prevents all of them.
#[cfg(not(unix))]
pub const fn leave_none() {}
