//! The states of a connection: theory.
//!
//! Two halves take turns. The reading half goes `Head → Body → Complete` for each request (with a
//! `ProxyHeader` before the first, if one is expected), the
//! writing half `Idle → Head → Body → Ended` for each response; when both have arrived and the
//! handler is done, the exchange is over and both start again, or the connection ends. The end
//! is a third, one-way street: `Open → Flushing → Lingering → Closed` (RFC 9112 section 9.6).

use crate::error::CloseReason;
use crate::http1::response::Framing;

/// What arriving bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// A PROXY protocol header, once, before anything else.
    ProxyHeader { believed: bool },
    /// A request head, or the silence before one.
    Head,
    /// The body of the request in work.
    Body,
    /// The next request: kept until the one in work is answered.
    Complete,
    /// The rest of a body that nobody read, up to so many bytes.
    Discard { left: u64 },
    /// The application's own protocol, after an upgrade.
    Raw,
    /// Nothing that matters any more.
    Ignore,
}

/// How far the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// There is no request to answer.
    Idle,
    /// The head can still change.
    Head,
    /// The head is out; this is what may follow.
    Body(Framing),
    /// The body is complete, the response not yet closed.
    BodyDone,
    /// The application writes its own bytes.
    Raw,
    /// Nothing can be added.
    Ended,
}

/// Who holds the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handler {
    /// No exchange, or its handler has returned.
    Done,
    /// The handler runs.
    Running,
    /// The handler has returned and left the connection to the application.
    LeftOpen,
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Not yet.
    Open,
    /// What is queued leaves first; then close, at once or lingering.
    Flushing { reason: CloseReason, linger: bool },
    /// Our half is closed; what still arrives is dropped, so that no reset destroys our answer.
    Lingering { reason: CloseReason },
    /// Over: the socket can be dropped.
    Closed { reason: CloseReason },
}

impl Ending {
    pub(super) fn reason(self) -> Option<CloseReason> {
        match self {
            Self::Open => None,
            Self::Flushing { reason, .. }
            | Self::Lingering { reason }
            | Self::Closed { reason } => Some(reason),
        }
    }
}
