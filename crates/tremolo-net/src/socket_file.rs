//! The file of a Unix socket. It remains after the socket is closed unless it is removed. By then
//! another server may have bound the same path, so only the file of this process is removed.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::{Domain, SockAddr, Socket, Type};

/// The file of a Unix socket that this process has bound. Dropping it removes the file, unless
/// another file is at its path by then. A forked process removes nothing.
///
/// Drop it before the listening socket is closed: while the socket is open, the system does not
/// reuse its inode number.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    process: u32,
    /// Another process has the socket, and removes the file.
    is_handed_over: AtomicBool,
}

impl SocketFile {
    /// The file at this path, to which a socket of this process was just bound.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        Ok(Self {
            path: std::path::absolute(path)?,
            device: metadata.dev(),
            inode: metadata.ino(),
            process: std::process::id(),
            is_handed_over: AtomicBool::new(false),
        })
    }

    /// The file of a socket that another process has bound, and removes.
    pub(crate) fn of_another_process() -> Self {
        let is_handed_over = AtomicBool::new(true);
        Self { path: PathBuf::new(), device: 0, inode: 0, process: 0, is_handed_over }
    }

    /// Another process has the socket from now on, and removes the file.
    pub fn hand_over(&self) {
        self.is_handed_over.store(true, Ordering::Relaxed);
    }

    /// Removes the file before the socket is closed, so that no client connects to a queue that is not
    /// read any more, and the next server can bind the path.
    pub fn remove(&self) {
        let is_handed_over = self.is_handed_over.load(Ordering::Relaxed);
        if !is_handed_over && self.process == std::process::id() && self.is_in_place() {
            // If the file cannot be removed, the next server replaces it.
            let _ = fs::remove_file(&self.path);
        }
    }

    fn is_in_place(&self) -> bool {
        let found = self.path.symlink_metadata();
        found.is_ok_and(|found| found.dev() == self.device && found.ino() == self.inode)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        self.remove();
    }
}

/// Frees a path for binding: removes a stale socket file.
///
/// # Errors
///
/// `AddrInUse` if a server listens there, or if the file is not a socket.
pub(crate) fn make_room(path: &Path) -> io::Result<()> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(in_use("there is a file that is no socket"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // The accept queue of a busy server may be full: do not wait for that.
    probe.set_nonblocking(true)?;
    match probe.connect(&SockAddr::unix(path)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(error),
        Ok(()) | Err(_) => Err(in_use("another server listens on this socket")),
    }
}

fn in_use(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::AddrInUse, format!("address already in use: {why}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};

    use tremolo_core::Config;

    use crate::{ListenAddress, Listening};

    fn path(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("tremolo-net-{}-{name}.sock", std::process::id()))
    }

    fn bind(path: &std::path::Path) -> std::io::Result<Listening> {
        Listening::bind(&ListenAddress::Unix(path.into()), &Config::default())
    }

    #[test]
    fn the_file_is_removed_with_the_last_socket_of_its_server() {
        let path = path("last");
        let first = bind(&path).unwrap();
        let second = first.try_clone().unwrap();
        drop(first);
        assert!(UnixStream::connect(&path).is_ok());
        drop(second);
        assert!(!path.exists());
    }

    #[test]
    fn a_server_that_stops_leaves_its_path_to_the_next_one() {
        let path = path("held-back");
        let old = bind(&path).unwrap();
        let _waits = UnixStream::connect(&path).unwrap();
        old.hold_back();
        assert!(UnixStream::connect(&path).is_err());
        let new = bind(&path).unwrap();
        let Listening::Unix(_, socket) = &old else { unreachable!() };
        assert!(socket.accept().is_ok(), "what has connected before is served");
        drop(old);
        assert!(UnixStream::connect(&path).is_ok());
        new.hand_over();
        new.hold_back();
        drop(new);
        assert!(path.exists(), "it is the file of another process");
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn the_file_of_a_successor_is_kept() {
        let path = path("successor");
        let old = bind(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let new = bind(&path).unwrap();
        drop(old);
        assert!(UnixStream::connect(&path).is_ok());
        drop(new);
        assert!(!path.exists());
    }

    #[test]
    fn used_paths_are_refused_and_stale_ones_replaced() {
        let path = path("in-use");
        let listening = UnixListener::bind(&path).unwrap();
        let refused = bind(&path).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
        assert!(refused.to_string().contains("another server listens"), "{refused}");
        drop(listening);
        drop(bind(&path).unwrap());
        // A datagram socket, to which a stream socket cannot connect.
        let datagrams = UnixDatagram::bind(&path).unwrap();
        assert!(bind(&path).is_err() && path.exists());
        drop(datagrams);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "precious").unwrap();
        let refused = bind(&path).unwrap_err();
        assert!(refused.to_string().contains("no socket"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        std::fs::remove_file(&path).unwrap();
    }
}
