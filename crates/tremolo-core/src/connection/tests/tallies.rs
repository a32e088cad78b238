//! The numbers for the counters of a worker: each exchange once, whichever way it ends.

use super::Say::{Close, End, Send, Status, Write, Yield};
use super::*;
use crate::connection::Tally;

impl Wire {
    fn take_tally(&mut self) -> Option<Tally> {
        let mut taken = None;
        self.connection.take_tally(|tally| taken = Some(*tally));
        taken
    }

    fn tally(&mut self) -> Tally {
        self.take_tally().unwrap_or_default()
    }
}

#[test]
fn an_exchange_is_counted_once_whichever_way_it_ends() {
    let none = [0; 5];
    let class = |class: usize| std::array::from_fn(|place| u16::from(place + 1 == class));
    let table: &[(&[Say], [u16; 5])] = &[
        (&[End("hello")], class(2)),
        (&[Status(404), End("")], class(4)),
        (&[Status(500), Yield("a"), Yield("b")], class(5)),
        (&[Write("abc"), Close], class(2)),
        (&[Close], none),
        (&[Send("HTTP/1.1 200 OK\r\n\r\n")], none),
    ];
    for (script, responses) in table {
        let mut wire = Wire::new();
        assert_eq!(wire.take_tally(), None);
        let began = wire.now().instant;
        wire.feed(GET);
        wire.say(script);
        let first_began = Some(began);
        let expected =
            Tally { begun: 1, ended: 1, responses: *responses, first_began, has_news: true };
        assert_eq!(wire.tally(), expected, "{script:?}");
        assert_eq!(wire.take_tally(), None);
        let now = wire.now();
        wire.connection.handle_reset(&now);
        assert_eq!(wire.take_tally(), None, "{script:?}");
    }
}

#[test]
fn the_first_of_pipelined_exchanges_has_its_own_beginning() {
    let mut wire = Wire::new();
    wire.feed(GET);
    let began = wire.now().instant;
    wire.connection.poll_event(&wire.now()).unwrap();
    assert_eq!((wire.tally().begun, wire.tally().ended), (1, 0));
    wire.pass(Duration::from_secs(1));
    wire.feed(&GET.repeat(2));
    let now = wire.now();
    End("x").to(&mut wire.connection, &now).unwrap();
    wire.connection.ongoing().handler_done(&now);
    wire.say(&[End("x")]);
    let tally = wire.tally();
    assert_eq!((tally.begun, tally.ended, tally.first_began), (2, 3, Some(began)));
}

#[test]
fn a_malformed_request_is_an_exchange_and_a_silence_is_none() {
    let mut wire = Wire::new();
    wire.feed(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n");
    wire.say(&[]);
    let tally = wire.tally();
    assert_eq!((tally.begun, tally.ended, tally.responses), (1, 1, [0, 0, 0, 1, 0]));
    let mut silent = Wire::new();
    silent.feed(b"GET /");
    silent.end_input();
    silent.say(&[]);
    assert_eq!(silent.take_tally(), None);
}
