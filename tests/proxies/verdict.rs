//! What is true of all that has passed: each request is one that the proxy has forwarded as one, and
//! each response belongs to such a request. And what became of each attack.

use std::collections::HashMap;

use serde::Deserialize;

use crate::attacks::{inner_mark, outer_mark};
use crate::conversation::{Received, final_statuses, marks, placed_statuses, places};
use crate::proxy::STAMP;
use crate::tap::Passed;

/// A request as the handler has recorded it.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub(crate) target: String,
    fields: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

/// What became of an attack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It did not reach the server, or the proxy gave it up.
    RefusedByProxy,
    /// The server has responded with an error.
    RefusedByServer,
    Answered,
}

/// What is wrong with a request that reached a handler: it has to have the stamp of the proxy, once,
/// and the marks of one client only.
pub(crate) fn fault_of(record: &Record) -> Option<String> {
    let stamps = record.fields.iter().filter(|(name, _)| name.eq_ignore_ascii_case("x-stamp"));
    let stamps: Vec<_> = stamps.map(|(_, value)| value.as_str()).collect();
    if stamps != [STAMP] {
        return Some(format!("a request that the proxy has not forwarded: {record:?}"));
    }
    let values = record.fields.iter().map(|(_, value)| value.as_str());
    let texts = values.chain([record.target.as_str()]).chain(record.body.as_deref());
    let found: Vec<_> = texts.flat_map(|text| marks(text.as_bytes())).collect();
    let numbers = found.iter().map(|mark| number_of(mark));
    let is_one = numbers.clone().all(|number| Some(number) == numbers.clone().next());
    let is_one = is_one && !found.is_empty();
    (!is_one).then(|| format!("a request with the bytes of another one: {record:?}"))
}

/// What is wrong with the responses that a client has got.
pub(crate) fn fault_of_answers(number: usize, received: &Received) -> Option<String> {
    let order = [outer_mark(number), inner_mark(number), crate::follow_up_mark(number)];
    let mut places = Vec::new();
    for mark in received.marks() {
        let Some(place) = order.iter().position(|own| *own == mark) else {
            return Some(format!("the client of {} got {mark}", order[0]));
        };
        places.push(place);
    }
    let is_sorted = places.is_sorted();
    (!is_sorted).then(|| format!("the client of {} got {:?}", order[0], received.marks()))
}

/// The digits of a mark.
fn number_of(mark: &str) -> &str {
    &mark[mark.len() - 6..]
}

/// The connections of a proxy to the server.
pub(crate) struct Upstream {
    connections: Vec<Connection>,
    /// Where the mark of an attack first stands: the connection, and how many requests are before.
    attacks: HashMap<String, (usize, usize)>,
}

struct Connection {
    /// Requests that the proxy has forwarded.
    requests: usize,
    statuses: Vec<u16>,
    fault: Option<String>,
}

impl Upstream {
    pub(crate) fn new(passed: &[Passed]) -> Self {
        let mut attacks = HashMap::new();
        let mut connections = Vec::new();
        for (at, passed) in passed.iter().enumerate() {
            let up = joined(passed, true);
            let stamps: Vec<_> = places(&up, STAMP.as_bytes()).collect();
            for place in places(&up, b"mark-a") {
                let mark = String::from_utf8_lossy(&up[place..up.len().min(place + 12)]);
                let before = stamps.partition_point(|stamp| *stamp < place);
                attacks.entry(mark.into_owned()).or_insert((at, before));
            }
            let statuses = final_statuses(&joined(passed, false));
            let fault = early_response(passed, &stamps).map(|count| {
                format!("response {count} on connection {at} is one that belongs to no request")
            });
            connections.push(Connection { requests: stamps.len(), statuses, fault });
        }
        Self { connections, attacks }
    }

    pub(crate) fn faults(&self) -> impl Iterator<Item = String> {
        self.connections.iter().filter_map(|connection| connection.fault.clone())
    }

    pub(crate) fn outcome(&self, number: usize) -> Outcome {
        let place = self.attacks.get(&outer_mark(number));
        let status = place.and_then(|(at, before)| self.connections[*at].statuses.get(*before));
        match status {
            None => Outcome::RefusedByProxy,
            Some(400..) => Outcome::RefusedByServer,
            Some(_) => Outcome::Answered,
        }
    }

    pub(crate) fn requests(&self) -> usize {
        self.connections.iter().map(|connection| connection.requests).sum()
    }

    /// Without those on which nothing was sent.
    pub(crate) fn connections(&self) -> usize {
        self.connections.iter().filter(|connection| connection.requests > 0).count()
    }
}

/// The number of the first response that came before its request.
fn early_response(passed: &Passed, stamps: &[usize]) -> Option<usize> {
    let statuses = joined(passed, false);
    let mut responses = placed_statuses(&statuses).map(|(place, _)| place).enumerate().peekable();
    let (mut up, mut down) = (0, 0);
    for (is_up, piece) in &passed.pieces {
        if *is_up {
            up += piece.len();
            continue;
        }
        down += piece.len();
        while let Some((before, _)) = responses.next_if(|(_, place)| *place < down) {
            if stamps.partition_point(|stamp| stamp + STAMP.len() <= up) <= before {
                return Some(before + 1);
            }
        }
    }
    None
}

fn joined(passed: &Passed, is_up: bool) -> Vec<u8> {
    let pieces = passed.pieces.iter().filter(|(is_piece_up, _)| *is_piece_up == is_up);
    pieces.flat_map(|(_, piece)| piece.iter().copied()).collect()
}
