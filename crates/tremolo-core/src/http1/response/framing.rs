//! How the body of a response is delimited (RFC 9112 section 6.3; RFC 9110 sections 6.4.1, 8.6).

use http::StatusCode;

use super::head::ResponseHead;
use crate::http1::request::Version;

/// How the body of a response is delimited on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// No body, whatever the application sends.
    None,
    /// A body of exactly this many bytes.
    Length(u64),
    /// A body in the chunked coding.
    Chunked,
    /// A body that ends when the connection closes.
    UntilClose,
}

/// What is known about the body when the head is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodySize {
    /// The whole body is known; its length in bytes.
    Known(u64),
    /// The body is sent in pieces.
    Streamed,
}

/// The framing that the head announces, and the framing that is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The framing in the fields of the head.
    pub announced: Framing,
    /// The framing of the body: as announced, or [`Framing::None`] for HEAD and for statuses
    /// without a body.
    pub sent: Framing,
}

/// Decides the framing of a response.
pub(crate) fn plan(head: &ResponseHead, size: BodySize, version: Version, is_head: bool) -> Plan {
    if is_without_content(head.status()) {
        return Plan { announced: announced_without_content(head), sent: Framing::None };
    }
    let announced = announced(head, size, version);
    Plan { announced, sent: if is_head { Framing::None } else { announced } }
}

/// Whether content may follow the head: not in answer to HEAD, and not with a status that has none
/// (RFC 9110 section 9.3.2).
pub(crate) fn has_content(status: StatusCode, is_head: bool) -> bool {
    !is_head && !is_without_content(status)
}

/// RFC 9110 sections 15.2, 15.3.5, 15.3.6 and 15.4.5.
fn is_without_content(status: StatusCode) -> bool {
    matches!(status.as_u16(), 101 | 204 | 205 | 304)
}

fn announced_without_content(head: &ResponseHead) -> Framing {
    match head.status() {
        // RFC 9110 section 15.4.5: it may repeat the length of the 200.
        StatusCode::NOT_MODIFIED => head.declared_length().map_or(Framing::None, Framing::Length),
        // RFC 9110 section 15.3.6.
        StatusCode::RESET_CONTENT => Framing::Length(0),
        // RFC 9110 section 8.6: no Content-Length here, not even zero.
        _ => Framing::None,
    }
}

fn announced(head: &ResponseHead, size: BodySize, version: Version) -> Framing {
    let may_chunk = version == Version::Http11;
    match (head.declared_length(), size, head.chunked()) {
        // Chunked on request, but never for HTTP/1.0 (RFC 9112 section 6.1).
        (_, _, Some(true)) if may_chunk => Framing::Chunked,
        // Trailer fields need the chunked coding, unless the application forbids it.
        (None, BodySize::Known(_), None) if may_chunk && head.has_trailers() => Framing::Chunked,
        (Some(length), _, _) | (None, BodySize::Known(length), _) => Framing::Length(length),
        (None, BodySize::Streamed, Some(false)) => Framing::UntilClose,
        (None, BodySize::Streamed, _) if may_chunk => Framing::Chunked,
        (None, BodySize::Streamed, _) => Framing::UntilClose,
    }
}

#[cfg(test)]
mod tests {
    use super::Framing::{Chunked, Length, None as Nothing, UntilClose};
    use super::*;
    use crate::http1::request::Version::{Http10, Http11};

    const STREAMED: BodySize = BodySize::Streamed;

    fn planned(status: u16, length: Option<u64>, chunked: Option<bool>) -> ResponseHead {
        let mut head = ResponseHead::default();
        head.set_status(status).unwrap();
        if let Some(length) = length {
            head.set(b"Content-Length", length.to_string().as_bytes()).unwrap();
        }
        if let Some(chunked) = chunked {
            head.set_chunked(chunked);
        }
        head
    }

    /// RFC 9112 section 6.3, RFC 9110 sections 8.6, 15.3.5, 15.3.6, 15.4.5.
    #[test]
    fn follows_the_table() {
        let known = BodySize::Known;
        for (status, length, chunked, size, version, announced, sent) in [
            (200, None, None, known(5), Http11, Length(5), Length(5)),
            (200, None, None, known(5), Http10, Length(5), Length(5)),
            (200, None, Some(true), known(5), Http11, Chunked, Chunked),
            (200, None, Some(true), known(5), Http10, Length(5), Length(5)),
            (200, None, None, STREAMED, Http11, Chunked, Chunked),
            (200, None, None, STREAMED, Http10, UntilClose, UntilClose),
            (200, None, Some(true), STREAMED, Http10, UntilClose, UntilClose),
            (200, None, Some(false), STREAMED, Http11, UntilClose, UntilClose),
            (200, Some(9), None, STREAMED, Http11, Length(9), Length(9)),
            (200, Some(9), None, STREAMED, Http10, Length(9), Length(9)),
            (200, Some(9), None, known(5), Http11, Length(9), Length(9)),
            (200, Some(9), Some(true), known(5), Http11, Chunked, Chunked),
            (204, None, None, known(5), Http11, Nothing, Nothing),
            (204, Some(5), Some(true), STREAMED, Http11, Nothing, Nothing),
            (205, None, None, known(5), Http11, Length(0), Nothing),
            (304, None, None, known(5), Http11, Nothing, Nothing),
            (304, Some(9), None, known(0), Http11, Length(9), Nothing),
        ] {
            let head = planned(status, length, chunked);
            let got = plan(&head, size, version, false);
            assert_eq!(got, Plan { announced, sent }, "{status} {length:?} {chunked:?} {size:?}");
            let for_head = plan(&head, size, version, true);
            assert_eq!(for_head, Plan { announced, sent: Nothing }, "HEAD {status}");
        }
    }
}
