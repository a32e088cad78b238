//! Which names under a root can be opened, with both implementations.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use tempfile::TempDir;

use super::*;

/// Creates a root, and beside it files that must not be reachable:
///
/// ```text
/// secret
/// www/  file  sub/inner  to-file -> file  to-sub -> sub  out -> ../secret  up -> ..
///       absolute -> (the folder)/www/file  loop -> loop  fifo  socket
/// ```
fn tree() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("www/sub")).unwrap();
    for name in ["secret", "www/file", "www/sub/inner"] {
        fs::write(at(name), name).unwrap();
    }
    fs::write(at("www").join(std::ffi::OsStr::from_bytes(b"\xff\xfe")), "bytes").unwrap();
    for (name, target) in [
        ("www/to-file", "file".into()),
        ("www/to-sub", "sub".into()),
        ("www/sub/to-file", "../file".into()),
        ("www/out", "../secret".into()),
        ("www/up", "..".into()),
        ("www/absolute", at("www/file")),
        ("www/loop", "loop".into()),
    ] {
        symlink(target, at(name)).unwrap();
    }
    assert!(Command::new("mkfifo").arg(at("www/fifo")).status().unwrap().success());
    UnixListener::bind(at("www/socket")).unwrap();
    folder
}

fn root(tree: &TempDir, follow_symlinks: bool) -> Root {
    Root::new(tree.path().join("www"), RootOptions { follow_symlinks }).unwrap()
}

fn path(raw: &[u8]) -> SafePath {
    SafePath::parse(raw, true).unwrap()
}

type Length = Result<u64, OpenError>;

/// A path, and the results without and with links followed.
const CASES: &[(&[u8], Length, Length)] = {
    use OpenError::{IsDirectory, NotAFile, NotFound};
    &[
        (b"/file", Ok(8), Ok(8)),
        (b"/sub/inner", Ok(13), Ok(13)),
        (b"/%ff%fe", Ok(5), Ok(5)),
        (b"/missing", Err(NotFound), Err(NotFound)),
        (b"/missing/x", Err(NotFound), Err(NotFound)),
        (b"/file/x", Err(NotFound), Err(NotFound)),
        (b"/file/", Err(NotFound), Err(NotFound)),
        (b"/sub", Err(IsDirectory), Err(IsDirectory)),
        (b"/", Err(IsDirectory), Err(IsDirectory)),
        (b"/fifo", Err(NotAFile), Err(NotAFile)),
        (b"/socket", Err(NotAFile), Err(NotAFile)),
        // Names that only look like special ones.
        (b"/%252e%252e%252fsecret", Err(NotFound), Err(NotFound)),
        (b"/%c0%ae%c0%ae/secret", Err(NotFound), Err(NotFound)),
        (b"/....", Err(NotFound), Err(NotFound)),
        (b"/file.", Err(NotFound), Err(NotFound)),
        (b"/file%20", Err(NotFound), Err(NotFound)),
        (b"/FILE", Err(NotFound), Err(NotFound)),
        // Symbolic links.
        (b"/to-file", Err(NotFound), Ok(8)),
        (b"/to-sub/inner", Err(NotFound), Ok(13)),
        (b"/to-sub/to-file", Err(NotFound), Ok(8)),
        (b"/to-sub", Err(NotFound), Err(IsDirectory)),
        (b"/out", Err(NotFound), Err(NotFound)),
        (b"/up", Err(NotFound), Err(NotFound)),
        (b"/up/secret", Err(NotFound), Err(NotFound)),
        (b"/up/www/file", Err(NotFound), Err(NotFound)),
        (b"/absolute", Err(NotFound), Err(NotFound)),
        (b"/loop", Err(NotFound), Err(NotFound)),
    ]
};

#[test]
fn no_name_leads_out_of_the_root() {
    let tree = tree();
    for (raw, without, with) in CASES {
        for (follow_symlinks, expected) in [(false, without), (true, with)] {
            let root = root(&tree, follow_symlinks);
            let opened = root.open(&path(raw)).map(|file| file.len());
            assert_eq!(opened, *expected, "{} {follow_symlinks}", raw.escape_ascii());
            // The call that does not block has the same result, or `WouldBlock`.
            let cached = root.open_cached(&path(raw)).map(|file| file.len());
            assert!(
                cached == *expected || cached == Err(OpenError::WouldBlock),
                "{} {cached:?}",
                raw.escape_ascii()
            );
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_whose_name_is_cached_is_opened_without_blocking() {
    let tree = tree();
    let root = root(&tree, false);
    assert_eq!(root.open_cached(&path(b"/sub/inner")).unwrap().len(), 13);
    let never = path(b"/never");
    assert_eq!(root.open_cached(&never).unwrap_err(), OpenError::WouldBlock);
}

#[test]
fn opening_name_by_name_has_the_same_result() {
    let tree = tree();
    let root = root(&tree, false);
    for (raw, expected, _) in CASES {
        let path = path(raw);
        let opened = walk::open(root.fd.as_fd(), &path, READ).map_err(OpenError::waited);
        let opened = opened.and_then(OpenFile::of).map(|file| file.len());
        if *raw == b"/file/" {
            // The caller checks for a slash at the end, with both implementations.
            assert_eq!(opened, Ok(8));
        } else {
            assert_eq!(opened, *expected, "{}", raw.escape_ascii());
        }
    }
}

#[test]
fn a_root_stays_the_folder_that_was_opened() {
    let tree = tree();
    let root = root(&tree, false);
    fs::rename(tree.path().join("www"), tree.path().join("old")).unwrap();
    fs::create_dir(tree.path().join("www")).unwrap();
    assert_eq!(root.open(&path(b"/file")).unwrap().len(), 8);
}

#[test]
fn a_root_must_be_a_folder() {
    let tree = tree();
    for name in ["secret", "missing", "www/fifo"] {
        let opened = Root::new(tree.path().join(name), RootOptions::default());
        assert_eq!(opened.unwrap_err(), OpenError::NotFound, "{name}");
    }
    // The application's own path may be a link; devices are refused under any root.
    assert!(Root::new(tree.path().join("www/to-sub"), RootOptions::default()).is_ok());
    let dev = Root::new("/dev", RootOptions::default()).unwrap();
    assert_eq!(dev.open(&path(b"/null")).unwrap_err(), OpenError::NotAFile);
}
