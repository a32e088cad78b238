//! The four state machines of a connection, as pure functions of a state and an event.
//!
//! [`Reading`] is the receiving half, [`Writing`] the sending half, [`Handler`] the handler of the
//! current exchange, and [`Ending`] the end of the connection (RFC 9112 section 9.6). No other code
//! computes a state. Each state has one owner: `inbound.rs`, `outbound.rs` and `lifecycle.rs`.
//! `docs/states.md` shows the machines; a test keeps it equal to this file.

#[cfg(test)]
mod tests;

use crate::error::CloseReason;
use crate::http1::response::Framing;

/// What arriving bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// A PROXY protocol header, once, before anything else.
    ProxyHeader { believed: bool },
    /// A request head, or no byte of one yet.
    Head,
    /// The body of the current request.
    Body,
    /// The next request. It stays in the buffer until the response to the current one is complete.
    Complete,
    /// The rest of a body that the handler has not read, up to so many bytes.
    Discard { left: u64 },
    /// The application's own protocol, after an upgrade.
    Raw,
    /// Bytes that are dropped: no request follows.
    Ignore,
}

/// What changes [`Reading`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadingEvent {
    /// The listener expects a PROXY protocol header.
    ProxyHeaderExpected { believed: bool },
    /// The PROXY protocol header was read.
    ProxyHeaderRead,
    /// A request head was read, and a body follows.
    HeadWithBody,
    /// A request head was read, and no body follows.
    HeadWithoutBody,
    /// The last byte of the body was read.
    BodyRead,
    /// The exchange is over before its body was read; so many bytes of it may be discarded.
    BodyLeft { limit: u64 },
    /// A part of the rest of the body was discarded.
    Discarded { left: u64 },
    /// The exchange is over and its request was read completely.
    ExchangeOver,
    /// The connection switches to the application's own protocol (RFC 9110 section 7.8).
    Upgraded,
    /// No request can follow: a fault of the peer, or the connection closes.
    Stopped,
}

impl Reading {
    /// The next state; `None` if the event changes nothing here.
    pub(crate) fn after(self, event: ReadingEvent) -> Option<Self> {
        use ReadingEvent as E;
        match (event, self) {
            (E::ProxyHeaderExpected { believed }, Self::Head) => {
                Some(Self::ProxyHeader { believed })
            }
            (E::ProxyHeaderRead, Self::ProxyHeader { .. }) => Some(Self::Head),
            (E::HeadWithBody, Self::Head) => Some(Self::Body),
            (E::HeadWithoutBody, Self::Head) | (E::BodyRead, Self::Body) => Some(Self::Complete),
            (E::BodyLeft { limit }, Self::Body) => Some(Self::Discard { left: limit }),
            (E::Discarded { left }, Self::Discard { .. }) => Some(Self::Discard { left }),
            (E::ExchangeOver, Self::Complete | Self::Discard { .. }) => Some(Self::Head),
            (E::Upgraded, Self::Complete) => Some(Self::Raw),
            (
                E::Stopped,
                Self::ProxyHeader { .. }
                | Self::Head
                | Self::Body
                | Self::Complete
                | Self::Discard { .. }
                | Self::Raw
                | Self::Ignore,
            ) => Some(Self::Ignore),
            (
                E::ProxyHeaderExpected { .. }
                | E::ProxyHeaderRead
                | E::HeadWithBody
                | E::HeadWithoutBody
                | E::BodyRead
                | E::BodyLeft { .. }
                | E::Discarded { .. }
                | E::ExchangeOver
                | E::Upgraded,
                _,
            ) => None,
        }
    }
}

/// How far the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writing {
    /// There is no request to answer.
    Idle,
    /// The head can still change.
    Head,
    /// The head was sent; the body follows in this framing.
    Body(Framing),
    /// The body is complete, the response not yet closed.
    BodyDone,
    /// The application writes its own bytes.
    Raw,
    /// Nothing can be added.
    Ended,
}

/// What changes [`Writing`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WritingEvent {
    /// A request has begun.
    RequestBegun,
    /// The head was queued; the body follows in this framing.
    HeadSent(Framing),
    /// The last chunk was queued.
    LastChunkSent,
    /// The application takes over what is sent.
    RawBegun,
    /// The response was closed.
    ResponseClosed,
    /// The connection waits for its next request.
    ExchangeOver,
}

impl Writing {
    /// The next state; `None` if the event changes nothing here.
    pub(crate) fn after(self, event: WritingEvent) -> Option<Self> {
        use WritingEvent as E;
        match (event, self) {
            (E::RequestBegun, Self::Idle) => Some(Self::Head),
            (E::HeadSent(framing), Self::Head) => Some(Self::Body(framing)),
            (E::LastChunkSent, Self::Body(Framing::Chunked)) => Some(Self::BodyDone),
            (E::RawBegun, Self::Head | Self::Body(_) | Self::BodyDone) => Some(Self::Raw),
            (E::ResponseClosed, Self::Head | Self::Body(_) | Self::BodyDone | Self::Raw) => {
                Some(Self::Ended)
            }
            (E::ExchangeOver, Self::Ended) => Some(Self::Idle),
            (
                E::RequestBegun
                | E::HeadSent(_)
                | E::LastChunkSent
                | E::RawBegun
                | E::ResponseClosed
                | E::ExchangeOver,
                _,
            ) => None,
        }
    }
}

/// The handler of the current exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    /// No exchange, or its handler has returned.
    Done,
    /// The handler runs.
    Running,
    /// The handler has returned, and the application ends the response later.
    LeftOpen,
}

/// What changes [`Handler`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandlerEvent {
    /// A request has begun.
    RequestBegun,
    /// The handler has returned.
    Returned,
    /// The handler has returned and left the response open.
    LeftOpen,
    /// The response is complete, and no handler runs.
    ExchangeOver,
}

impl Handler {
    /// The next state; `None` if the event changes nothing here.
    pub(crate) fn after(self, event: HandlerEvent) -> Option<Self> {
        use HandlerEvent as E;
        match (event, self) {
            (E::RequestBegun, Self::Done | Self::LeftOpen) => Some(Self::Running),
            (E::Returned, Self::Running | Self::LeftOpen) | (E::ExchangeOver, Self::LeftOpen) => {
                Some(Self::Done)
            }
            (E::LeftOpen, Self::Running) => Some(Self::LeftOpen),
            (E::RequestBegun | E::Returned | E::LeftOpen | E::ExchangeOver, _) => None,
        }
    }
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The connection is in use.
    Open,
    /// What is queued is written first. Then the socket is closed, or the close lingers.
    Flushing { reason: CloseReason, linger: bool },
    /// Our half is closed. What still arrives is dropped, so that no reset destroys the response.
    Lingering { reason: CloseReason },
    /// Over: the socket can be dropped.
    Closed { reason: CloseReason },
}

/// What changes [`Ending`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EndingEvent {
    /// No request follows; what is queued is still written.
    CloseBegun { reason: CloseReason, linger: bool },
    /// What is queued cannot be written as it was promised.
    QueueFailed { reason: CloseReason },
    /// Our half of the socket was closed.
    HalfClosed,
    /// Nothing more is read or written.
    Closed { reason: CloseReason },
}

impl Ending {
    /// Why the connection ends; `None` as long as it does not.
    pub(crate) fn reason(self) -> Option<CloseReason> {
        match self {
            Self::Open => None,
            Self::Flushing { reason, .. }
            | Self::Lingering { reason }
            | Self::Closed { reason } => Some(reason),
        }
    }

    /// The next state; `None` if the event changes nothing here.
    pub(crate) fn after(self, event: EndingEvent) -> Option<Self> {
        use EndingEvent as E;
        match (event, self) {
            (E::CloseBegun { reason, linger }, Self::Open) => {
                Some(Self::Flushing { reason, linger })
            }
            (E::QueueFailed { reason }, Self::Flushing { linger, .. }) => {
                Some(Self::Flushing { reason, linger })
            }
            (E::HalfClosed, Self::Flushing { reason, .. }) => Some(Self::Lingering { reason }),
            (E::Closed { reason }, Self::Open | Self::Flushing { .. } | Self::Lingering { .. }) => {
                Some(Self::Closed { reason })
            }
            (
                E::CloseBegun { .. } | E::QueueFailed { .. } | E::HalfClosed | E::Closed { .. },
                _,
            ) => None,
        }
    }
}
