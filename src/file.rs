//! Files that are written whole or not at all.
//!
//! ```text
//!  content ─▸ new file beside it ─▸ to the disk ─▸ renamed over the old one
//! ```
//!
//! A full disk, a crash or a signal leaves the old file as it was. What is no regular file (a fifo, a device)
//! can't be replaced and is written to.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

/// How many symbolic links may lead to a file, as the system has it.
const MOST_LINKS: usize = 40;

/// Of a config file or a lesson: what is longer is something else.
const LONGEST_TEXT: u64 = 4 * 1024 * 1024;

/// What a new file may be read and written by, less what the user's umask takes away.
const NEW: u32 = 0o666;

/// Writes `content` into the file at `path`, in place of what is there. A symbolic link stays, and so do owner
/// and permissions, as far as the user may give them.
///
/// # Errors
/// If the file, or its directory, can't be written; a regular file is as it was then.
pub fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let (path, is_descriptor) = target(path)?;
    match fs::metadata(&path) {
        Ok(old) if old.is_file() && !is_descriptor => replace(&path, content, Some(&old)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => replace(&path, content, None),
        // At the end of what the shell, or whoever opened the descriptor, has written already.
        _ => OpenOptions::new().append(true).open(&path)?.write_all(content),
    }
}

/// Reads a text that people write by hand.
///
/// # Errors
/// If the file can't be read, is no UTF-8, or has more than 4 MiB.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LONGEST_TEXT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST_TEXT {
        return Err(io::Error::other(format!("it has more than {LONGEST_TEXT} bytes")));
    }
    Ok(text)
}

/// Whether both are the same file, by whatever names: hard links and symbolic ones included.
#[must_use]
pub fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Where the links at `path` lead, and whether that is a descriptor of this very process, which a new file
/// would not reach: `/dev/stdout`, `/dev/fd/3`. There may be nothing there yet.
fn target(path: &Path) -> io::Result<(PathBuf, bool)> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        if is_descriptor(&path) {
            return Ok((path, true));
        }
        match fs::read_link(&path) {
            Ok(to) => path = directory(&path).join(to),
            Err(_) => return Ok((path, false)),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

/// `/dev/fd/3`, `/proc/self/fd/3`, `/proc/1234/fd/3`.
fn is_descriptor(path: &Path) -> bool {
    let names: Vec<_> = path.iter().filter_map(OsStr::to_str).collect();
    matches!(names[..], ["/", "dev", "fd", _] | ["/", "proc", _, "fd", _])
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| *parent != OsStr::new("")).unwrap_or(Path::new("."))
}

fn replace(path: &Path, content: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    fs::metadata(directory(path))?;
    let beside = tempfile::Builder::new()
        .prefix(".wirelab-")
        .permissions(Permissions::from_mode(NEW))
        .tempfile_in(directory(path))
        // Its words name a file that nobody has asked for.
        .map_err(|error| io::Error::from(error.kind()))?;
    if let Some(old) = old {
        // Who may write the file beside need not be allowed to give it away.
        drop(chown(beside.path(), Some(old.uid()), Some(old.gid())));
        fs::set_permissions(beside.path(), old.permissions())?;
        // What the user may not write is not replaced either.
        OpenOptions::new().write(true).open(path)?;
    }
    let file: &File = beside.as_file();
    (&*file).write_all(content)?;
    file.sync_all()?;
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A folder with a file of the mode 0640 in it.
    fn with_file(content: &str) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("run.csv");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        (folder, path)
    }

    fn names(folder: &TempDir) -> Vec<String> {
        let names = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_and_keeps_its_permissions() {
        let (folder, path) = with_file("old");
        let link = folder.path().join("other name.csv");
        fs::hard_link(&path, &link).unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        assert_eq!(fs::read(&link).unwrap(), b"old", "another name for what was there");
        assert_eq!(names(&folder), ["other name.csv", "run.csv"], "nothing is left beside it");
    }

    #[test]
    fn a_new_file_is_as_any_other_program_makes_it() {
        let (folder, path) = with_file("");
        let [ours, theirs] = ["ours", "theirs"].map(|name| folder.path().join(name));
        write(&ours, b"new").unwrap();
        File::create(&theirs).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode();
        assert_eq!(mode(&ours), mode(&theirs));
        drop(path);
    }

    #[test]
    fn a_symbolic_link_stays_and_what_it_names_is_written() {
        let (folder, path) = with_file("old");
        let [link, far, new] = ["link", "far", "new"].map(|name| folder.path().join(name));
        symlink("run.csv", &link).unwrap();
        symlink("link", &far).unwrap();
        write(&far, b"through two links").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"through two links");
        symlink("not yet", &new).unwrap();
        write(&new, b"dangling").unwrap();
        assert_eq!(fs::read(folder.path().join("not yet")).unwrap(), b"dangling");
        assert!(far.is_symlink() && link.is_symlink() && new.is_symlink());
        let round = folder.path().join("round");
        symlink("round", &round).unwrap();
        assert!(write(&round, b"").is_err());
    }

    #[test]
    fn what_fails_leaves_the_old_file_alone() {
        let (folder, _) = with_file("old");
        let directory = folder.path().join("directory");
        fs::create_dir(&directory).unwrap();
        assert!(write(&directory, b"new").is_err());
        let missing = write(&folder.path().join("missing/run.csv"), b"new").unwrap_err();
        assert_eq!(missing.to_string(), "No such file or directory (os error 2)");
        assert_eq!(names(&folder), ["directory", "run.csv"]);
    }

    #[test]
    fn devices_are_written_to() {
        write(Path::new("/dev/null"), b"new").unwrap();
        let full = write(Path::new("/dev/full"), b"new").unwrap_err();
        assert_eq!(full.kind(), io::ErrorKind::StorageFull);
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn descriptors_are_told_from_files_that_lie_beside_them() {
        for path in ["/dev/fd/3", "/proc/self/fd/1", "/proc/1234/fd/0"] {
            assert!(is_descriptor(Path::new(path)), "{path}");
        }
        for path in ["/dev/shm/run.csv", "/dev/fd", "/proc/self/comm", "fd/3", "/home/fd/3"] {
            assert!(!is_descriptor(Path::new(path)), "{path}");
        }
    }

    #[test]
    fn a_file_is_the_same_under_every_name() {
        let (folder, path) = with_file("trace");
        let [hard, soft, copy] = ["hard", "soft", "copy"].map(|name| folder.path().join(name));
        fs::hard_link(&path, &hard).unwrap();
        symlink(&path, &soft).unwrap();
        fs::copy(&path, &copy).unwrap();
        let is_same = |other: &Path| is_same(&fs::metadata(&path).unwrap(), &fs::metadata(other).unwrap());
        assert!(is_same(&hard) && is_same(&soft) && !is_same(&copy));
    }
}
