//! The load generator for transfers: `loader ADDRESS SECONDS MODE WORD…`. It makes one transfer
//! after the other until the time is over, each on its own connection, and checks each to its end.
//!
//! | mode | words | |
//! | --- | --- | --- |
//! | `download` | path, bytes | reads and drops a body of this size |
//! | `upload` | `length`, `chunked` or `multipart` | writes a GiB and reads the count back |
//! | `stall` | path | reads a MiB, then nothing for this many seconds |
//! | `handshakes` | | makes full TLS handshakes, each with one request |
//! | `beside` | what keeps the server busy | requests `/hello` beside it |
//! | `busy` | connections, process ids | requests `/hello` on connections that stay open |
//! | `short` | `client` or `server`, which closes, connections, process ids | the same, on connections of ten requests each |
//! | `crowd` | connections, process ids | requests `/hello` without and beside idle connections |
//! | `echo`, `broadcast` | connections, bytes, depth, `plain` or `deflate`, process ids | sends messages on WebSockets |
//! | `soak` | sockets, slow ones, bytes, process ids | sends a message each second to sockets and event streams |
//!
//! It prints one line of JSON in the format of `wrk.lua`: amount, duration and number of failures; for
//! messages also the processor time of the server, without that of the handshakes.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::str::FromStr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tremolo_benches::TRANSFER;
use tremolo_benches::beside::{self, Busy, percentile};
use tremolo_benches::client::Client;
use tremolo_benches::crowd::Crowd;
use tremolo_benches::exchanges::{self, Closer};
use tremolo_benches::tls;
use tremolo_benches::usage::Usage;
use tremolo_benches::websocket::load::{Load, Measured};
use tremolo_benches::websocket::soak::Soak;

/// For every read and write: a working server responds faster.
const IO_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes per write of an upload with a `Content-Length`.
const PIECE: usize = 64 << 10;
/// Bytes per chunk; one write has four chunks.
const CHUNK: usize = 16 << 10;

const BOUNDARY: &str = "----------------------------tremolo-benches";

/// The kind of transfer.
enum Mode {
    Download { path: String, bytes: u64 },
    Upload { path: &'static str, framing: String, before: String, piece: Vec<u8>, after: String },
}

fn main() -> io::Result<()> {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let [address, seconds, rest @ ..] = &words[..] else { return Err(usage()) };
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let time = Duration::from_secs(seconds.parse().map_err(io::Error::other)?);
    let start = Instant::now();
    let outcome = match rest {
        ["stall", path] => stall(address, path, time).map(Report::of),
        ["handshakes"] => tls::Client::new(address, IO_TIMEOUT)
            .and_then(|client| client.handshakes(time))
            .map(Report::of),
        ["beside", busy] => {
            let busy = Busy::named(busy).ok_or_else(usage)?;
            beside::measure(address, busy, time)
                .map(|taken| Report { latencies: taken.clone(), ..Report::of(taken.len() as u64) })
        }
        ["busy", words @ ..] => busy(address, time, words)?.measure().map(Report::from),
        ["short", closer, words @ ..] => {
            let closer = Closer::named(closer).ok_or_else(usage)?;
            let load = exchanges::Load { closer, ..busy(address, time, words)? };
            load.measure().map(Report::from)
        }
        ["crowd", words @ ..] => return crowd(address, time, words),
        ["echo", words @ ..] => messages(address, time, words)?.echo().map(Report::from),
        ["broadcast", words @ ..] => messages(address, time, words)?.broadcast().map(Report::from),
        ["soak", words @ ..] => return soak(address, time, words),
        words => transfer_for(address, &Mode::read(words)?, time).map(Report::of),
    };
    let (report, errors) = match outcome {
        Ok(report) => (report, 0),
        Err(error) => {
            // The report only counts errors; this line shows the cause.
            use io::Write;
            writeln!(io::stderr(), "{}: {error}", rest.join(" "))?;
            (Report::of(0), 1)
        }
    };
    let time = report.time.unwrap_or_else(|| start.elapsed());
    let mut line = json!({
        "amount": report.amount,
        "duration_us": time.as_micros() as u64,
        "errors": errors,
    });
    if !report.latencies.is_empty() {
        line["p50_us"] = json!(percentile(&report.latencies, 50).as_micros() as u64);
        line["p99_us"] = json!(percentile(&report.latencies, 99).as_micros() as u64);
    }
    if let Some(server) = report.server {
        line["server_ns"] = json!(server.nanos);
    }
    io::Write::write_all(&mut io::stdout(), format!("{line}\n").as_bytes())
}

/// The result of a mode.
#[derive(Default)]
struct Report {
    amount: u64,
    /// Without the preparation; `None`: that of the whole program.
    time: Option<Duration>,
    /// The use of the server in that time.
    server: Option<Usage>,
    latencies: Vec<Duration>,
}

impl Report {
    fn of(amount: u64) -> Self {
        Self { amount, ..Self::default() }
    }
}

impl From<Measured> for Report {
    fn from(measured: Measured) -> Self {
        Self {
            amount: measured.messages,
            time: Some(measured.time),
            server: Some(measured.server),
            latencies: measured.latencies,
        }
    }
}

impl From<exchanges::Measured> for Report {
    fn from(measured: exchanges::Measured) -> Self {
        Self {
            amount: measured.latencies.len() as u64,
            time: Some(measured.time),
            server: Some(measured.server),
            latencies: measured.latencies,
        }
    }
}

/// Runs a soak of one message in each second, and prints its result.
fn soak(address: SocketAddr, time: Duration, words: &[&str]) -> io::Result<()> {
    let [each, slow, bytes, pids] = words else { return Err(usage()) };
    let (pids, rounds) = (numbers(pids)?, time.as_secs() as usize);
    let [each, slow, bytes] = [number(each)?, number(slow)?, number(bytes)?];
    let soaked = Soak { address, pids, each, slow, bytes, rounds }.run()?;
    let line = json!({
        "amount": soaked.clients,
        "duration_us": time.as_micros() as u64,
        "errors": soaked.missed,
        "p50_us": percentile(&soaked.latencies, 50).as_micros() as u64,
        "p99_us": percentile(&soaked.latencies, 99).as_micros() as u64,
        "idle_bytes": soaked.idle,
        "after_bytes": soaked.after,
        "closed": soaked.closed,
    });
    io::Write::write_all(&mut io::stdout(), format!("{line}\n").as_bytes())
}

/// Measures requests without and beside idle connections, and prints the result.
fn crowd(address: SocketAddr, time: Duration, words: &[&str]) -> io::Result<()> {
    let [connections, pids] = words else { return Err(usage()) };
    let (pids, connections) = (numbers(pids)?, number(connections)?);
    let crowded = Crowd { address, pids, connections, time }.run()?;
    let micros = |taken: &[Duration], at| percentile(taken, at).as_nanos() as f64 / 1e3;
    let line = json!({
        "amount": crowded.connections,
        "errors": crowded.closed,
        "bytes": crowded.bytes,
        "alone_p50_us": micros(&crowded.alone, 50),
        "alone_p99_us": micros(&crowded.alone, 99),
        "p50_us": micros(&crowded.beside, 50),
        "p99_us": micros(&crowded.beside, 99),
    });
    io::Write::write_all(&mut io::stdout(), format!("{line}\n").as_bytes())
}

fn number<T: FromStr<Err: Error + Send + Sync + 'static>>(word: &str) -> io::Result<T> {
    word.parse().map_err(io::Error::other)
}

/// Numbers with commas between them.
fn numbers(words: &str) -> io::Result<Vec<u32>> {
    words.split(',').map(number).collect()
}

/// Parses the words of a load of requests.
fn busy(address: SocketAddr, time: Duration, words: &[&str]) -> io::Result<exchanges::Load> {
    let [connections, pids] = words else { return Err(usage()) };
    let (pids, connections) = (numbers(pids)?, number(connections)?);
    Ok(exchanges::Load { address, pids, time, connections, closer: Closer::Nobody })
}

/// Parses the words of a load of messages.
fn messages(address: SocketAddr, time: Duration, words: &[&str]) -> io::Result<Load> {
    let [connections, bytes, depth, coding, pids] = words else { return Err(usage()) };
    Ok(Load {
        address,
        pids: numbers(pids)?,
        time,
        connections: number(connections)?,
        bytes: number(bytes)?,
        depth: number(depth)?,
        deflates: *coding == "deflate",
    })
}

fn usage() -> io::Error {
    io::Error::other(
        "loader ADDRESS SECONDS \
         download|upload|stall|beside|busy|short|crowd|echo|broadcast|soak WORD…",
    )
}

/// Repeats the transfer until the time is over, at least once. Returns the bytes of all bodies.
fn transfer_for(address: SocketAddr, mode: &Mode, time: Duration) -> io::Result<u64> {
    let end = Instant::now() + time;
    let mut amount = 0;
    loop {
        amount += mode.transfer(address)?;
        if Instant::now() >= end {
            return Ok(amount);
        }
    }
}

/// Reads the beginning of a body, then stops reading.
fn stall(address: SocketAddr, path: &str, time: Duration) -> io::Result<u64> {
    let mut client = Client::connect(address, IO_TIMEOUT)?;
    client.send(get(path).as_bytes())?;
    let mut amount = 0;
    while amount < 1 << 20 {
        match client.read()? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => amount += read as u64,
        }
        client.forget();
    }
    thread::sleep(time);
    Ok(amount)
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

impl Mode {
    fn read(words: &[&str]) -> io::Result<Self> {
        match *words {
            ["download", path, bytes] => {
                let bytes = bytes.parse().map_err(io::Error::other)?;
                Ok(Self::Download { path: path.to_owned(), bytes })
            }
            ["upload", "length"] => Ok(Self::Upload {
                path: "/upload",
                framing: format!("Content-Length: {TRANSFER}\r\n"),
                before: String::new(),
                piece: noise(PIECE),
                after: String::new(),
            }),
            ["upload", "chunked"] => Ok(Self::Upload {
                path: "/upload",
                framing: "Transfer-Encoding: chunked\r\n".to_owned(),
                before: String::new(),
                piece: chunks(),
                after: "0\r\n\r\n".to_owned(),
            }),
            ["upload", "multipart"] => Ok(Self::multipart()),
            _ => Err(usage()),
        }
    }

    fn multipart() -> Self {
        let before = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"noise\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let after = format!("\r\n--{BOUNDARY}--\r\n");
        let length = before.len() as u64 + TRANSFER + after.len() as u64;
        let framing = format!(
            "Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n"
        );
        Self::Upload { path: "/multipart", framing, before, piece: noise(PIECE), after }
    }

    /// Makes one transfer and checks it; returns the bytes of its body.
    fn transfer(&self, address: SocketAddr) -> io::Result<u64> {
        let mut client = Client::connect(address, IO_TIMEOUT)?;
        match self {
            Self::Download { path, bytes } => {
                client.send(get(path).as_bytes())?;
                let mut size = 0;
                client.answer(|piece| size += piece.len() as u64)?;
                counted(size, *bytes)
            }
            Self::Upload { path, framing, before, piece, after } => {
                let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n");
                client.send((head + before).as_bytes())?;
                for _ in 0..TRANSFER / PIECE as u64 {
                    client.send(piece)?;
                }
                client.send(after.as_bytes())?;
                let size = client.text()?.trim().parse().map_err(io::Error::other)?;
                counted(size, TRANSFER)
            }
        }
    }
}

fn counted(size: u64, expected: u64) -> io::Result<u64> {
    if size == expected { Ok(size) } else { Err(io::Error::other(format!("{size} bytes"))) }
}

/// One piece of an upload, as chunks.
fn chunks() -> Vec<u8> {
    let mut framed = Vec::new();
    for chunk in noise(PIECE).chunks(CHUNK) {
        framed.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        framed.extend_from_slice(chunk);
        framed.extend_from_slice(b"\r\n");
    }
    framed
}

/// Incompressible bytes: all values are equally frequent. Always the same sequence (xorshift).
fn noise(len: usize) -> Vec<u8> {
    let mut state: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_hold_a_piece() {
        let size_lines = PIECE / CHUNK * "4000\r\n\r\n".len();
        assert_eq!(chunks().len(), PIECE + size_lines);
        assert!(chunks().starts_with(b"4000\r\n"));
        assert_eq!(TRANSFER % PIECE as u64, 0);
    }

    #[test]
    fn unknown_modes_are_refused() {
        assert!(Mode::read(&["upload", "twice"]).is_err());
        assert!(Mode::read(&["download", "/file", "all"]).is_err());
        assert!(matches!(
            Mode::read(&["download", "/file", "9"]),
            Ok(Mode::Download { bytes: 9, .. })
        ));
    }
}
