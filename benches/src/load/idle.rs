//! Memory per idle connection: each connection had one response and now waits.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use tremolo_benches::client::Client;

use crate::requests::Shape;
use tremolo_benches::usage::rss;

const IO_TIMEOUT: Duration = Duration::from_secs(5);
/// The pause between two readings of the size; two equal readings count as stable.
const SETTLING: Duration = Duration::from_millis(200);
const READINGS: usize = 25;

/// Opens connections; returns the bytes that the server holds per connection.
pub(super) fn hold(address: SocketAddr, connections: usize, pids: &[u32]) -> io::Result<f64> {
    let before = settled(pids)?;
    let request = Shape::Plain("/hello").requests(address, 1).concat();
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut client = Client::connect(address, IO_TIMEOUT)?;
        client.send(request.as_bytes())?;
        client.text()?;
        held.push(client.into_stream());
    }
    let after = settled(pids)?;
    Ok((after as f64 - before as f64) / connections as f64)
}

/// The resident size once it is stable.
fn settled(pids: &[u32]) -> io::Result<u64> {
    let mut last = rss(pids)?;
    for _ in 0..READINGS {
        thread::sleep(SETTLING);
        let now = rss(pids)?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(last)
}
