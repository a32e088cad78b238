//! Every state with every event. docs/states.md shows the same table, and the pictures that are
//! drawn from it; `RECORD=1 cargo test -p tremolo-core states` writes it anew.

use std::collections::BTreeSet;
use std::fmt::{Debug, Write};
use std::{env, fs};

use super::*;
use crate::error::PeerError;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states.md");

const INTRODUCTION: &str = "\
# The states of a connection

Each connection of the engine has four state machines. Their transitions are pure functions in \
`crates/tremolo-core/src/connection/state.rs`. This page is generated from them by the test beside \
that file (`RECORD=1 cargo test -p tremolo-core states`), which fails when they differ.

A row is an event, a column is a state, and a cell is the next state. An empty cell: the event \
changes nothing in this state. The values in braces are examples.
";

/// One machine: its states, from the first one on, its events, and what follows.
struct Machine {
    name: &'static str,
    about: &'static str,
    states: Vec<String>,
    /// Each event with the next state for every state.
    rows: Vec<(String, Vec<Option<String>>)>,
}

impl Machine {
    fn of<S: Copy + Debug, E: Copy + Debug>(
        name: &'static str,
        about: &'static str,
        (states, events): (&[S], &[E]),
        after: fn(S, E) -> Option<S>,
    ) -> Self {
        let next = |event: E| {
            let next = states.iter().map(|state| after(*state, event));
            next.map(|next| next.map(|next| format!("{next:?}"))).collect()
        };
        Self {
            name,
            about,
            states: states.iter().map(|state| format!("{state:?}")).collect(),
            rows: events.iter().map(|event| (format!("{event:?}"), next(*event))).collect(),
        }
    }

    /// The arrows, by name: from, to, event.
    fn arrows(&self) -> BTreeSet<(&str, &str, &str)> {
        let mut arrows = BTreeSet::new();
        for (event, row) in &self.rows {
            for (from, to) in self.states.iter().zip(row) {
                if let Some(to) = to {
                    arrows.insert((name(from), name(to), name(event)));
                }
            }
        }
        arrows
    }

    fn write(&self, out: &mut String) {
        let _ = writeln!(out, "\n## {}\n\n{}\n", self.name, self.about);
        let _ = writeln!(out, "```mermaid\nstateDiagram-v2");
        let _ = writeln!(out, "    [*] --> {}", name(&self.states[0]));
        for (from, to, event) in self.arrows() {
            let _ = writeln!(out, "    {from} --> {to}: {event}");
        }
        let _ = writeln!(out, "```\n");
        let columns = self.states.iter().map(|state| format!(" `{state}` |"));
        let _ = writeln!(out, "| |{}", columns.collect::<String>());
        let _ = writeln!(out, "| --- |{}", " --- |".repeat(self.states.len()));
        for (event, row) in &self.rows {
            let cell = |next: &Option<String>| match next {
                Some(next) => format!(" `{next}` |"),
                None => "  |".to_owned(),
            };
            let _ = writeln!(out, "| `{event}` |{}", row.iter().map(cell).collect::<String>());
        }
    }
}

/// A state or event without its values.
fn name(shown: &str) -> &str {
    shown.split([' ', '(']).next().unwrap_or(shown)
}

fn reading() -> Machine {
    use ReadingEvent as E;
    let states = [
        Reading::Head,
        Reading::ProxyHeader { believed: true },
        Reading::Body,
        Reading::Complete,
        Reading::Discard { left: 9 },
        Reading::Raw,
        Reading::Ignore,
    ];
    let events = [
        E::ProxyHeaderExpected { believed: true },
        E::ProxyHeaderRead,
        E::HeadWithBody,
        E::HeadWithoutBody,
        E::BodyRead,
        E::BodyLeft { limit: 7 },
        E::Discarded { left: 3 },
        E::ExchangeOver,
        E::Upgraded,
        E::Stopped,
    ];
    let about = "What arriving bytes are. Owner: `inbound.rs`.";
    Machine::of("Reading", about, (&states, &events), Reading::after)
}

fn writing() -> Machine {
    use WritingEvent as E;
    let states = [
        Writing::Idle,
        Writing::Head,
        Writing::Body(Framing::None),
        Writing::Body(Framing::Length(9)),
        Writing::Body(Framing::Chunked),
        Writing::Body(Framing::UntilClose),
        Writing::BodyDone,
        Writing::Raw,
        Writing::Ended,
    ];
    let events = [
        E::RequestBegun,
        E::HeadSent(Framing::Chunked),
        E::LastChunkSent,
        E::RawBegun,
        E::ResponseClosed,
        E::ExchangeOver,
    ];
    let about = "How far the response is. Owner: `outbound.rs`.";
    Machine::of("Writing", about, (&states, &events), Writing::after)
}

fn handler() -> Machine {
    use HandlerEvent as E;
    let states = [Handler::Done, Handler::Running, Handler::LeftOpen];
    let events = [E::RequestBegun, E::Returned, E::LeftOpen, E::ExchangeOver];
    let about = "The handler of the current exchange. Owner: `lifecycle.rs`.";
    Machine::of("Handler", about, (&states, &events), Handler::after)
}

fn ending() -> Machine {
    use EndingEvent as E;
    let (before, reason) = (CloseReason::Finished, CloseReason::Shutdown);
    let states = [
        Ending::Open,
        Ending::Flushing { reason: before, linger: true },
        Ending::Lingering { reason: before },
        Ending::Closed { reason: before },
    ];
    let events = [
        E::CloseBegun { reason, linger: true },
        E::QueueFailed { reason },
        E::HalfClosed,
        E::Closed { reason },
    ];
    let about = "The end of the connection (RFC 9112 section 9.6). Owner: `lifecycle.rs`.";
    Machine::of("Ending", about, (&states, &events), Ending::after)
}

fn machines() -> [Machine; 4] {
    [reading(), writing(), handler(), ending()]
}

#[test]
fn states_md_shows_every_state_with_every_event() {
    let mut shown = INTRODUCTION.to_owned();
    for machine in machines() {
        machine.write(&mut shown);
    }
    if env::var_os("RECORD").is_some() {
        fs::write(DOCUMENT, &shown).unwrap();
    }
    let recorded = fs::read_to_string(DOCUMENT).unwrap();
    for (recorded, shown) in recorded.lines().zip(shown.lines()) {
        assert_eq!(recorded, shown, "docs/states.md");
    }
    assert_eq!(recorded, shown, "docs/states.md");
}

#[test]
fn every_state_can_be_reached_and_every_event_changes_one() {
    for machine in machines() {
        let arrows = machine.arrows();
        let mut reached = BTreeSet::from([name(&machine.states[0])]);
        for _ in &machine.states {
            let next: Vec<_> = arrows.iter().filter(|(from, ..)| reached.contains(from)).collect();
            reached.extend(next.iter().map(|(_, to, _)| *to));
        }
        let states: BTreeSet<_> = machine.states.iter().map(|state| name(state)).collect();
        assert_eq!(reached, states, "{}", machine.name);
        for (event, row) in &machine.rows {
            assert!(row.iter().any(Option::is_some), "{}: {event}", machine.name);
        }
    }
}

/// RFC 9112 section 9.6: after the close has begun, no request is read, and the connection does not
/// open again.
#[test]
fn an_end_does_not_go_back() {
    let (reading, ending) = (reading(), ending());
    let from_ignore = reading.arrows().into_iter().filter(|(from, ..)| *from == "Ignore");
    assert!(from_ignore.into_iter().all(|(_, to, _)| to == "Ignore"));
    let order = ["Open", "Flushing", "Lingering", "Closed"];
    let rank = |state: &str| order.iter().position(|known| *known == state);
    for (from, to, event) in ending.arrows() {
        assert!(rank(from) <= rank(to), "{from} {event} {to}");
        assert!(from != "Closed", "{event}");
    }
}

/// The values that a transition keeps or takes.
#[test]
fn values_are_kept() {
    let (old, new) = (CloseReason::Fault(PeerError::HeadTimeout), CloseReason::FileFailed);
    for linger in [false, true] {
        let flushing = Ending::Flushing { reason: old, linger };
        let failed = flushing.after(EndingEvent::QueueFailed { reason: new });
        assert_eq!(failed, Some(Ending::Flushing { reason: new, linger }));
        let lingering = flushing.after(EndingEvent::HalfClosed);
        assert_eq!(lingering, Some(Ending::Lingering { reason: old }));
    }
    for believed in [false, true] {
        let expected = Reading::Head.after(ReadingEvent::ProxyHeaderExpected { believed });
        assert_eq!(expected, Some(Reading::ProxyHeader { believed }));
    }
    for framing in [Framing::None, Framing::Length(3), Framing::Chunked, Framing::UntilClose] {
        let sent = Writing::Head.after(WritingEvent::HeadSent(framing));
        assert_eq!(sent, Some(Writing::Body(framing)));
    }
}
