//! The scenarios that the program brings along, each known by its file's name.

use std::path::Path;

use super::Scripted;
use super::error::Error;
use super::scenario;

/// Name and content of each file in `assets/scenarios`, in the order of their names.
macro_rules! lessons {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../assets/scenarios/", $name, ".toml")))),*]
    };
}

const LESSONS: [(&str, &str); 16] = lessons![
    "black-hole" "buffering-proxy" "close" "head-of-line" "jitter" "no-log" "reconnect-jitter" "reconnect-storm"
    "refused-upgrade" "reset" "restart" "six-connections" "slow" "slow-server" "sse-timeout" "stall"
];

/// The lesson of that name, or else what the file at `path` says.
///
/// # Errors
/// If there is neither, or the file says what it can't.
pub(super) fn load(path: &Path) -> Result<Scripted, Error> {
    match LESSONS.iter().find(|(name, _)| path.as_os_str() == *name) {
        Some((_, text)) => scenario::parse(path, text),
        None => scenario::load(path),
    }
}

/// What there is to run, a line each.
pub(super) fn list() -> Result<String, Error> {
    let mut list = "Lessons that Wirelab brings along:\n".to_owned();
    for (name, text) in LESSONS {
        let title = scenario::parse(Path::new(name), text)?.scenario.title.unwrap_or_default();
        list.extend([format!("  {name:<17}  {title}\n")]);
    }
    list.push_str("\n`wirelab run NAME` plays one, and so does the name of a file of your own.\n");
    Ok(list)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn every_file_among_the_scenarios_is_brought_along() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut names: Vec<_> = files.map(|file| file.file_stem().unwrap().to_owned()).collect();
        names.sort();
        assert_eq!(names, LESSONS.map(|(name, _)| name));
        for name in names {
            assert!(list().unwrap().contains(&format!("\n  {}  ", name.display())));
            assert!(!load(Path::new(&name)).unwrap().scenario.steps.is_empty());
        }
    }

    #[test]
    fn a_path_is_a_path() {
        let file = Path::new("assets/scenarios/stall.toml");
        assert_eq!(load(file).unwrap(), load(Path::new("stall")).unwrap());
        let wrong = load(Path::new("./stall")).unwrap_err().to_string();
        assert_eq!(
            wrong,
            "./stall: No such file or directory (os error 2); try one that `wirelab run` lists, or a file"
        );
    }
}
