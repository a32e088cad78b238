//! The head of a response, and what it announces of the body (RFC 9112 section 6.3).

use bytes::{Buf as _, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use tremolo_core::http1::body::Decoder;

use super::error::TestError;

/// The head of a response.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
}

/// Where a body ends.
#[derive(Debug)]
pub(super) enum Framing {
    /// Where the decoder finds its end.
    Decoded(Decoder),
    /// With the connection.
    UntilEnd,
}

impl Head {
    /// Takes a head from the beginning of the input. `None`: it is not complete.
    pub(super) fn take(input: &mut BytesMut) -> Result<Option<Self>, TestError> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut parsed = httparse::Response::new(&mut fields);
        let status = parsed.parse(input).map_err(malformed)?;
        let httparse::Status::Complete(length) = status else { return Ok(None) };
        let code = parsed.code.unwrap_or_default();
        let status = StatusCode::from_u16(code).map_err(malformed)?;
        let mut headers = HeaderMap::new();
        for field in parsed.headers {
            let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(malformed)?;
            headers.append(name, HeaderValue::from_bytes(field.value).map_err(malformed)?);
        }
        input.advance(length);
        Ok(Some(Self { status, headers }))
    }

    /// The framing of the body in the response to this method.
    pub(super) fn framing(&self, method: &Method) -> Result<Framing, TestError> {
        let has_none = self.status.is_informational()
            || matches!(self.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if has_none || *method == Method::HEAD {
            return Ok(Framing::Decoded(Decoder::none()));
        }
        if let Some(coding) = self.headers.get(http::header::TRANSFER_ENCODING) {
            let is_chunked = coding.as_bytes().eq_ignore_ascii_case(b"chunked");
            return Ok(if is_chunked {
                Framing::Decoded(Decoder::chunked())
            } else {
                Framing::UntilEnd
            });
        }
        let Some(length) = self.headers.get(http::header::CONTENT_LENGTH) else {
            return Ok(Framing::UntilEnd);
        };
        let length = length.to_str().map_err(malformed)?.parse().map_err(malformed)?;
        Ok(Framing::Decoded(Decoder::length(length)))
    }
}

fn malformed(reason: impl std::fmt::Display) -> TestError {
    TestError::Malformed(reason.to_string())
}

/// More than any application sets.
const MAX_FIELDS: usize = 512;
