//! Actions of an application: any call at any time.

use tremolo_core::http1::body::Decoded;
use tremolo_core::http1::response::FieldList;
use tremolo_core::{ErrorPage, Piece};

use super::{Handler, World};
use crate::script::Script;

const PAGE: &[u8] = b"<h1>it failed</h1>";

impl World {
    /// One call, by its number.
    pub(super) fn call(&mut self, number: u8, script: &mut Script<'_>) {
        match number {
            0 | 1 => self.poll_body(script, false),
            2 => self.poll_body(script, true),
            3..=7 => self.write(number, script),
            8 => self.close(script.flag()),
            9 => self.send(script.piece()),
            10 => {
                // An application that responds in one call, as most do.
                self.write(6, script);
                self.handler_done();
            }
            11 => self.handler_done(),
            12 => self.leave_open(),
            13 => self.abandon(),
            14 => self.fail(),
            15..=17 => self.set(script),
            18 => self.inform(script.size() as u16 % 256),
            19 => self.upgrade(),
            20 => {
                let limit = script.byte().into();
                if let Some(mut exchange) = self.wire.connection.current() {
                    exchange.body().set_limit(limit);
                }
            }
            21 => {
                let _ = self.wire.connection.is_write_blocked();
                let _ = format!("{:?}", self.wire.connection);
            }
            _ => {
                let size = script.size();
                let Some(mut exchange) = self.wire.connection.current() else { return };
                if exchange.options().set_buffer_size(size).is_ok() {
                    let _ = exchange.options().set_streaming(false);
                }
            }
        }
    }

    fn poll_body(&mut self, script: &mut Script<'_>, is_raw: bool) {
        let (now, step) = (&self.wire.now, script.size());
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let decoded = match is_raw {
            true => exchange.body().poll_raw(now, step),
            false => exchange.body().poll(now, step),
        };
        if let Ok(Decoded::Data(data)) = decoded {
            assert!(!data.is_empty() && (self.is_upgraded || data.len() <= step.max(1)));
            assert_ne!(self.handler, Handler::None, "a body without an exchange");
        }
    }

    /// `yield`, `write`, `write` of a long piece, `end`, `write(None)`.
    fn write(&mut self, number: u8, script: &mut Script<'_>) {
        let piece = if number == 7 { &[] } else { script.piece() };
        let piece = if number == 5 { piece.repeat(60) } else { piece.to_vec() };
        let queued = self.wire.connection.peek().queued();
        if self.wire.connection.is_write_blocked() && number < 6 {
            // The backpressure that every front applies.
            return;
        }
        let now = &self.wire.now;
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let result = match number {
            3 => exchange.yield_piece(now, Piece::from(piece.as_slice())),
            4 | 5 => exchange.write(now, Piece::from(piece.clone())),
            6 => exchange.end(now, Piece::from(bytes::Bytes::from(piece.clone()))),
            _ => exchange.write_none(now),
        };
        if result.is_ok() {
            // Ending an ended response, and writing nothing, are no errors.
            let is_something = !piece.is_empty();
            assert!(!is_something || self.handler != Handler::None, "written after the exchange");
            assert!(
                self.wire.connection.peek().is_closed()
                    || self.wire.connection.peek().queued() >= queued
            );
            if is_something {
                self.record.write(&piece);
            }
            self.ends(number >= 6);
        }
    }

    fn close(&mut self, keep_alive: bool) {
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let is_silent = !exchange.peek().is_head_sent();
        if exchange.close(&self.wire.now, keep_alive).is_ok() {
            // The application may leave a request without a response and keep the connection: that
            // is not HTTP.
            self.record.is_raw |= is_silent && keep_alive;
            self.ends(true);
        }
    }

    /// The response is complete: nothing more may be written to it.
    pub(super) fn ends(&mut self, is_end: bool) {
        self.is_ended |= is_end;
        if self.is_ended && self.handler == Handler::LeftOpen {
            self.handler = Handler::None;
        }
    }

    fn leave_open(&mut self) {
        if self.handler == Handler::Running {
            self.handler = Handler::LeftOpen;
            let exchange = self.wire.connection.current();
            exchange.expect("its handler runs").leave_open(&self.wire.now);
            self.ends(false);
        }
    }

    fn send(&mut self, piece: &[u8]) {
        let Some(mut exchange) = self.wire.connection.current() else { return };
        if exchange.send(&self.wire.now, piece.into()).is_ok() {
            self.record.is_raw = true;
            self.has_sent = true;
            self.is_upgraded |= exchange.peek().is_upgraded();
        }
    }

    pub(super) fn handler_done(&mut self) {
        if self.handler == Handler::Running {
            self.handler = Handler::None;
            let exchange = self.wire.connection.current();
            exchange.expect("its handler runs").handler_done(&self.wire.now);
        }
    }

    pub(super) fn abandon(&mut self) {
        if let Some(mut exchange) = self.wire.connection.current() {
            exchange.abandon(&self.wire.now);
        }
        if self.handler == Handler::LeftOpen {
            self.handler = Handler::None;
        }
    }

    pub(super) fn fail(&mut self) {
        if self.handler == Handler::None {
            return;
        }
        let mut fields = FieldList::default();
        fields.append(b"Allow", b"GET").expect("a valid field");
        let page = ErrorPage {
            status: 405,
            reason: None,
            content_type: "text/html",
            varies: false,
            fields: &fields,
            body: PAGE.into(),
        };
        let exchange = self.wire.connection.current();
        if exchange.is_some_and(|mut exchange| exchange.send_error_page(&self.wire.now, page)) {
            self.record.replace(PAGE);
            self.ends(true);
        }
    }

    fn set(&mut self, script: &mut Script<'_>) {
        let Some(mut exchange) = self.wire.connection.current() else { return };
        let Ok(head) = exchange.response_mut() else { return };
        let _ = match script.byte() % 7 {
            0 => head.set_status(200 + u16::from(script.byte())),
            1 => head.set_status(script.pick(&[204, 205, 304])),
            2 => head.set(b"Content-Length", script.byte().to_string().as_bytes()),
            3 => head.set(b"Connection", b"close"),
            4 => head.set(script.piece(), script.piece()),
            5 => head.append(script.piece(), script.piece()),
            _ => {
                head.set_chunked(script.flag());
                Ok(())
            }
        };
    }

    fn inform(&mut self, status: u16) {
        let mut fields = FieldList::default();
        fields.append(b"Link", b"</a>; rel=preload").expect("a valid field");
        if let Some(mut exchange) = self.wire.connection.current() {
            let _ = exchange.inform(status, &fields);
        }
    }

    fn upgrade(&mut self) {
        let exchange = self.wire.connection.current();
        if exchange.is_some_and(|mut exchange| exchange.upgrade(b"x").is_ok()) {
            assert!(!self.has_sent, "an upgrade after raw bytes");
            self.is_upgraded = true;
            self.record.is_raw = true;
        }
    }
}
