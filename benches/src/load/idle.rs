//! The loads of idle connections: each had one response and now waits.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tremolo_benches::client::Client;
use tremolo_benches::usage::settled_rss;

use super::command::Line;
use super::messages::joined;
use super::{GRACE, Loader};
use crate::peers::PeerProcess;
use crate::requests::Shape;
use crate::sample::{Measure, Sample};

const IO_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens connections; returns the bytes that the server holds per connection.
pub(super) fn hold(address: SocketAddr, connections: usize, pids: &[u32]) -> io::Result<f64> {
    let before = settled_rss(pids)?;
    let request = Shape::Plain("/hello").requests(address, 1).concat();
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut client = Client::connect(address, IO_TIMEOUT)?;
        client.send(request.as_bytes())?;
        client.text()?;
        held.push(client.into_stream());
    }
    let after = settled_rss(pids)?;
    Ok((after as f64 - before as f64) / connections as f64)
}

impl Loader {
    /// Measures requests without and beside so many idle connections.
    pub(super) fn crowd(
        &self,
        server: &PeerProcess,
        connections: usize,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let words = ["crowd", &connections.to_string(), &joined(pids)];
        let timeout = Duration::from_secs(2 * self.seconds) + 2 * GRACE;
        let line = Line::of(self.loader(server, self.seconds, &words)?, timeout)?;
        let ratio = |name: &str| {
            let alone = line.figure(&format!("alone_{name}"))?;
            Ok::<_, io::Error>(line.figure(name)? / alone)
        };
        Sample::with_errors(line.errors())
            .with(Measure::Clients, line.figure("amount")?)
            .with(Measure::Memory, line.figure("bytes")?)
            .with(Measure::P50, line.figure("p50_us")? / 1e6)
            .with(Measure::P99, line.figure("p99_us")? / 1e6)
            .with(Measure::SlowerP50, ratio("p50_us")?)
            .with(Measure::SlowerP99, ratio("p99_us")?)
            .with_rss(pids)
    }
}
