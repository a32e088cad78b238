//! What the application said, and whether a client reads the same.

use crate::reference::response::parse;

/// One exchange: what its client asked for and what its body should be.
#[derive(Debug)]
struct Exchange {
    is_head: bool,
    body: Vec<u8>,
}

/// All exchanges of a connection.
#[derive(Debug, Default)]
pub(super) struct Record {
    exchanges: Vec<Exchange>,
    /// The application wrote its own bytes: nobody can say what they are.
    pub(super) is_raw: bool,
}

impl Record {
    pub(super) fn begin(&mut self, is_head: bool) {
        self.exchanges.push(Exchange { is_head, body: Vec::new() });
    }

    pub(super) fn say(&mut self, piece: &[u8]) {
        let exchange = self.exchanges.last_mut().expect("only an exchange takes a piece");
        exchange.body.extend_from_slice(piece);
    }

    /// What was said has not gone out, and never will.
    pub(super) fn say_instead(&mut self, piece: &[u8]) {
        self.exchanges.last_mut().expect("only an exchange takes a piece").body.clear();
        self.say(piece);
    }

    /// One response for each exchange, in order; only the last one may be missing, or cut.
    pub(super) fn check(&self, wire: &[u8], may_be_cut: bool) {
        if self.is_raw {
            return;
        }
        let mut rest = wire;
        let mut exchanges = self.exchanges.iter();
        while !rest.is_empty() {
            let exchange = exchanges.next().expect("a response for nobody");
            let Some(response) = parse(rest, exchange.is_head) else {
                // Interim responses, or a head that was cut.
                let is_interim = rest.starts_with(b"HTTP/1.1 1") && rest.ends_with(b"\r\n\r\n");
                assert!(may_be_cut || is_interim, "half a head");
                return;
            };
            rest = &rest[response.consumed..];
            if exchange.is_head || matches!(response.status, 204 | 205 | 304) {
                assert!(response.body.is_empty(), "a body where none may be");
            } else if response.is_complete && !may_be_cut {
                assert_eq!(response.body, exchange.body);
            } else {
                assert!(exchange.body.starts_with(&response.body), "a body made up");
            }
            assert!(response.is_complete || (may_be_cut && rest.is_empty()), "a body cut short");
            assert!(!response.is_last || rest.is_empty(), "bytes behind the last response");
        }
        let missing = exchanges.filter(|exchange| !exchange.body.is_empty()).count();
        assert!(missing == 0 || may_be_cut, "{missing} responses lost");
    }
}
