//! The server that is measured.

use std::fs;
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tremolo::Config;
use tremolo::config::{MemoryState, memory_bound};
use tremolo_tests::{Program, TIMEOUT, python};

use crate::peer::Peer;

/// A server, and what it had allocated before the peers came.
pub(crate) struct Server {
    program: Program,
    folder: TempDir,
    /// Its configuration, for the bound.
    pub(crate) config: Config,
    before: u64,
}

impl Server {
    /// Starts one with limits that keep the memory of the whole test small, and these options.
    pub(crate) fn start(options: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("big"), vec![b'x'; 16 << 20]).unwrap();
        fs::write(folder.path().join("short"), vec![b'x'; 64 << 10]).unwrap();
        let mut environment = vec![
            ("TREMOLO_CLIENT_MAX_BODY_SIZE", "256KiB"),
            ("TREMOLO_WS_MAX_PAYLOAD_SIZE", "256KiB"),
            // No connection ends before it is measured.
            ("TREMOLO_REQUEST_TIMEOUT", "1h"),
            ("TREMOLO_KEEPALIVE_TIMEOUT", "1h"),
            ("TREMOLO_WRITE_TIMEOUT", "1h"),
            ("TREMOLO_APP_HANDLER_TIMEOUT", "1h"),
            ("TREMOLO_TLS_HANDSHAKE_TIMEOUT", "1h"),
        ];
        environment.extend(options);
        let program = Program::launch_example_in(
            env!("CARGO_BIN_EXE_memory"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/memory/program.py"),
            &[folder.path().as_os_str()],
            &environment,
        );
        let config = Config {
            client_max_body_size: 256 << 10,
            ws_max_payload_size: 256 << 10,
            ..Config::default()
        };
        let mut server = Self { program, folder, config, before: 0 };
        if options.iter().all(|(name, _)| *name != "TREMOLO_TLS_CERT") {
            // What a worker allocates once.
            Peer::connect(&server).ask("/hello");
        }
        server.before = server.allocated();
        server
    }

    /// Its address, as `host:port`.
    pub(crate) fn address(&self) -> &str {
        let address = self.program.address();
        address.split_once("://").map_or(address, |(_, address)| address)
    }

    /// Lets its address space grow by so many bytes from now on: an allocation beyond fails, and with
    /// it the process.
    pub(crate) fn limit_growth(&self, bytes: u64) {
        let limit = self.status("VmSize:") + bytes;
        let process = self.program.id().to_string();
        let limit = format!("--as={limit}");
        let limited = Command::new("prlimit").args(["--pid", &process, &limit]).status().unwrap();
        assert!(limited.success());
    }

    /// A number of bytes in the status of the process.
    fn status(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        value.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
    }

    /// Bytes that it has allocated; of Python, those of its resident memory.
    fn allocated(&self) -> u64 {
        if python().is_some() {
            return self.status("VmRSS:");
        }
        let mut counter = UnixStream::connect(self.folder.path().join("counter")).unwrap();
        let mut text = String::new();
        counter.read_to_string(&mut text).unwrap();
        text.parse().unwrap()
    }

    /// Bytes of each of so many connections.
    fn of_each(&self, connections: usize) -> u64 {
        self.allocated().saturating_sub(self.before) / connections as u64
    }

    /// Makes connections, waits until each of them takes at least so many bytes, and asserts that
    /// none takes more than the bound of this state.
    #[track_caller]
    pub(crate) fn holds(&self, least: usize, state: MemoryState, peer: impl Fn(&Self) -> Peer) {
        self.holds_in_all(least, memory_bound(&self.config, state), peer);
    }

    /// The same with a bound that was computed.
    #[track_caller]
    pub(crate) fn holds_in_all(&self, least: usize, bound: u64, peer: impl Fn(&Self) -> Peer) {
        let peers: Vec<_> = (0..CONNECTIONS).map(|_| peer(self)).collect();
        let (began, mut most) = (Instant::now(), 0);
        let mut rounds_left = ROUNDS;
        // What has arrived and was not read yet may add to it.
        while rounds_left > 0 {
            let each = self.of_each(peers.len());
            most = most.max(each);
            if most >= least as u64 {
                rounds_left -= 1;
            }
            assert!(began.elapsed() < TIMEOUT * 6, "{most} bytes for each connection, not {least}");
            thread::park_timeout(Duration::from_millis(2));
        }
        assert!(most <= bound, "{most} bytes for each connection, more than {bound}");
    }
}

const CONNECTIONS: usize = 100;

/// How often the memory is compared.
const ROUNDS: usize = 50;
