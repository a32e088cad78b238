//! The peers by name, and a running one: started on its processor, checked, ended when dropped.
//!
//! A peer is a command that takes an address, prints one line when it listens and answers
//! `GET /hello`; whether it does is checked before any load, with sixteen pipelined requests.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use memchr::memmem;
use tremolo_benches::BODY;

const READY_WITHIN: Duration = Duration::from_secs(10);
const ANSWER_WITHIN: Duration = Duration::from_secs(2);
const DEPTH: usize = 16;
const WARM_UP: usize = 2_000;

/// Name, binary, words after the address. Binaries with a slash are relative to the repository.
const KNOWN: &[(&str, &str, &[&str])] = &[
    ("null", "peer_null", &[]),
    ("hyper", "peer_hyper", &["pipeline-flush"]),
    ("hyper-plain", "peer_hyper", &[]),
    ("hyper-timer", "peer_hyper", &["pipeline-flush", "timer"]),
    ("axum", "peer_axum", &[]),
    ("may", "peer_may_minihttp", &[]),
    ("bare", "peer_tokio_bare", &["spawn"]),
    ("bare-local", "peer_tokio_bare", &["local-runtime"]),
    ("bare-set", "peer_tokio_bare", &["local-set"]),
    ("ours", "target/release/examples/hello", &[]),
];

/// A server to measure: its name and the command that the address is put into.
pub(crate) struct Peer {
    pub(crate) name: String,
    program: PathBuf,
    /// What follows the program.
    words: Vec<String>,
}

impl Peer {
    /// The peer of that name; the binaries of this crate are looked for beside the runner.
    pub(crate) fn known(name: &str) -> io::Result<Self> {
        let Some((_, program, words)) = KNOWN.iter().find(|(known, ..)| *known == name) else {
            let names: Vec<_> = KNOWN.iter().map(|(known, ..)| *known).collect();
            return Err(failed(format!("no peer {name:?}; there are {}", names.join(", "))));
        };
        let program = if program.contains('/') {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(program)
        } else {
            std::env::current_exe()?.with_file_name(program)
        };
        let words = words.iter().map(|&word| word.to_owned()).collect();
        Ok(Self { name: name.to_owned(), program, words })
    }

    /// Reads `NAME=PROGRAM WORD…`, split at blanks; the address goes where `{address}` stands, or
    /// after the program.
    pub(crate) fn custom(text: &str) -> io::Result<Self> {
        let (name, command) =
            text.split_once('=').ok_or_else(|| failed(format!("{text:?} is no NAME=COMMAND")))?;
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or_else(|| failed(format!("{name:?} has no command")))?;
        Ok(Self { name: name.to_owned(), program: program.into(), words: words.collect() })
    }

    /// Starts the peer on processor `cpu` and waits until it answers as it should.
    pub(crate) fn start(&self, cpu: usize) -> io::Result<Running> {
        // The port is free now; a peer that cannot have it a moment later says so and ends.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut words: Vec<_> =
            self.words.iter().map(|word| word.replace(PLACE, &address.to_string())).collect();
        if words == self.words {
            words.insert(0, address.to_string());
        }
        let mut child = Command::new("taskset")
            .args(["-c", &cpu.to_string(), "setpriv", "--pdeathsig", "KILL"])
            .arg(&self.program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take();
        let running = Running { child, address };
        if !stdout.is_some_and(line_within) {
            return Err(failed(format!("{} did not get ready: {:?}", self.name, self.program)));
        }
        running
            .check()
            .map_err(|error| failed(format!("{} answers wrongly: {error}", self.name)))?;
        Ok(running)
    }
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

/// A peer that runs; dropping it ends its process.
pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Checks the answers, pipelined first, and warms the peer up on the way.
    fn check(&self) -> io::Result<()> {
        let request = format!("GET /hello HTTP/1.1\r\nHost: {}\r\n\r\n", self.address);
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        exchange(&mut stream, &request, DEPTH)?;
        for _ in 0..WARM_UP {
            exchange(&mut stream, &request, 1)?;
        }
        Ok(())
    }
}

/// Sends `count` requests at once and reads as many answers.
fn exchange(stream: &mut TcpStream, request: &str, count: usize) -> io::Result<()> {
    stream.write_all(request.repeat(count).as_bytes())?;
    let mut input = Vec::new();
    let mut room = [0; 16 * 1024];
    while ANSWER_ENDS.iter().all(|end| memmem::find_iter(&input, end).count() < count) {
        let read = stream.read(&mut room)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        input.extend_from_slice(&room[..read]);
    }
    let good = memmem::find_iter(&input, "HTTP/1.1 200").count() == count
        && memmem::find_iter(&input, BODY).count() >= count
        && ANSWER_ENDS.iter().any(|end| input.ends_with(end.as_bytes()));
    if good { Ok(()) } else { Err(failed("not the answers asked for".to_owned())) }
}

/// A whole body, or the last chunk.
const ANSWER_ENDS: [&str; 2] = ["\r\n\r\nHello World!", "\r\n0\r\n\r\n"];

/// Where the address goes in the words of a command.
const PLACE: &str = "{address}";

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only when the process has ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An error with a text for whoever runs the measurement.
pub(crate) fn failed(text: String) -> io::Error {
    io::Error::other(text)
}
