//! A Debian of its own to install on: a root that debootstrap makes once, under a layer that each story writes to.
//!
//! It takes root, in mount and process namespaces of its own, which `./dev test packages` makes: whatever is mounted or started here ends with them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use vestibule_tests::shipped::said;

use crate::package::Package;

/// What every program on that machine finds in its environment.
const ENVIRONMENT: [(&str, &str); 3] =
    [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C.UTF-8"), ("DEBIAN_FRONTEND", "noninteractive")];

/// Where files come and go without any package.
const RESTLESS: [&str; 7] = ["/proc", "/sys", "/dev", "/tmp", "/run", "/home", "/srv"];
/// What apt, dpkg and man keep for themselves: lists, logs, caches, and the former copies of what they change.
const OF_THE_TOOLS: [&str; 8] = [
    "/var/cache/",
    "/var/log/",
    "/var/lib/apt/",
    "/var/lib/dpkg/status-old",
    "/var/lib/dpkg/diversions-old",
    "/var/lib/dpkg/statoverride-old",
    "/etc/passwd-",
    "/etc/group-",
];

/// The machine; its layer goes with it.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    _layer: tempfile::TempDir,
}

impl Root {
    /// A machine that has what the packages depend on and recommend, and none of them.
    pub fn with_what_is_needed() -> Self {
        Self::over(&base())
    }

    /// A machine with nothing but the least of Debian.
    pub fn bare() -> Self {
        Self::over(&bare())
    }

    fn over(lower: &Path) -> Self {
        let layer = tempfile::Builder::new().prefix("vestibule-machine.").tempdir().expect("a folder");
        let [upper, work, path] = ["upper", "work", "root"].map(|name| layer.path().join(name));
        for folder in [&upper, &work, &path] {
            fs::create_dir(folder).expect("a folder");
        }
        fs::set_permissions(&upper, fs::Permissions::from_mode(0o755)).expect("changed");
        let options = format!("lowerdir={},upperdir={},workdir={}", lower.display(), upper.display(), work.display());
        said(Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(&path));
        for folder in ["proc", "dev"] {
            said(Command::new("mount").arg("--rbind").arg(Path::new("/").join(folder)).arg(path.join(folder)));
        }
        Self { path, _layer: layer }
    }

    /// A path of that machine, as it is seen from here.
    pub fn at(&self, path: impl AsRef<Path>) -> PathBuf {
        self.path.join(path.as_ref().strip_prefix("/").expect("a whole path"))
    }

    /// Writes a file there, with these permission bits.
    pub fn write(&self, path: &str, text: &str, mode: u32) {
        fs::write(self.at(path), text).expect("written");
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).expect("changed");
    }

    /// A program of that machine.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.arg(&self.path).args(words).env_clear().envs(ENVIRONMENT).stdin(Stdio::null()).current_dir("/");
        command
    }

    /// What it says.
    pub fn said(&self, words: &[&str]) -> String {
        said(&mut self.command(words))
    }

    /// The packages, by apt, as an administrator would; what apt says.
    pub fn install(&self, packages: &[Package], options: &[&str]) -> String {
        let carried: Vec<String> = packages.iter().map(|package| self.carry(package)).collect();
        let carried: Vec<&str> = carried.iter().map(String::as_str).collect();
        self.said(&[&["apt-get", "install", "-y", "-q", "--no-install-recommends"][..], options, &carried].concat())
    }

    fn carry(&self, package: &Package) -> String {
        let place = format!("/srv/{}", package.file_name());
        fs::copy(&package.file, self.at(&place)).expect("copied");
        fs::set_permissions(self.at(&place), fs::Permissions::from_mode(0o644)).expect("changed");
        place
    }

    /// Every path of the machine that a package could have left.
    pub fn paths(&self) -> BTreeSet<String> {
        let mut prune: Vec<&str> = RESTLESS.iter().flat_map(|folder| ["-path", folder, "-prune", "-o"]).collect();
        prune.push("-print");
        let listed = self.said(&[&["find", "/", "-xdev"][..], &prune].concat());
        listed.lines().filter(|path| !OF_THE_TOOLS.iter().any(|start| path.starts_with(start))).map(str::to_owned).collect()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        drop(Command::new("umount").args(["--recursive", "--lazy"]).arg(&self.path).status());
    }
}

/// What a container's manager does before it starts systemd: file systems of its own, shared with whatever the services mount.
const BOOT: &str = r#"
    set -e
    root=$1
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    if [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ]; then mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"; else
        mount -t tmpfs tmpfs "$root/sys/fs/cgroup"
        mkdir "$root/sys/fs/cgroup/systemd"
        mount -t cgroup -o none,name=systemd cgroup "$root/sys/fs/cgroup/systemd"
    fi
    for folder in run tmp; do mount -t tmpfs tmpfs "$root/$folder"; done
    mount --make-rshared "$root"
    export container=other
    exec chroot "$root" /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal
"#;

/// The machine under a real systemd, the first process of its own; it ends with this.
#[derive(Debug)]
pub struct Booted<'r> {
    root: &'r Root,
    /// Holds the first process, which dies with it.
    holder: Child,
    first: String,
}

impl<'r> Booted<'r> {
    /// Starts it, and waits until every unit of the start is there.
    pub async fn on(root: &'r Root) -> Self {
        let mut holder = Command::new("unshare");
        holder.args(["--mount", "--pid", "--fork", "--uts", "--ipc", "--cgroup", "--kill-child", "bash", "-c", BOOT, "boot"]);
        let holder = holder.arg(&root.path).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("unshare");
        let mut booted = Self { root, holder, first: String::new() };
        let mut attempts = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..600 {
            attempts.tick().await;
            let children = format!("/proc/{0}/task/{0}/children", booted.holder.id());
            booted.first = fs::read_to_string(children).unwrap_or_default().trim().to_owned();
            let state = booted.command(&["systemctl", "is-system-running"]).output().expect("nsenter");
            // What a container lacks (a console, say) may have failed.
            if ["running\n", "degraded\n"].iter().any(|state_| state.stdout == state_.as_bytes()) {
                return booted;
            }
        }
        panic!("systemd does not start here: {:?}", booted.command(&["systemctl", "--no-pager", "list-jobs"]).output())
    }

    /// A program beside its services.
    pub fn command(&self, words: &[&str]) -> Command {
        let inside = self.root.command(words);
        let mut command = Command::new("nsenter");
        command
            .args(["--mount", "--pid", "--ipc", "--uts", "--cgroup", "--target", &self.first])
            .arg(inside.get_program())
            .args(inside.get_args());
        command.env_clear().envs(ENVIRONMENT).stdin(Stdio::null()).current_dir("/");
        command
    }

    /// What it says.
    pub fn said(&self, words: &[&str]) -> String {
        said(&mut self.command(words))
    }
}

impl Drop for Booted<'_> {
    fn drop(&mut self) {
        drop(self.holder.kill());
        drop(self.holder.wait());
    }
}

/// Something started there, which ends with this.
#[derive(Debug)]
pub struct Running(pub Child);

impl Running {
    /// Asks it to end, as the service manager does, and waits for that.
    pub fn stop(mut self) {
        said(Command::new("kill").arg(self.0.id().to_string()));
        self.0.wait().expect("it ends");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Where roots are kept from one run to the next.
fn kept() -> PathBuf {
    std::env::var_os("VESTIBULE_TEST_ROOTS").map(PathBuf::from).expect("run by ./dev test packages")
}

fn bare() -> PathBuf {
    made("bare", |root| {
        let site = said(Command::new("apt-get").args(["indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages"]));
        let of_debian = site.lines().find_map(|line| line.strip_suffix(" bookworm")).expect("this machine reads Debian 12's archive");
        said(Command::new("debootstrap").args(["--variant=minbase", "--include=ca-certificates", "bookworm"]).arg(root).arg(of_debian));
        fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf")).expect("copied");
    })
}

/// Dependencies stay when what needed them goes, so that a comparison before and after is about the packages alone.
fn base() -> PathBuf {
    made("base", |root| {
        said(Command::new("cp").args(["-a", "--"]).arg(bare().join(".")).arg(root));
        let in_it = |words: &[&str]| {
            said(Command::new("chroot").arg(root).args(words).env_clear().envs(ENVIRONMENT).stdin(Stdio::null()));
        };
        for folder in ["proc", "dev"] {
            said(Command::new("mount").arg("--rbind").arg(Path::new("/").join(folder)).arg(root.join(folder)));
        }
        in_it(&["apt-get", "-o", "Acquire::Check-Valid-Until=false", "-o", "Acquire::Check-Date=false", "update", "-q"]);
        in_it(
            &[
                &[
                    "apt-get",
                    "install",
                    "-y",
                    "-q",
                    "--no-install-recommends",
                    "dbus",
                    "gnome-keyring",
                    "procps",
                    "man-db",
                    "pcscd",
                    "systemd",
                    "xdg-utils",
                ][..],
                &["libwebkit2gtk-4.1-0", "libgtk-3-0"],
            ]
            .concat(),
        );
        in_it(&["useradd", "--create-home", "--shell", "/bin/bash", "camille"]);
        said(Command::new("umount").args(["--recursive", "--lazy"]).arg(root.join("proc")).arg(root.join("dev")));
    })
}

/// Made where it is not there yet, by one test while the others wait; half of one is never taken for a whole.
fn made(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let (whole, unfinished) = (kept().join(name), kept().join(format!("{name}.unfinished")));
    fs::create_dir_all(kept()).expect("a folder");
    let turn = fs::File::create(kept().join(format!("{name}.lock"))).expect("a lock");
    turn.lock().expect("locked");
    if !whole.exists() {
        drop(fs::remove_dir_all(&unfinished));
        fs::create_dir_all(&unfinished).expect("a folder");
        fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o755)).expect("changed");
        make(&unfinished);
        fs::rename(&unfinished, &whole).expect("renamed");
    }
    whole
}
