//! The process of a peer: started on its processor, checked, warmed up, and ended when dropped.
//!
//! It is checked with sixteen pipelined requests for `/hello`, and with the requests of the
//! scenario: a wrong response is found before the load starts.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tremolo_benches::client::Client;
use tremolo_benches::tls;
use tremolo_benches::websocket::check;
use tremolo_benches::{CONNECTIONS_VARIABLE, DEPTH_VARIABLE, FILE_VARIABLE, ROUTES_VARIABLE};

use super::Peer;
use crate::failure::failed;
use crate::requests::{ROUTES, Shape};
use crate::scenarios::{Load, Messages, Scenario, Soak};

const READY_TIMEOUT: Duration = Duration::from_secs(20);
const IO_TIMEOUT: Duration = Duration::from_secs(5);
const PIPELINED: usize = 16;
const WARM_UP: usize = 2_000;
const HANDSHAKES: usize = 200;

/// The environment of a peer.
pub(crate) struct PeerSettings<'a> {
    /// Its processor.
    pub(crate) cpu: usize,
    /// The processor of the load.
    pub(crate) load_cpu: usize,
    /// The file for `/file`.
    pub(crate) file: &'a Path,
}

/// A running peer; dropping it ends its process.
pub(crate) struct PeerProcess {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Peer {
    /// Starts the peer and waits until its responses are correct.
    pub(crate) fn start(
        &self,
        scenario: &Scenario,
        settings: &PeerSettings<'_>,
    ) -> io::Result<PeerProcess> {
        // The port is free now. A peer that cannot bind it later reports that and ends.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let routes = if scenario.load.wants_routes() { ROUTES } else { 0 };
        let (depth, crowd) = (scenario.load.depth(), scenario.load.crowd());
        let cpus = match scenario.load {
            Load::Shared { .. } => format!("{},{}", settings.cpu, settings.load_cpu),
            _ => settings.cpu.to_string(),
        };
        let mut child = Command::new("taskset")
            .args(["-c", &cpus, "setpriv", "--pdeathsig", "KILL"])
            .arg(&self.program)
            .args(self.arguments(&address.to_string()))
            .env(FILE_VARIABLE, settings.file)
            .env(ROUTES_VARIABLE, routes.to_string())
            .env(DEPTH_VARIABLE, depth.to_string())
            .env(CONNECTIONS_VARIABLE, crowd.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take();
        let process = PeerProcess { child, address };
        if !stdout.is_some_and(line_within) {
            return Err(failed(format!("{} did not get ready: {:?}", self.name, self.program)));
        }
        process
            .check(scenario)
            .map_err(|error| failed(format!("{} answers wrongly: {error}", self.name)))?;
        Ok(process)
    }
}

impl PeerProcess {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Checks the responses, pipelined first; this also warms up the peer.
    fn check(&self, scenario: &Scenario) -> io::Result<()> {
        if matches!(scenario.load, Load::Encrypted { .. } | Load::Handshakes) {
            let client = tls::Client::new(self.address, IO_TIMEOUT)?;
            (0..HANDSHAKES).try_for_each(|_| client.ask(1))?;
            return client.ask(WARM_UP);
        }
        let mut client = Client::connect(self.address, IO_TIMEOUT)?;
        self.ask(&mut client, Shape::Plain("/hello"), PIPELINED)?;
        let shape = match scenario.load {
            Load::Requests { shape, .. } => shape,
            Load::Messages(messages) if messages.mode == "echo" => {
                return check::echo(self.address, messages.bytes, messages.deflates);
            }
            Load::Messages(Messages { bytes, .. }) | Load::Soak(Soak { bytes, .. }) => {
                return check::room(self.address, bytes);
            }
            _ => Shape::Plain("/hello"),
        };
        let request = &shape.requests(self.address, 1)[0];
        for _ in 0..WARM_UP {
            exchange(&mut client, request, shape, 1)?;
        }
        Ok(())
    }

    fn ask(&self, client: &mut Client, shape: Shape, depth: usize) -> io::Result<()> {
        exchange(client, &shape.requests(self.address, depth)[0], shape, depth)
    }
}

/// Sends `depth` requests at once and reads as many responses.
fn exchange(client: &mut Client, requests: &str, shape: Shape, depth: usize) -> io::Result<()> {
    client.send(requests.as_bytes())?;
    for _ in 0..depth {
        let body = client.text()?;
        if !shape.is_answered_by(&body) {
            return Err(failed(format!("{body:?} is not what was asked for")));
        }
    }
    Ok(())
}

/// Whether a line arrives before the timeout. Later output is read and dropped, so that the peer
/// never blocks on it.
fn line_within(stdout: impl Read + Send + 'static) -> bool {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let came = stdout.read_line(&mut line).is_ok_and(|len| len > 0);
        // After the timeout the receiver is dropped, and the result is not needed.
        let _ = sender.send(came);
        let _ = io::copy(&mut stdout, &mut io::sink());
    });
    receiver.recv_timeout(READY_TIMEOUT).unwrap_or(false)
}

impl Drop for PeerProcess {
    fn drop(&mut self) {
        // Fails only if the process has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
