//! The rooms of a crate, and who takes what from whom there: every path that a file writes, followed through whoever hands the name out again to
//! the file that defines it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use super::source::Source;

/// A module's path from the root of its crate.
type Module = Vec<String>;

/// The files of one crate, tests apart.
pub struct Rooms {
    files: BTreeMap<Module, Vec<(PathBuf, Source)>>,
}

/// In `room`, something in `from` takes a name that something in `to` defines. A file and the folder of its name are one room: between them there
/// is no arrow.
pub struct Arrow {
    pub room: Module,
    pub from: String,
    pub to: String,
    taker: PathBuf,
    giver: PathBuf,
    name: String,
}

impl fmt::Display for Arrow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} takes {} from {}", self.taker.display(), self.name, self.giver.display())
    }
}

impl Rooms {
    /// Those that the compiler reaches from a root of a crate, on whatever system.
    pub fn of_crate(root: &Path) -> Self {
        let mut rooms = Self { files: BTreeMap::new() };
        rooms.read(Vec::new(), root, root.parent().expect("a folder"));
        rooms
    }

    /// `folder` is where its inner modules are, unless they say otherwise.
    fn read(&mut self, module: Module, file: &Path, folder: &Path) {
        let source = Source::read(&fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
        for (name, path) in &source.modules {
            let inner = match path {
                Some(path) => file.with_file_name(path),
                None => {
                    Some(folder.join(format!("{name}.rs"))).filter(|file| file.exists()).unwrap_or_else(|| folder.join(name).join("mod.rs"))
                }
            };
            self.read(child(&module, name), &inner, &folder.join(name));
        }
        self.files.entry(module).or_default().push((file.to_owned(), source));
    }

    pub fn files(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    pub fn arrows(&self) -> Vec<Arrow> {
        self.files.iter().flat_map(|(module, files)| files.iter().flat_map(|(file, source)| self.arrows_of(module, file, source))).collect()
    }

    fn arrows_of(&self, module: &Module, file: &Path, source: &Source) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for path in source.imports.iter().map(|import| &import.path).chain(&source.paths) {
            let Some((home, name)) = self.home(module, path) else { continue };
            let shared = module.iter().zip(&home).take_while(|(one, other)| one == other).count();
            let (Some(from), Some(to)) = (module.get(shared), home.get(shared)) else { continue };
            arrows.extend(self.files[&home].iter().map(|(giver, _)| Arrow {
                room: module[..shared].to_vec(),
                from: from.clone(),
                to: to.clone(),
                taker: file.to_owned(),
                giver: giver.clone(),
                name: name.clone(),
            }));
        }
        arrows
    }

    /// The module that defines what a path names in this one, and the name there; `None` for other crates, for what a function names itself, and
    /// for a module as a whole.
    fn home(&self, module: &Module, path: &[String]) -> Option<(Module, String)> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.below(&Vec::new(), rest),
            "self" => self.below(module, rest),
            "super" => {
                let parent = module[..module.len().checked_sub(1)?].to_vec();
                let goes_on = rest.first().is_some_and(|next| next == "super");
                if goes_on { self.home(&parent, rest) } else { self.below(&parent, rest) }
            }
            name if self.files.contains_key(&child(module, name)) || self.import(module, name).is_some() => self.below(module, path),
            _ => None,
        }
    }

    /// The same for a path that begins in this module.
    fn below(&self, module: &Module, path: &[String]) -> Option<(Module, String)> {
        let (first, rest) = path.split_first()?;
        let inner = child(module, first);
        if self.files.contains_key(&inner) {
            return self.below(&inner, rest);
        }
        match self.import(module, first) {
            Some(import) => self.home(module, &[import, rest].concat()),
            None => Some((module.clone(), first.clone())),
        }
    }

    /// What an import of this module calls so. Of a crate that is called as what is taken from it, nothing is ours.
    fn import(&self, module: &Module, name: &str) -> Option<&[String]> {
        let mut imports = self.files[module].iter().flat_map(|(_, source)| &source.imports);
        imports.find(|import| import.name == name && import.path[0] != name).map(|import| import.path.as_slice())
    }

    /// In each room, the shortest circle through every inner room that is in one, until all of them are told.
    pub fn circles(&self) -> Vec<String> {
        let mut rooms: BTreeMap<Module, Vec<Arrow>> = BTreeMap::new();
        for arrow in self.arrows() {
            rooms.entry(arrow.room.clone()).or_default().push(arrow);
        }
        rooms.values().flat_map(|arrows| circles_of(arrows)).collect()
    }
}

fn child(module: &[String], name: &str) -> Module {
    [module, &[name.to_owned()]].concat()
}

fn circles_of(arrows: &[Arrow]) -> Vec<String> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows {
        next.entry(&arrow.from).or_default().insert(&arrow.to);
    }
    let (mut circles, mut told) = (Vec::new(), BTreeSet::new());
    for start in next.keys().copied() {
        if let Some(way) = way_back(&next, start).filter(|_| !told.contains(start)) {
            let steps = way.iter().zip(way.iter().skip(1).chain(&way[..1]));
            circles.push(steps.map(|(from, to)| step(arrows, from, to)).collect::<Vec<_>>().join("; and "));
            told.extend(way);
        }
    }
    circles
}

/// The shortest, without its end, which is its start.
fn way_back<'a>(next: &BTreeMap<&'a str, BTreeSet<&'a str>>, start: &'a str) -> Option<Vec<&'a str>> {
    let (mut ways, mut seen) = (VecDeque::from([vec![start]]), BTreeSet::new());
    while let Some(way) = ways.pop_front() {
        for to in way.last().and_then(|last| next.get(last)).into_iter().flatten().copied() {
            if to == start {
                return Some(way);
            }
            if seen.insert(to) {
                ways.push_back([way.as_slice(), &[to]].concat());
            }
        }
    }
    None
}

fn step(arrows: &[Arrow], from: &str, to: &str) -> String {
    let mut names: BTreeMap<(&Path, &Path), BTreeSet<&str>> = BTreeMap::new();
    for arrow in arrows.iter().filter(|arrow| arrow.from == from && arrow.to == to) {
        names.entry((&arrow.taker, &arrow.giver)).or_default().insert(&arrow.name);
    }
    let takings = names.into_iter().map(|((taker, giver), names)| {
        let names: Vec<&str> = names.into_iter().collect();
        format!("{} takes {} from {}", taker.display(), names.join(", "), giver.display())
    });
    takings.collect::<Vec<_>>().join("; ")
}
