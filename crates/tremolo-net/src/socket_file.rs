//! The file of a Unix socket. It outlives the socket unless it is removed, and by then another
//! server may have bound the same path: only the file that this process made is removed.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

/// The file of a Unix socket that this process has bound. Dropping it removes the file, unless
/// another one is at its path by then; a process that was forked later removes nothing.
///
/// It is to be dropped before the listening socket is closed: as long as that is open, the system
/// gives the number of the file to no other one.
#[derive(Debug)]
pub struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
    process: u32,
}

impl SocketFile {
    /// The file at this path, which a socket of this process was bound to just now.
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        Ok(Self {
            path: std::path::absolute(path)?,
            device: metadata.dev(),
            inode: metadata.ino(),
            process: std::process::id(),
        })
    }

    fn is_in_place(&self) -> bool {
        let found = self.path.symlink_metadata();
        found.is_ok_and(|found| found.dev() == self.device && found.ino() == self.inode)
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.process == std::process::id() && self.is_in_place() {
            // A file that cannot be removed is replaced by the next server.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes a path free to be bound: removes the file of a socket that no server listens on any more.
///
/// # Errors
///
/// `AddrInUse` if a server listens there, or if the file is no socket.
pub(crate) fn make_room(path: &Path) -> io::Result<()> {
    let Ok(metadata) = path.symlink_metadata() else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(in_use("there is a file that is no socket"));
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // The queue of a server that is busy may be full: that must not be waited for.
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
    fn the_file_goes_with_the_last_socket_of_the_server_that_made_it() {
        let path = path("last");
        let first = bind(&path).unwrap();
        let second = first.try_clone().unwrap();
        drop(first);
        assert!(UnixStream::connect(&path).is_ok());
        drop(second);
        assert!(!path.exists());
    }

    #[test]
    fn the_file_of_a_successor_stays() {
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
    fn what_is_in_use_is_refused_with_the_reason_and_what_is_stale_is_replaced() {
        let path = path("in-use");
        let listening = UnixListener::bind(&path).unwrap();
        let refused = bind(&path).unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::AddrInUse);
        assert!(refused.to_string().contains("another server listens"), "{refused}");
        drop(listening);
        drop(bind(&path).unwrap());
        // A socket of another kind, which cannot be connected to as a stream.
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
