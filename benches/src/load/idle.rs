//! Memory per idle connection: each connection had one response and now waits.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tremolo_benches::client::Client;
use tremolo_benches::usage::settled_rss;

use crate::requests::Shape;

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
