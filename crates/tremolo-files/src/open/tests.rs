//! Which kinds of files can be opened, and their metadata.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::{Duration, UNIX_EPOCH};
use std::{fs, io, process};

use super::*;

#[test]
fn has_the_metadata_of_the_open_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(OsStr::from_bytes(b"not \xff utf-8"));
    let write = |text: &str| fs::write(&path, text).unwrap();
    write("one");
    let when = UNIX_EPOCH + Duration::new(784_111_777, 123_456_000);
    File::options().write(true).open(&path).unwrap().set_modified(when).unwrap();

    let file = OpenFile::open(&path).unwrap();
    assert_eq!((file.len(), file.is_empty()), (3, false));
    assert_eq!((file.modified_seconds(), file.modified_nanoseconds()), (784_111_777, 123_456_000));
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((file.inode(), file.device()), (metadata.ino(), metadata.dev()));

    // A new file with the same name is another file.
    fs::remove_file(&path).unwrap();
    write("other");
    let mut buffer = [0; 8];
    assert_eq!(file.read_at(0, &mut buffer).unwrap(), 3);
    assert_eq!(buffer.get(..3).unwrap(), b"one");
    assert_eq!(OpenFile::open(&path).unwrap().len(), 5);
}

#[test]
fn refuses_everything_except_regular_files() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    // No process writes to the FIFO: opening it without `O_NONBLOCK` would block.
    assert!(process::Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(at("socket")).unwrap();
    fs::write(at("file"), "").unwrap();
    for (path, expected) in [
        (at("fifo"), OpenError::NotAFile),
        (at("socket"), OpenError::NotAFile),
        ("/dev/null".into(), OpenError::NotAFile),
        (folder.path().into(), OpenError::IsDirectory),
        (at("missing"), OpenError::NotFound),
        (at("file/x"), OpenError::NotFound),
        (at(&"x".repeat(256)), OpenError::NotFound),
    ] {
        assert_eq!(OpenFile::open(&path).unwrap_err(), expected, "{path:?}");
    }
}

#[test]
fn a_file_that_may_not_be_read_is_denied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    fs::write(&path, "secret").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may read every file, and the tests may run as superuser.
    let expected = fs::read(&path).map(|_| ()).map_err(|_| OpenError::Denied);
    assert_eq!(OpenFile::open(&path).map(|_| ()), expected);
}

#[test]
fn system_errors_are_mapped_and_name_no_path() {
    for (error, expected, status) in [
        (Errno::NOENT, OpenError::NotFound, 404),
        (Errno::NOTDIR, OpenError::NotFound, 404),
        (Errno::LOOP, OpenError::NotFound, 404),
        (Errno::XDEV, OpenError::NotFound, 404),
        (Errno::NAMETOOLONG, OpenError::NotFound, 404),
        (Errno::NXIO, OpenError::NotAFile, 404),
        (Errno::ISDIR, OpenError::IsDirectory, 404),
        (Errno::ACCESS, OpenError::Denied, 403),
        (Errno::PERM, OpenError::Denied, 403),
        (Errno::AGAIN, OpenError::WouldBlock, 500),
        (Errno::MFILE, OpenError::Io(Errno::MFILE.raw_os_error()), 500),
    ] {
        assert_eq!((OpenError::of(error), expected.status()), (expected, status), "{error:?}");
        assert!(!expected.to_string().contains('/'));
    }
    assert_eq!(OpenError::waited(Errno::AGAIN), OpenError::Io(Errno::AGAIN.raw_os_error()));
    assert_eq!(OpenError::of_io(&io::Error::other("?")), OpenError::Io(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_name_that_is_not_cached_would_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "x").unwrap();
    assert_eq!(OpenFile::open_cached(&path).unwrap().len(), 1);
    assert_eq!(OpenFile::open_cached(folder.path()).unwrap_err(), OpenError::IsDirectory);
    // This name was never looked up, so it is not in the name cache.
    let never = folder.path().join("never");
    assert_eq!(OpenFile::open_cached(&never).unwrap_err(), OpenError::WouldBlock);
    assert_eq!(OpenFile::open(&never).unwrap_err(), OpenError::NotFound);
}
