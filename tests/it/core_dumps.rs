//! A program that crashes leaves no copy of its memory on the disk.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use tokio::process::Command;
use vestibule_tests::programs::{Programs, program};
use vestibule_tests::servers::{any_ending_with_us, ending_with_us};

/// What the programs inherit from here on: as on a workstation where a developer, or a crash reporter, asked for copies.
fn ask_for_copies() {
    let most = getrlimit(Resource::Core).maximum;
    setrlimit(Resource::Core, Rlimit { current: most, maximum: most }).expect("asked for");
}

/// The limit of a program, once it has set one of its own.
async fn limit(pid: u32) -> String {
    let mut found = String::new();
    for _ in 0..200 {
        let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("it runs");
        let line = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).expect("a line");
        found = line.split_whitespace().next().expect("a number").to_owned();
        if found == "1" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    found
}

fn copies_in(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"))).collect()
}

/// Ends a program as a crash of its own would; the copies that it leaves where it ran.
async fn crash(pid: u32, signal: Signal) -> usize {
    let folder = fs::read_link(format!("/proc/{pid}/cwd")).expect("a folder");
    let before = copies_in(&folder);
    let process = Pid::from_raw(i32::try_from(pid).expect("small")).expect("not 0");
    for _ in 0..400 {
        // Again and again: at the first SIGSEGV, Rust looks whether its stack ran over, and waits for the fault to come back. Once dead: nobody hears.
        let _ = kill_process(process, signal);
        // Dead is also who waits for its parent to take note.
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        if status.is_empty() || status.contains("State:\tZ") {
            let left: Vec<PathBuf> = copies_in(&folder).difference(&before).cloned().collect();
            left.iter().for_each(|copy| fs::remove_file(copy).expect("removed"));
            return left.len();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{pid} does not end");
}

/// The process of this name that was told of this folder.
fn pid_of(name: &str, folder: &Path) -> u32 {
    let told = folder.display().to_string();
    let processes = fs::read_dir("/proc").expect("processes").filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let is_it = |pid: &u32| {
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let arguments = String::from_utf8_lossy(&arguments).into_owned();
        arguments.split('\0').next().is_some_and(|program| program.ends_with(name)) && arguments.contains(&told)
    };
    processes.filter(is_it).min().unwrap_or_else(|| panic!("{name} does not run"))
}

fn pid(child: &tokio::process::Child) -> u32 {
    child.id().expect("it runs")
}

#[tokio::test]
async fn a_program_that_crashes_leaves_no_copy_of_its_memory() {
    ask_for_copies();
    let folder = tempfile::tempdir().expect("a folder");
    let mut stranger = any_ending_with_us("sleep");
    let stranger = stranger.arg("60").current_dir(folder.path()).spawn().expect("it starts");
    // Where the machine hands copies to a collector, or allows none, this shows nothing; the limit below still holds.
    let machine_keeps_copies = crash(pid(&stranger), Signal::ABORT).await == 1;
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let may = getrlimit(Resource::Core).current.is_none_or(|most| most > 4096);
    assert!(machine_keeps_copies || pattern.contains(['|', '/', '@']) || !may, "a program without our care leaves a copy: {pattern}");

    let programs = Programs::start().await.expect("the stack starts");
    for signal in [Signal::ABORT, Signal::SEGV] {
        let (mut command, address) = programs.command_line_for_test_browser(&["login", "--json"]).await.expect("ready");
        let app = command.current_dir(folder.path()).spawn().expect("it starts");
        address.wait().await.expect("it waits for its browser");
        assert_eq!((limit(pid(&app)).await.as_str(), crash(pid(&app), signal).await), ("1", 0), "vestibule {signal:?}");

        let screen = screen(folder.path()).await;
        let window = window(&screen.1, folder.path());
        assert_eq!((limit(pid(&window)).await.as_str(), crash(pid(&window), signal).await), ("1", 0), "vestibule-app {signal:?}");
    }
    let companion = pid_of("companion-server", programs.folder());
    assert_eq!((limit(companion).await.as_str(), crash(companion, Signal::SEGV).await), ("1", 0), "companion-server");
}

/// A screen without a person, and its name.
async fn screen(folder: &Path) -> (tokio::process::Child, String) {
    use tokio::io::AsyncBufReadExt as _;
    let mut server = Command::new("Xvfb")
        .args(["-noreset", "-displayfd", "1", "-nolisten", "tcp", "-screen", "0", "800x600x24"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("Xvfb starts");
    let mut number = String::new();
    tokio::io::BufReader::new(server.stdout.take().expect("piped")).read_line(&mut number).await.expect("a number");
    (server, format!(":{}", number.trim()))
}

fn window(display: &str, folder: &Path) -> tokio::process::Child {
    assert!(program("vestibule-app").is_ok(), "built");
    let mut command = ending_with_us("vestibule-app").expect("built");
    command
        .env("DISPLAY", display)
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", folder)
        .env("XDG_STATE_HOME", folder.join("state"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("it starts")
}
