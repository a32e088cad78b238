//! Questions about one exchange. No method here changes anything.

use std::sync::Arc;

use crate::connection::state::Writing;
use crate::connection::{Connection, ExchangeId};
use crate::http1::body::Trailers;
use crate::http1::request::RequestHead;
use crate::http1::response::{BodySize, Framing, ResponseHead};
use crate::problem::PageFormat;
use crate::websocket::{Handshake, Refusal, Session};
use tremolo_config::HalfClose;

/// The current exchange, for questions ([`ConnectionRef::exchange`]).
///
/// [`ConnectionRef::exchange`]: crate::ConnectionRef::exchange
#[derive(Clone, Copy, Debug)]
pub struct ExchangeRef<'a> {
    connection: &'a Connection,
}

impl<'a> ExchangeRef<'a> {
    #[inline]
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection }
    }

    /// The name of the exchange.
    #[must_use]
    pub fn id(self) -> ExchangeId {
        self.connection.lifecycle.exchange()
    }

    /// The head of the request.
    #[must_use]
    pub fn head(self) -> &'a Arc<RequestHead> {
        self.connection.inbound.shared_head()
    }

    /// The format of an error page for this client, and the value of
    /// [`ErrorPage::varies`](crate::ErrorPage::varies).
    #[must_use]
    pub fn page_format(self) -> (PageFormat, bool) {
        self.connection.settings.page_rule().format(self.head().fields())
    }

    /// Whether the connection may serve another request after this one.
    #[must_use]
    pub fn keeps_alive(self) -> bool {
        let head_closes = self.connection.outbound.writing() == Writing::Head
            && self.connection.outbound.response().close();
        self.connection.lifecycle.persists() && !head_closes
    }

    /// Whether what is written now is sent as a body: not in a response to HEAD, and not with a
    /// status that has none (RFC 9110 sections 9.3.2 and 6.4.1).
    #[must_use]
    pub fn takes_body(self) -> bool {
        match self.connection.outbound.writing() {
            Writing::Head => {
                let request = self.connection.inbound.head();
                let plan = self.connection.outbound.plan(BodySize::Streamed, request);
                plan.sent != Framing::None
            }
            Writing::Body(framing) => framing != Framing::None,
            Writing::Idle | Writing::BodyDone | Writing::Raw | Writing::Ended => false,
        }
    }

    /// Whether the body that has begun is sent in chunks.
    #[must_use]
    pub fn is_chunked(self) -> bool {
        // A body that was ended with its last chunk is sent in chunks.
        matches!(
            self.connection.outbound.writing(),
            Writing::Body(Framing::Chunked) | Writing::BodyDone
        )
    }

    /// The head of the current response.
    #[must_use]
    pub fn response(self) -> &'a ResponseHead {
        self.connection.outbound.response()
    }

    /// Whether the head was sent.
    #[must_use]
    pub fn is_head_sent(self) -> bool {
        !matches!(self.connection.outbound.writing(), Writing::Idle | Writing::Head | Writing::Raw)
    }

    /// Whether something of the response was sent, or nothing can be sent any more. If not, an
    /// error page is possible.
    #[must_use]
    pub fn response_started(self) -> bool {
        self.connection.outbound.writing() != Writing::Head || !self.connection.lifecycle.is_open()
    }

    /// Whether something can be added to the response.
    #[must_use]
    pub fn is_response_open(self) -> bool {
        self.connection.lifecycle.is_open() && self.connection.outbound.writing() != Writing::Ended
    }

    /// Whether the response is a stream of events without content, to HEAD for instance: no event
    /// can be sent, and nothing is missing.
    #[must_use]
    pub fn has_refused_events(self) -> bool {
        self.connection.outbound.events.has_begun()
            && self.connection.outbound.writing() == Writing::Body(Framing::None)
    }

    /// Whether another piece of the body is of any use: not after the head of an answer to HEAD or
    /// of a status without content (RFC 9110 sections 9.3.2 and 6.4.1), and not if the connection
    /// ends. A front asks before it takes a piece from a stream; if not, it drops the stream and
    /// ends the response.
    #[inline]
    #[must_use]
    pub fn wants_pieces(self) -> bool {
        self.connection.lifecycle.is_open()
            && self.connection.outbound.writing() != Writing::Body(Framing::None)
    }

    /// Whether the turn of the connection is over, so that a reader has to wait for the next one
    /// ([`Connection::turn_mut`]).
    #[must_use]
    pub fn is_turn_over(self) -> bool {
        self.connection.turn.is_over()
    }

    /// Whether the connection speaks the application's own protocol now.
    #[must_use]
    pub fn is_upgraded(self) -> bool {
        self.connection.is_upgraded()
    }

    /// Whether the request can become a WebSocket ([`Exchange::accept_websocket`]), and what its
    /// client offers.
    ///
    /// # Errors
    ///
    /// Why not: [`Refusal::status`] and [`Refusal::fields`] make the response. Without `ws` no
    /// request can become a WebSocket.
    ///
    /// [`Exchange::accept_websocket`]: super::Exchange::accept_websocket
    pub fn websocket_handshake(self) -> Result<Handshake, Refusal> {
        let settings = &self.connection.settings;
        let config = settings.config();
        if !config.ws {
            return Err(Refusal::NotAnUpgrade);
        }
        Handshake::read(self.head(), settings.websocket(), &config.ws_allowed_origins)
    }

    /// Whether the connection is a WebSocket now.
    #[must_use]
    pub fn is_websocket(self) -> bool {
        self.connection.inbound.websocket().is_some()
    }

    /// Whether the connection is a WebSocket that messages can be sent to
    /// ([`WebSocket::is_open`](super::WebSocket::is_open)).
    #[must_use]
    pub fn is_websocket_open(self) -> bool {
        self.connection.inbound.websocket().is_some_and(Session::is_open)
    }

    /// Whether a reader of the WebSocket gets something: a message, or the end. A driver wakes it
    /// then.
    #[must_use]
    pub fn is_websocket_readable(self) -> bool {
        let session = self.connection.inbound.websocket();
        session.is_some_and(|session| session.has_message() || !session.is_open())
    }

    /// Whether a reader of the WebSocket has to wait: nothing has arrived that could be a message.
    /// [`WebSocket::poll_message`](super::WebSocket::poll_message) would return
    /// [`Incoming::NeedInput`](super::Incoming::NeedInput), and change nothing.
    #[inline]
    #[must_use]
    pub fn awaits_websocket_input(self) -> bool {
        let inbound = &self.connection.inbound;
        let is_waiting = |session: &Session| session.is_open() && !session.has_message();
        inbound.websocket().is_some_and(is_waiting) && !inbound.has_undecoded()
    }

    /// The trailer fields, once the body has been read to its end.
    #[must_use]
    pub fn trailers(self) -> Option<&'a Trailers> {
        self.connection.inbound.body().trailers()
    }

    /// Whether the client has closed its half of the connection, as most clients do that go, and
    /// `half_close` does not allow it (RFC 9112 section 9.6). An application that waits for its
    /// client to go, or that streams, need not wait longer.
    #[must_use]
    pub fn seems_gone(self) -> bool {
        let config = self.connection.settings.config();
        self.connection.inbound.has_ended() && config.half_close != HalfClose::Allow
    }

    /// How many bytes of the body were decoded so far, without those of its transfer coding.
    #[must_use]
    pub fn body_received(self) -> u64 {
        self.connection.inbound.body().received()
    }

    /// Whether the body was read to its end, or there is none.
    #[must_use]
    pub fn is_body_read(self) -> bool {
        self.connection.inbound.is_body_read()
    }

    /// Whether the client still waits for `100 Continue` (RFC 9110 section 10.1.1).
    #[must_use]
    pub fn owes_continue(self) -> bool {
        self.connection.inbound.body().is_continue_owed()
    }
}
