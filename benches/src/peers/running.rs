//! A running peer: started on its processor, checked and warmed up, ended when dropped.
//!
//! It is asked for `/hello`, sixteen times in one write, and for what the scenario will ask for:
//! a wrong answer is found before any load.

use std::io::{self, BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use tremolo_benches::client::Client;
use tremolo_benches::{DEPTH_VARIABLE, FILE_VARIABLE, ROUTES_VARIABLE};

use super::Peer;
use crate::failed;
use crate::requests::{ROUTES, Shape};
use crate::scenarios::{Load, Scenario};

const READY_WITHIN: Duration = Duration::from_secs(20);
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const PIPELINED: usize = 16;
const WARM_UP: usize = 2_000;

/// What a peer finds where it starts.
pub(crate) struct Setting<'a> {
    /// The processor it has.
    pub(crate) cpu: usize,
    /// What it answers `/file` with.
    pub(crate) file: &'a Path,
}

/// A peer that runs; dropping it ends its process.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Peer {
    /// Starts the peer and waits until it answers as it should.
    pub(crate) fn start(&self, scenario: &Scenario, setting: &Setting<'_>) -> io::Result<Running> {
        // The port is free now; a peer that cannot have it a moment later says so and ends.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let routes = if scenario.load.wants_routes() { ROUTES } else { 0 };
        let depth = scenario.load.depth();
        let mut child = Command::new("taskset")
            .args(["-c", &setting.cpu.to_string(), "setpriv", "--pdeathsig", "KILL"])
            .arg(&self.program)
            .args(self.arguments(&address.to_string()))
            .env(FILE_VARIABLE, setting.file)
            .env(ROUTES_VARIABLE, routes.to_string())
            .env(DEPTH_VARIABLE, depth.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take();
        let running = Running { child, address };
        if !stdout.is_some_and(line_within) {
            return Err(failed(format!("{} did not get ready: {:?}", self.name, self.program)));
        }
        running
            .check(scenario)
            .map_err(|error| failed(format!("{} answers wrongly: {error}", self.name)))?;
        Ok(running)
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Checks the answers, pipelined first, and warms the peer up on the way.
    fn check(&self, scenario: &Scenario) -> io::Result<()> {
        let mut client = Client::connect(self.address, ANSWER_WITHIN)?;
        self.ask(&mut client, Shape::Plain("/hello"), PIPELINED)?;
        let shape = match scenario.load {
            Load::Requests { shape, .. } => shape,
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

/// Sends `depth` requests at once and reads as many answers.
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

/// Whether a line comes in time; what follows it is read and dropped, so that nobody blocks.
fn line_within(stdout: impl Read + Send + 'static) -> bool {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        let came = stdout.read_line(&mut line).is_ok_and(|len| len > 0);
        // The receiver has gone when the line was late, and then nobody asks.
        let _ = sender.send(came);
        let _ = io::copy(&mut stdout, &mut io::sink());
    });
    receiver.recv_timeout(READY_WITHIN).unwrap_or(false)
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when the process has ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
