//! Errors, by origin.
//!
//! [`PeerError`] is a fault of the peer and has a response status. [`Misuse`] is a call of the
//! application that is too late or invalid. [`CloseReason`] is why a connection was closed. None of
//! these types allocates; all of them are `Copy`.

use std::fmt;

use http::StatusCode;

use crate::proxy_protocol::ProxyError;

/// A fault in what the peer sent. [`PeerError::status`] is the status of the error response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PeerError {
    /// The request line is not `method SP target SP version CRLF` (RFC 9112 section 3).
    InvalidRequestLine,
    /// The request target is in none of the four forms, or does not fit the method (section 3.2).
    InvalidTarget,
    /// A field line breaks the grammar: name, colon, value, obsolete folding (section 5).
    InvalidField,
    /// A line ends in a bare LF, or holds a bare CR or NUL (section 2.2).
    InvalidLineEnd,
    /// HTTP/1.1 without `Host` (section 3.2).
    MissingHost,
    /// More than one `Host` (section 3.2).
    RepeatedHost,
    /// `Host` is not `uri-host [ ":" port ]` (RFC 9110 section 7.2).
    InvalidHost,
    /// `Content-Length` is empty, signed, not a number, or overflows (RFC 9110 section 8.6).
    InvalidContentLength,
    /// `Content-Length` comes more than once with different values (RFC 9112 section 6.3).
    ConflictingContentLength,
    /// `Content-Type` comes more than once with different values (RFC 9110 section 8.3).
    ConflictingContentType,
    /// Both `Content-Length` and `Transfer-Encoding` (section 6.1).
    LengthAndTransferEncoding,
    /// `Transfer-Encoding` in an HTTP/1.0 request (section 6.1).
    TransferEncodingOnHttp10,
    /// `chunked` is not the last transfer coding, comes twice, or stands beside an empty member of the
    /// list (section 6.3).
    ChunkedNotFinal,
    /// A transfer coding that the server does not implement (section 6.1): 501.
    UnknownTransferCoding,
    /// A major version other than 1: 505.
    UnsupportedVersion,
    /// An expectation other than `100-continue` (RFC 9110 section 10.1.1): 417.
    UnknownExpectation,
    /// The request line is longer than `client_max_header_size`: 414.
    TargetTooLong,
    /// The head is longer than `client_max_header_size`: 431.
    HeadTooLarge,
    /// More fields than `client_max_header_fields`: 431.
    TooManyFields,
    /// The body is, or announces to be, longer than `client_max_body_size`: 413.
    BodyTooLarge,
    /// The body is not in the content coding that it declares: 400.
    InvalidContentCoding,
    /// The body is longer than the limit of its route after its content coding was decoded: 413.
    DecodedBodyTooLarge,
    /// A chunk size line breaks the grammar (RFC 9112 section 7.1).
    InvalidChunkSize,
    /// Chunk data is not followed by CRLF (section 7.1).
    InvalidChunkEnd,
    /// Chunk extensions or the trailer section are longer than allowed.
    ChunkOverheadTooLarge,
    /// A trailer field breaks the grammar (section 7.1.2).
    InvalidTrailer,
    /// The peer closed its side in the middle of a body (section 8).
    BodyCutShort,
    /// The application's own decoder or limit has refused the body.
    BodyRefused,
    /// The head was not complete in time: 408.
    HeadTimeout,
    /// The connection must be encrypted, and it began with an unencrypted request.
    NotEncrypted,
    /// No piece of the body came in time: 408.
    BodyTimeout,
    /// More pairs in a query string than `max_query_fields`.
    TooManyQueryFields,
    /// `CONNECT`: there are no tunnels here (RFC 9110 section 9.3.6): 501. The connection closes,
    /// because the client may have sent bytes for the tunnel already.
    TunnelRefused,
    /// As many handlers run as `limit_concurrency` allows: 503. The peer has done nothing wrong, and
    /// the connection stays.
    ServerBusy,
}

impl PeerError {
    /// The status of the error response.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::UnknownTransferCoding | Self::TunnelRefused => StatusCode::NOT_IMPLEMENTED,
            Self::ServerBusy => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnsupportedVersion => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::UnknownExpectation => StatusCode::EXPECTATION_FAILED,
            Self::TargetTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLarge | Self::TooManyFields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge | Self::DecodedBodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::HeadTimeout | Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::InvalidRequestLine
            | Self::InvalidTarget
            | Self::InvalidField
            | Self::InvalidLineEnd
            | Self::MissingHost
            | Self::RepeatedHost
            | Self::InvalidHost
            | Self::InvalidContentLength
            | Self::ConflictingContentLength
            | Self::ConflictingContentType
            | Self::LengthAndTransferEncoding
            | Self::TransferEncodingOnHttp10
            | Self::ChunkedNotFinal
            | Self::InvalidContentCoding
            | Self::InvalidChunkSize
            | Self::InvalidChunkEnd
            | Self::ChunkOverheadTooLarge
            | Self::InvalidTrailer
            | Self::BodyCutShort
            | Self::BodyRefused
            | Self::NotEncrypted
            | Self::TooManyQueryFields => StatusCode::BAD_REQUEST,
        }
    }

    /// The field that belongs to the error response, if there is one: `Retry-After`, in seconds
    /// (RFC 9110 section 10.2.3).
    #[must_use]
    pub fn field(self) -> Option<(&'static str, &'static str)> {
        (self == Self::ServerBusy).then_some(("Retry-After", "1"))
    }

    /// The option whose limit the request exceeds, if it exceeds one.
    #[must_use]
    pub fn limit(self) -> Option<&'static str> {
        Some(match self {
            Self::TargetTooLong | Self::HeadTooLarge => "client_max_header_size",
            Self::TooManyFields => "client_max_header_fields",
            Self::BodyTooLarge => "client_max_body_size",
            Self::DecodedBodyTooLarge => "decompression",
            Self::HeadTimeout | Self::BodyTimeout => "request_timeout",
            Self::TooManyQueryFields => "max_query_fields",
            Self::ServerBusy => "limit_concurrency",
            _ => return None,
        })
    }

    /// The field of the request that is wrong, if it is a certain one.
    #[must_use]
    pub fn request_field(self) -> Option<&'static str> {
        Some(match self {
            Self::MissingHost | Self::RepeatedHost | Self::InvalidHost => "Host",
            Self::InvalidContentLength | Self::ConflictingContentLength => "Content-Length",
            Self::ConflictingContentType => "Content-Type",
            Self::LengthAndTransferEncoding
            | Self::TransferEncodingOnHttp10
            | Self::ChunkedNotFinal
            | Self::UnknownTransferCoding => "Transfer-Encoding",
            Self::UnknownExpectation => "Expect",
            Self::InvalidContentCoding => "Content-Encoding",
            _ => return None,
        })
    }

    /// The reason for a page, a name and its text: the `limit`, or the `field` of the request.
    #[must_use]
    pub fn reason(self) -> Option<(&'static str, &'static str)> {
        let limit = self.limit().map(|limit| ("limit", limit));
        limit.or_else(|| self.request_field().map(|field| ("field", field)))
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidRequestLine => "invalid request line",
            Self::InvalidTarget => "invalid request target",
            Self::InvalidField => "invalid field line",
            Self::InvalidLineEnd => "invalid line end",
            Self::MissingHost => "missing Host",
            Self::RepeatedHost => "more than one Host",
            Self::InvalidHost => "invalid Host",
            Self::InvalidContentLength => "invalid Content-Length",
            Self::ConflictingContentLength => "conflicting Content-Length",
            Self::ConflictingContentType => "conflicting Content-Type",
            Self::LengthAndTransferEncoding => "both Content-Length and Transfer-Encoding",
            Self::TransferEncodingOnHttp10 => "Transfer-Encoding in HTTP/1.0",
            Self::ChunkedNotFinal => "chunked is not the final transfer coding",
            Self::UnknownTransferCoding => "unknown transfer coding",
            Self::UnsupportedVersion => "unsupported HTTP version",
            Self::UnknownExpectation => "unknown expectation",
            Self::TargetTooLong => "request target too long",
            Self::HeadTooLarge => "request head too large",
            Self::TooManyFields => "too many request fields",
            Self::BodyTooLarge => "request body too large",
            Self::InvalidContentCoding => "the body is not in its Content-Encoding",
            Self::DecodedBodyTooLarge => "decoded request body too large",
            Self::InvalidChunkSize => "invalid chunk size",
            Self::InvalidChunkEnd => "invalid chunk end",
            Self::ChunkOverheadTooLarge => "chunk extensions or trailers too large",
            Self::InvalidTrailer => "invalid trailer field",
            Self::BodyRefused => "request body refused",
            Self::BodyCutShort => "request body cut short",
            Self::HeadTimeout => "request head not complete in time",
            Self::NotEncrypted => "this port expects HTTPS, and the request is plain HTTP",
            Self::BodyTimeout => "request body stalled",
            Self::TooManyQueryFields => "too many fields in the query",
            Self::TunnelRefused => "tunnels are not supported",
            Self::ServerBusy => "the server is busy",
        })
    }
}

impl std::error::Error for PeerError {}

/// A call of the application that the connection refuses. The call sends nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Misuse {
    /// The head was sent already: status and fields can no longer change.
    HeadAlreadySent,
    /// The response has ended: nothing can be added to it.
    ResponseEnded,
    /// The handle belongs to an exchange that is over.
    ExchangeOver,
    /// More data than the declared `Content-Length`.
    BodyTooLong,
    /// A final status outside 200–599.
    InvalidStatus,
    /// CR, LF or NUL in a reason phrase.
    InvalidReason,
    /// A field name that is not a token (RFC 9110 section 5.6.2).
    InvalidFieldName,
    /// CR, LF, NUL or another control character in a field value (RFC 9110 section 5.5).
    InvalidFieldValue,
    /// A field that frames the message, and that the application cannot set with this call.
    InvalidFraming,
    /// A field that may not be a trailer field (RFC 9110 section 6.5.1).
    ForbiddenTrailer,
    /// A cookie whose name, value, attributes or prefix break RFC 6265.
    InvalidCookie,
    /// CR, LF or NUL in the type or the id of a server-sent event.
    InvalidEventField,
    /// A range of a file in a body with a content coding: the engine does not compress files.
    FileInCodedBody,
    /// A call for undecoded data after a call for decoded data, or the reverse, that would lose
    /// bytes.
    BodyAlreadyRead,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeadAlreadySent => "headers already sent",
            Self::ResponseEnded => "response already ended",
            Self::ExchangeOver => "the exchange is over",
            Self::BodyTooLong => "more data than the declared Content-Length",
            Self::InvalidStatus => "status outside 200-599",
            Self::InvalidReason => "invalid reason phrase",
            Self::InvalidFieldName => "invalid field name",
            Self::InvalidFieldValue => "invalid field value",
            Self::InvalidFraming => "field not allowed here",
            Self::ForbiddenTrailer => "field not allowed as a trailer",
            Self::InvalidCookie => "invalid cookie",
            Self::InvalidEventField => "invalid type or id of an event",
            Self::FileInCodedBody => "a file in a compressed body",
            Self::BodyAlreadyRead => "body already read",
        })
    }
}

impl std::error::Error for Misuse {}

/// Why a connection was closed, for logs, metrics and the errors of late calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CloseReason {
    /// All responses were sent, and the client or the server had asked to close.
    Finished,
    /// The peer closed the connection while no exchange was in progress.
    PeerClosed,
    /// The peer reset the connection, or a write to it failed.
    PeerGone,
    /// The peer violated the protocol.
    Fault(PeerError),
    /// The TLS handshake was not complete in time.
    HandshakeTimeout,
    /// The connection did not begin with a valid PROXY protocol header.
    Proxy(ProxyError),
    /// A response could not be completed. It was cut so that the peer can detect this.
    ResponseCut,
    /// A file that was being sent has become shorter or cannot be read. Its response was cut.
    FileFailed,
    /// No request came within `keepalive_timeout`.
    KeepAliveTimeout,
    /// The peer took no data for `write_timeout`.
    WriteTimeout,
    /// The handler made no progress for `app_handler_timeout`.
    HandlerTimeout,
    /// The exchange was not over within `app_request_timeout`.
    RequestTimeout,
    /// The peer violated the WebSocket protocol.
    WebSocketFailed,
    /// A WebSocket peer did not answer a ping within `ws_ping_timeout`.
    PingTimeout,
    /// The server is shutting down.
    Shutdown,
}

impl CloseReason {
    /// The status of the answer to a request whose handler was cancelled for this reason: 408 if
    /// the client was the slow side (RFC 9110 section 15.5.9), else 500.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::Fault(fault) => fault.status(),
            Self::WriteTimeout => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Finished => "finished",
            Self::PeerClosed => "closed by the peer",
            Self::PeerGone => "the peer is gone",
            Self::Fault(error) => return error.fmt(f),
            Self::HandshakeTimeout => "TLS handshake not complete in time",
            Self::Proxy(error) => return error.fmt(f),
            Self::ResponseCut => "response cut",
            Self::FileFailed => "a file could not be sent to its end",
            Self::KeepAliveTimeout => "idle for too long",
            Self::WriteTimeout => "the peer takes no data",
            Self::HandlerTimeout => "the handler took too long",
            Self::RequestTimeout => "the request took too long",
            Self::WebSocketFailed => "a violation of the WebSocket protocol",
            Self::PingTimeout => "no answer to a ping",
            Self::Shutdown => "the server shuts down",
        })
    }
}

/// The error of a call into a [`Connection`](crate::Connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Error {
    /// A fault of the peer.
    Peer(PeerError),
    /// A fault of the caller.
    Misuse(Misuse),
    /// The connection was closed.
    Closed(CloseReason),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(error) => error.fmt(f),
            Self::Misuse(error) => error.fmt(f),
            Self::Closed(reason) => write!(f, "connection closed: {reason}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<PeerError> for Error {
    fn from(error: PeerError) -> Self {
        Self::Peer(error)
    }
}

impl From<Misuse> for Error {
    fn from(error: Misuse) -> Self {
        Self::Misuse(error)
    }
}

impl From<CloseReason> for Error {
    fn from(reason: CloseReason) -> Self {
        Self::Closed(reason)
    }
}

const _: () = assert!(size_of::<Error>() <= 16);
