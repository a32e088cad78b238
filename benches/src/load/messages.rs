//! The loads of messages: echoes and broadcasts on WebSockets, and rooms of many clients.

use std::io;
use std::time::Duration;

use super::Loader;
use super::command::Line;
use crate::peers::PeerProcess;
use crate::sample::{Measure, Sample};
use crate::scenarios::{Messages, Soak, Unit};

impl Loader {
    /// Sends messages; the cost is that of one message from the server.
    pub(super) fn messages(
        &self,
        server: &PeerProcess,
        messages: Messages,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let Messages { mode, connections, bytes, depth, deflates } = messages;
        let coding = if deflates { "deflate" } else { "plain" };
        let words = format!("{mode} {connections} {bytes} {depth} {coding} {}", joined(pids));
        let words: Vec<_> = words.split(' ').collect();
        self.costed(self.loader(server, self.seconds, &words)?, pids, Unit::Message, 1.0)
    }

    /// Fills a room, and sends a message each second to it.
    pub(super) fn soak(
        &self,
        server: &PeerProcess,
        room: Soak,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let Soak { each, slow, bytes, seconds } = room;
        let words = format!("soak {each} {slow} {bytes} {}", joined(pids));
        let words: Vec<_> = words.split(' ').collect();
        // Each message may take ten seconds.
        let timeout = super::GRACE * 2 + Duration::from_secs(10 * seconds);
        let line = Line::of(self.loader(server, seconds, &words)?, timeout)?;
        let figure = |name| line.figure(name);
        Sample::with_errors(line.errors())
            .with(Measure::Clients, figure("amount")?)
            .with(Measure::Before, figure("idle_bytes")?)
            .with(Measure::Memory, figure("after_bytes")?)
            .with(Measure::P50, figure("p50_us")? / 1e6)
            .with(Measure::P99, figure("p99_us")? / 1e6)
            .with(Measure::Closed, figure("closed")?)
            .with_rss(pids)
    }
}

/// Process ids with commas between them.
pub(super) fn joined(pids: &[u32]) -> String {
    let pids: Vec<_> = pids.iter().map(ToString::to_string).collect();
    pids.join(",")
}
