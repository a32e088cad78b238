//! The invariants: after each turn of a connection, at its end, and at the end of the server.

use std::time::Instant;

use tremolo_core::Now;
use tremolo_net::Stats;

use crate::entry::Entry;
use crate::logged::Logged;
use crate::message::Key;
use crate::peer::Peer;
use crate::response::is_socket;
use crate::scenario::{LONGEST_WAIT, Scenario};
use crate::timeline::Timeline;
use crate::waits::Waits;
use crate::wire::Wire;

type Outcome = Result<(), String>;

/// The longest piece that a handler sends at once, heads, and answers to pings.
const TOPPING: usize = 108 << 10;

/// After a turn. `again`: another one follows at once.
pub(crate) fn after_turn(entry: &mut Entry, now: &Now, clock: u64, again: bool) -> Outcome {
    bounds(entry)?;
    let peek = entry.connection.peek();
    let is_closed = peek.is_closed();
    let handler_waits = entry.handler.as_ref().map(|handler| handler.waits);
    if handler_waits == Some(Waits::Nothing) && !again {
        return Err("a handler can go on, and nothing wakes it".to_owned());
    }
    let deadline = entry.connection.poll_deadline();
    let is_free = entry.handler.as_ref().is_some_and(|handler| handler.is_left_open);
    let needs_deadline = !is_closed || entry.handler.is_some();
    match deadline {
        None if needs_deadline && !is_free => {
            return Err(format!("{:?} waits without a deadline", entry.connection));
        }
        Some(deadline) if deadline.at <= now.instant && !again => {
            return Err(format!("the deadline {:?} has passed", deadline.cause));
        }
        Some(deadline) => {
            let at = clock + milliseconds(now.instant, deadline.at);
            if entry.armed.is_none_or(|armed| armed > at) {
                return Err(format!("the timer is set too late for {:?}", deadline.cause));
            }
        }
        None => {}
    }
    Ok(())
}

/// The first whole millisecond, counted from `start`, that is not before an instant.
pub(crate) fn milliseconds(start: Instant, at: Instant) -> u64 {
    let passed = at.saturating_duration_since(start).as_nanos().div_ceil(1_000_000);
    u64::try_from(passed).unwrap_or(u64::MAX)
}

/// The bounds of memory.
fn bounds(entry: &Entry) -> Outcome {
    let peek = entry.connection.peek();
    let buffer = peek.settings().config().buffer_size;
    let (queued, most) = (peek.queued(), buffer * 32 + TOPPING);
    if queued > most {
        return Err(format!("{queued} bytes are queued, more than {most}"));
    }
    if peek.is_closed() && queued > 0 {
        return Err(format!("{queued} bytes are queued, and the connection is closed"));
    }
    Ok(())
}

/// The connection is over: its log, its script and what its peer has seen are compared.
pub(crate) fn at_end(
    entry: &mut Entry,
    peer: &Peer,
    wire: &Wire,
    timeline: &Timeline<'_>,
    clock: u64,
) -> Outcome {
    if let Some(deadline) = entry.connection.poll_deadline() {
        return Err(format!("the deadline {:?} after the end", deadline.cause));
    }
    let (begun, logged) = (&entry.begun, &entry.logged);
    if begun.len() != logged.len() {
        return Err(format!("{} exchanges have begun, and {logged:?} ended", begun.len()));
    }
    for (index, (begun, logged)) in begun.iter().zip(logged).enumerate() {
        if begun.is_some() && *begun != logged.key {
            return Err(format!("{begun:?} is logged as {logged:?}"));
        }
        let Some(expected) = peer.expected.get(index) else {
            return Err(format!("{begun:?} was not sent"));
        };
        if begun.is_some_and(|key| key != expected.key) {
            return Err(format!("{begun:?} begins instead of {:?}", expected.key));
        }
    }
    if !begun.is_empty() && wire.received == 0 {
        return Err("an exchange without input".to_owned());
    }
    let waited = timeline.passed(entry.last_progress, clock).max(entry.longest_wait);
    if waited > LONGEST_WAIT {
        return Err(format!("nothing happens on the connection for {waited} ms"));
    }
    Ok(())
}

/// The peer has seen the end as well.
pub(crate) fn responses(log: &[Logged], peer: &Peer, wire: &Wire) -> Outcome {
    let seen = &peer.reader.seen;
    let is_socket = |index: usize| peer.expected.get(index).is_some_and(is_socket);
    for (index, seen) in seen.iter().enumerate() {
        let Some(logged) = log.get(index) else {
            return Err(format!("{seen:?} is not logged"));
        };
        let is_same = logged.status == Some(seen.status);
        if !is_same || (seen.is_complete && logged.is_cut) {
            return Err(format!("{seen:?} is logged as {logged:?}"));
        }
    }
    let is_sure = peer.saw_end
        && !peer.tunnel.is_broken
        && wire.ended_regularly()
        && wire.peer_left.is_none();
    if !is_sure {
        return Ok(());
    }
    // A WebSocket has its own end.
    for (index, logged) in log.iter().enumerate().filter(|(index, _)| !is_socket(*index)) {
        let is_complete = seen.get(index).is_some_and(|seen| seen.is_complete);
        if logged.status.is_some() && !logged.is_cut && !is_complete {
            return Err(format!("{logged:?} has not arrived: {:?}", seen.get(index)));
        }
    }
    Ok(())
}

/// The numbers of the server, after its end.
pub(crate) fn stats(stats: &Stats, scenario: &Scenario, wires: &[Wire], begun: u64) -> Outcome {
    let received: u64 = wires.iter().map(|wire| wire.received).sum();
    let sent: u64 = wires.iter().map(|wire| wire.sent).sum();
    ended(stats, begun)?;
    counts(&[
        ("received bytes", stats.bytes_received(), received),
        ("sent bytes", stats.bytes_sent(), sent),
    ])?;
    let accepted = stats.connections_accepted();
    if accepted > scenario.peers.len() as u64 {
        return Err(format!("{accepted} connections were accepted"));
    }
    Ok(())
}

/// Nothing is open any more, and so many requests have begun.
pub(crate) fn ended(stats: &Stats, begun: u64) -> Outcome {
    counts(&[
        ("open connections", stats.connections_open(), 0),
        ("running requests", stats.requests_in_progress(), 0),
        ("requests", stats.requests(), begun),
    ])
}

fn counts(pairs: &[(&str, u64, u64)]) -> Outcome {
    match pairs.iter().find(|(_, counted, real)| counted != real) {
        Some((name, counted, real)) => {
            Err(format!("{counted} {name} are counted, and there were {real}"))
        }
        None => Ok(()),
    }
}

/// The lines of an access log that name requests of this peer, and what it has received.
pub(crate) fn lines(log: &[Logged], peer: &Peer) -> Outcome {
    let of = |key: Key| log.iter().filter(move |line| line.key == Some(key));
    for (seen, expected) in peer.reader.seen.iter().zip(&peer.expected) {
        match (of(expected.key).next(), of(expected.key).count()) {
            (Some(line), 1) => {
                let is_same = line.status == Some(seen.status);
                if !is_same || (seen.is_complete && line.is_cut) {
                    return Err(format!("{seen:?} is logged as {line:?}"));
                }
            }
            // A request at fault has no line with its name.
            (None, _) if !matches!(seen.status, 101 | 200) => {}
            (_, count) => return Err(format!("{expected:?} has {count} lines in the log")),
        }
    }
    Ok(())
}
