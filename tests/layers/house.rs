//! Which file depends on which, as the paths in their texts say.
//!
//! - A path leads to the file that *defines* what it names: a name that a `mod.rs` only passes on
//!   (`pub use`) leads to where it comes from. What a path goes through on its way is no dependency, and
//!   neither is a module that is imported to be gone through.
//! - A folder and its `mod.rs` are one thing: what is in the folder may use what its `mod.rs` defines, and
//!   that may use everything in the folder.
//! - *Neighbours* are the files and folders in one folder. An arrow from a file to another is one between
//!   the two neighbours in which they lie; no neighbours may stand in a circle of arrows.
//! - A method is no path: who calls one depends on nothing by that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module's path from the root: `["tui", "dash"]` is `tui/dash/mod.rs` or `tui/dash.rs`.
pub type Module = Vec<String>;

/// A name is passed on by at most so many files.
const LONGEST: usize = 8;

/// What a `use` brings into a file.
struct Import {
    path: Vec<String>,
    /// What the file calls it; `*` for everything that is there.
    name: String,
    is_passed_on: bool,
}

/// One file of the library.
struct Source {
    file: PathBuf,
    imports: Vec<Import>,
    /// The paths in its text, but for those of its imports, and single words.
    paths: Vec<Vec<String>>,
}

/// All files by module.
pub struct House {
    sources: BTreeMap<Module, Source>,
}

/// All Rust files below a folder.
pub fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every file of the product by its path in `src`, with its code. Files of tests are left out.
pub fn product() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    files.sort();
    let inner = |file: &PathBuf| file.strip_prefix(&root).unwrap().to_owned();
    let is_tests =
        |file: &Path| file.iter().any(|part| ["tests", "tests.rs"].iter().any(|name| part == *name));
    let product = files.iter().filter(|file| !is_tests(&inner(file)));
    product.map(|file| (inner(file), code(&fs::read_to_string(file).unwrap()))).collect()
}

/// The lines that are compiled into the product: no comments, nothing after `#[cfg(test)] mod`.
pub fn code(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_word(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

/// The paths and words of a text, in order: `a::b`, `c`.
pub fn paths(text: &str) -> Vec<Vec<String>> {
    let mut paths: Vec<Vec<String>> = Vec::new();
    let mut goes_on = false;
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let long = rest.find(|char| !is_word(char)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(long);
        if let Some(after) = rest.strip_prefix("::") {
            (goes_on, rest) = (true, after);
        } else if word.is_empty() {
            (goes_on, rest) = (false, &rest[char.len_utf8()..]);
        } else {
            match paths.last_mut().filter(|_| goes_on) {
                Some(path) => path.push(word.to_owned()),
                None => paths.push(vec![word.to_owned()]),
            }
            (goes_on, rest) = (false, after);
        }
    }
    paths
}

/// The parts of a group, between the commas that are not in a group of their own.
fn parts(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let between = |char| {
        depth += i32::from(char == '{') - i32::from(char == '}');
        char == ',' && depth == 0
    };
    group.split(between).collect()
}

/// What a tree such as `a::{b, c::{self, d as e}}` brings in, below what stands `before` it.
fn tree(text: &str, before: &[String], is_passed_on: bool, found: &mut Vec<Import>) {
    let (path, rest) = text.trim().split_once('{').unwrap_or((text.trim(), ""));
    let (path, alias) = path.split_once(" as ").unwrap_or((path, ""));
    let words = path.split("::").map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned);
    let mut path: Vec<_> = before.iter().cloned().chain(words).collect();
    if let Some(group) = rest.strip_suffix('}') {
        return parts(group).into_iter().for_each(|part| tree(part, &path, is_passed_on, found));
    }
    path.pop_if(|last| last == "self" && !before.is_empty());
    if let Some(last) = path.last() {
        let name = if alias.is_empty() { last.clone() } else { alias.trim().to_owned() };
        found.push(Import { path, name, is_passed_on });
    }
}

/// What a line begins to import: the rest of the line, and whether it is passed on.
fn import(line: &str) -> Option<(&str, bool)> {
    let (before, rest) = line.trim_start().split_once("use ")?;
    let is_passed_on = before.starts_with("pub") && before.ends_with(' ') && !before.contains(['=', '"']);
    (before.is_empty() || is_passed_on).then_some((rest, is_passed_on))
}

impl Source {
    fn of(file: PathBuf, code: &str) -> Self {
        let (mut imports, mut body) = (Vec::new(), String::new());
        let mut lines = code.lines();
        while let Some(line) = lines.next() {
            if let Some((begin, is_passed_on)) = import(line) {
                let mut text = begin.to_owned();
                while !text.contains(';') {
                    text.push_str(lines.next().unwrap_or(";"));
                }
                tree(text.split(';').next().unwrap_or_default(), &[], is_passed_on, &mut imports);
            } else if !line.contains("mod ") {
                body.push_str(line);
                body.push('\n');
            }
        }
        Self { file, imports, paths: paths(&body) }
    }
}

impl House {
    /// The house as it stands.
    pub fn as_it_stands() -> Self {
        Self::of(product())
    }

    /// The house of these files.
    pub fn of(files: impl IntoIterator<Item = (PathBuf, String)>) -> Self {
        let mut sources = BTreeMap::new();
        for (file, code) in files {
            let mut module: Module =
                file.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            module.pop_if(|last| last == "mod");
            if module != ["lib"] && module != ["main"] {
                sources.insert(module, Source::of(file, &code));
            }
        }
        Self { sources }
    }

    fn is_module(&self, module: &[String]) -> bool {
        module.is_empty() || self.sources.contains_key(module)
    }

    /// A path that stands in `from`, from the root on; `None` if it leads out of the house.
    fn absolute(&self, from: &Module, path: &[String]) -> Option<Vec<String>> {
        let (first, rest) = path.split_first()?;
        let below = |module: &[String]| Some([module, rest].concat());
        match first.as_str() {
            "crate" => below(&[]),
            "self" => below(from),
            "super" if rest.first().is_some_and(|next| next == "super") => {
                self.absolute(&from[..from.len() - 1].to_vec(), rest)
            }
            "super" => below(&from[..from.len() - 1]),
            child if self.is_module(&[&from[..], &[child.to_owned()]].concat()) => {
                Some([&from[..], path].concat())
            }
            name => {
                let import = self.sources.get(from)?.imports.iter().find(|import| import.name == name)?;
                // `use name;` would go round for ever: it is another crate.
                let is_ours = import.path[0] != name;
                is_ours.then(|| self.absolute(from, &[&import.path, rest].concat()))?
            }
        }
    }

    /// The file that defines what a path from the root names; `None` for a module itself. Names are
    /// followed through at most `depth` files that pass them on.
    fn definer(&self, path: &[String], depth: usize) -> Option<Module> {
        let long = (1..=path.len()).rev().find(|long| self.is_module(&path[..*long]))?;
        let (module, rest) = (path[..long].to_vec(), &path[long..]);
        let (name, rest) = rest.split_first()?;
        let passed = self.sources[&module].imports.iter().find(|import| import.name == *name);
        let Some(import) = passed.filter(|_| depth > 0) else { return Some(module) };
        let path = self.absolute(&module, &[&import.path, rest].concat())?;
        self.definer(&path, depth - 1)
    }

    /// The files on which that of `module` depends.
    fn uses(&self, module: &Module) -> BTreeSet<Module> {
        let source = &self.sources[module];
        let imports = source.imports.iter().filter(|import| !import.is_passed_on).map(|import| &import.path);
        let all = imports.chain(&source.paths).filter_map(|path| self.absolute(module, path));
        all.filter_map(|path| self.definer(&path, LONGEST)).filter(|used| used != module).collect()
    }

    /// The arrows between neighbours: for each folder, which of its files and folders uses which other,
    /// and an example of it.
    pub fn neighbours(&self) -> BTreeMap<Module, Arrows> {
        let mut folders: BTreeMap<Module, Arrows> = BTreeMap::new();
        for from in self.sources.keys() {
            for to in self.uses(from) {
                let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
                // One of them is the face of a folder in which the other lies.
                let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) else { continue };
                let arrows = folders.entry(from[..shared].to_vec()).or_default();
                let example = format!("{} uses {}", self.sources[from].file.display(), to.join("::"));
                arrows.entry(one.clone()).or_default().entry(other.clone()).or_insert(example);
            }
        }
        folders
    }

    /// Every circle of neighbours, as the arrows within it.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut circles = BTreeSet::new();
        for arrows in self.neighbours().values() {
            for name in arrows.keys() {
                let members: Vec<_> = reached(arrows, name)
                    .into_iter()
                    .filter(|other| reached(arrows, other).contains(name))
                    .collect();
                let inside = |(from, to): &(&String, &String)| members.contains(from) && members.contains(to);
                let all =
                    arrows.iter().flat_map(|(from, to)| to.iter().map(move |(to, how)| ((from, to), how)));
                let circle: Vec<_> =
                    all.filter(|(pair, _)| inside(pair)).map(|(_, how)| how.clone()).collect();
                if !circle.is_empty() {
                    circles.insert(circle);
                }
            }
        }
        circles.into_iter().collect()
    }
}

/// Who in one folder uses which neighbour, and an example of each.
pub type Arrows = BTreeMap<String, BTreeMap<String, String>>;

/// Whom one can get to from `name`.
fn reached<'a>(arrows: &'a Arrows, name: &'a str) -> BTreeSet<&'a String> {
    let (mut found, mut next) = (BTreeSet::new(), vec![name]);
    while let Some(name) = next.pop() {
        let used = arrows.get(name).into_iter().flat_map(BTreeMap::keys);
        next.extend(used.filter(|used| found.insert(*used)).map(String::as_str));
    }
    found
}
