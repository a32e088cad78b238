//! A Redis of the system, which can be stopped and started again.

use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::wait_until;

/// A running `redis-server`, which stores nothing. Dropping this kills it.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl RedisServer {
    /// Starts Redis and waits until it listens.
    ///
    /// # Panics
    ///
    /// If it does not listen in time.
    #[must_use]
    pub fn launch() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        // It does not support port 0. No other test uses this address, so a free port stays free.
        let port = TcpListener::bind((HOST, 0)).and_then(|listener| listener.local_addr());
        let port = port.expect("a port is free").port();
        let child = start(&folder, port);
        let mut redis = Self { child, port, folder };
        redis.wait_until_it_listens();
        redis
    }

    /// Its address, as `redis://user:password@host:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://me:p%40ss@{HOST}:{}", self.port)
    }

    /// The address of its Unix socket, as `unix:///path`: no login is needed.
    #[must_use]
    pub fn unix_url(&self) -> String {
        format!("unix://{}/socket", self.folder.path().display())
    }

    /// Kills it, and starts it again with the same address.
    ///
    /// # Panics
    ///
    /// If it does not listen in time.
    pub fn restart(&mut self) {
        self.kill();
        self.child = start(&self.folder, self.port);
        self.wait_until_it_listens();
    }

    fn wait_until_it_listens(&mut self) {
        let socket = self.folder.path().join("socket");
        wait_until("Redis listens", || {
            let end = self.child.try_wait().expect("it is our child");
            assert!(end.is_none(), "Redis ends: {end:?}");
            UnixStream::connect(&socket).is_ok()
        });
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

fn start(folder: &TempDir, port: u16) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--bind", HOST, "--port", &port.to_string(), "--unixsocket", "socket"]);
    command.args(["--save", "", "--appendonly", "no", "--daemonize", "no"]);
    command.args(["--user", "me", "on", ">p@ss", "&*", "+@all"]);
    command.arg("--dir").arg(folder.path()).current_dir(folder.path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("redis-server is installed")
}

const HOST: &str = "127.0.0.3";
