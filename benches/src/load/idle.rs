//! Connections that had one answer and now wait: what each of them holds.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use tremolo_benches::client::Client;

use crate::requests::Shape;
use crate::usage::rss;

const PATIENCE: Duration = Duration::from_secs(5);
/// Between two readings of the size; twice the same is settled.
const SETTLING: Duration = Duration::from_millis(200);
const READINGS: usize = 25;

/// Opens connections and returns how many bytes the server holds for each.
pub(super) fn hold(address: SocketAddr, connections: usize, pids: &[u32]) -> io::Result<f64> {
    let before = settled(pids)?;
    let request = Shape::Plain("/hello").requests(address, 1).concat();
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut client = Client::connect(address, PATIENCE)?;
        client.send(request.as_bytes())?;
        client.text()?;
        held.push(client.into_stream());
    }
    let after = settled(pids)?;
    Ok((after as f64 - before as f64) / connections as f64)
}

/// The resident size when it does not change any more.
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
