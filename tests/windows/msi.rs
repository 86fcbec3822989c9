//! An installer: made of stand-ins for the programs, and read again by the tools of msitools.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use vestibule_tests::shipped::{said, workspace};

/// One line of a table, by the names of its columns.
pub type Row = BTreeMap<String, String>;

/// An installer, as it was when it was read.
#[derive(Debug)]
pub struct Msi {
    pub file: PathBuf,
    tables: BTreeMap<String, Vec<Row>>,
    summary: String,
}

impl Msi {
    /// Of programs that do nothing, which differ by `mark`. Performs I/O.
    pub fn of_stand_ins(folder: &Path, mark: u8, version: &str, change: impl FnOnce(&mut Command)) -> Self {
        let programs = folder.join(format!("programs-{mark}"));
        fs::create_dir_all(&programs).expect("a folder");
        let source = programs.join("stand-in.c");
        fs::write(&source, format!("int main(void) {{ return {mark}; }}\n")).expect("written");
        let program = programs.join("vestibule.exe");
        said(Command::new("x86_64-w64-mingw32-gcc-posix").args(["-s", "-Wl,--no-insert-timestamp", "-o"]).args([&program, &source]));
        for other in ["vestibule-app.exe", "WebView2Loader.dll"] {
            fs::copy(&program, programs.join(other)).expect("copied");
        }
        for material in ["licences.md", "sbom.cdx.json"] {
            fs::write(programs.join(material), "{}\n").expect("written");
        }
        let package = folder.join(format!("stand-ins-{mark}-{version}.msi"));
        let mut make = Command::new(workspace().join("packaging/windows/msi.sh"));
        make.arg(&programs).arg(version).arg(&programs).arg(&package).env_remove("VESTIBULE_SIGN_WINDOWS");
        change(&mut make);
        said(&mut make);
        Self::read(package)
    }

    /// Performs I/O.
    pub fn read(file: PathBuf) -> Self {
        // It leaves what some tables hold beside their text, icons for one, where it runs.
        let left = tempfile::tempdir().expect("a folder");
        let told = |what: &[&str]| said(Command::new("msiinfo").arg(what[0]).arg(&file).args(&what[1..]).current_dir(left.path()));
        let tables = told(&["tables"]).lines().map(|name| (name.to_owned(), rows(&told(&["export", name])))).collect();
        let summary = told(&["suminfo"]);
        Self { file, tables, summary }
    }

    /// All lines of a table; none where there is no such table.
    pub fn table(&self, name: &str) -> &[Row] {
        self.tables.get(name).map(Vec::as_slice).unwrap_or_default()
    }

    /// Of the table `Property`; empty where it has none of this name.
    pub fn property(&self, name: &str) -> String {
        let row = self.table("Property").iter().find(|row| row["Property"] == name);
        row.map(|row| row["Value"].clone()).unwrap_or_default()
    }

    /// A line of what is said beside the tables: `Template`, for one.
    pub fn summary(&self, name: &str) -> String {
        self.summary.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap_or_default().to_owned()
    }

    /// Its files, in a folder that goes with the answer.
    pub fn unpacked(&self) -> tempfile::TempDir {
        let folder = tempfile::Builder::new().prefix("vestibule-msi.").tempdir().expect("a folder");
        said(Command::new("msiextract").arg("--directory").arg(folder.path()).arg(&self.file));
        folder
    }

    /// Another one, of which a statement changed the tables. Performs I/O.
    pub fn changed(&self, statement: &str) -> Self {
        let file = self.file.with_extension("changed.msi");
        fs::copy(&self.file, &file).expect("copied");
        said(Command::new("msibuild").arg(&file).args(["-q", statement]));
        Self::read(file)
    }
}

/// Of a table as it is exported: names of the columns, their types, name of the table, then its lines.
fn rows(text: &str) -> Vec<Row> {
    let mut lines = text.lines().map(|line| line.trim_end_matches('\r'));
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let row = |line: &str| columns.iter().map(|name| (*name).to_owned()).zip(line.split('\t').map(str::to_owned)).collect();
    lines.skip(2).filter(|line| !line.is_empty()).map(row).collect()
}
