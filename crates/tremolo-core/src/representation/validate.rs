//! Validators of a response that an application makes: its fields, and 304 (RFC 9110 sections 8.8
//! and 15.4.5).

use http::StatusCode;

use super::conditional::{Precondition, evaluate, is_read};
use super::validators::Validators;
use crate::error::Misuse;
use crate::http1::request::RequestHead;
use crate::http1::response::{DateLine, ResponseHead};

/// Evaluates the preconditions of a request against the current state of its resource, before the
/// method is performed.
///
/// For GET and HEAD it also sets `ETag` and `Last-Modified`, and the status 304 if the client has a
/// current copy: then no content is sent, whatever the application writes. For other methods it
/// sets nothing, because the response to a change has the validators of the new state. A response
/// with an error status has no preconditions (section 13.2.1).
///
/// [`Precondition::Failed`] is to be answered with 412.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
/// use tremolo_core::http1::response::ResponseHead;
/// use tremolo_core::representation::{EntityTag, Precondition, Validators, validate};
///
/// let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\"\r\n\r\n");
/// let mut request = RequestHead::default();
/// HeadParser::default().parse(&mut input, &Config::default(), &mut request)?;
///
/// let mut response = ResponseHead::default();
/// let validators = Validators { etag: EntityTag::parse(b"\"v1\""), last_modified: None };
/// assert_eq!(validate(&request, &mut response, &validators)?, Precondition::NotModified);
/// assert_eq!(response.status(), 304);
/// assert_eq!(response.fields().get(b"etag"), Some(&b"\"v1\""[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// None that a caller has to expect: the fields and the status are valid.
pub fn validate(
    request: &RequestHead,
    response: &mut ResponseHead,
    validators: &Validators<'_>,
) -> Result<Precondition, Misuse> {
    let status = response.status();
    if !(status.is_success() || status == StatusCode::NOT_MODIFIED) {
        return Ok(Precondition::Proceed);
    }
    let precondition = evaluate(request.method(), request.fields(), validators);
    if precondition == Precondition::Failed || !is_read(request.method()) {
        return Ok(precondition);
    }
    if let Some(tag) = validators.etag {
        response.set(b"ETag", tag.as_bytes())?;
    }
    if let Some(changed) = validators.last_modified {
        response.set(b"Last-Modified", DateLine::from_unix(changed).as_bytes())?;
    }
    if precondition == Precondition::NotModified {
        response.set_status(StatusCode::NOT_MODIFIED.as_u16())?;
    }
    Ok(precondition)
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::Config;
    use crate::http1::request::HeadParser;
    use crate::representation::EntityTag;

    /// Precondition, status and `ETag` of the response to a request for version 1 of 1994.
    fn answer(line: &str, status: u16) -> (Precondition, u16, bool) {
        let mut input = BytesMut::from(&*format!("{line}\n\n").replace('\n', "\r\n"));
        let mut request = RequestHead::default();
        HeadParser::default().parse(&mut input, &Config::default(), &mut request).unwrap();
        let mut response = ResponseHead::default();
        response.set_status(status).unwrap();
        let etag = EntityTag::parse(b"\"v1\"");
        let validators = Validators { etag, last_modified: Some(784_111_777) };
        let precondition = validate(&request, &mut response, &validators).unwrap();
        let fields = response.fields();
        let is_dated = fields.get(b"last-modified") == Some(b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(fields.get(b"etag").is_some(), is_dated);
        (precondition, response.status().as_u16(), is_dated)
    }

    #[test]
    fn a_current_copy_is_304_and_a_condition_that_fails_changes_nothing() {
        use Precondition::{Failed, NotModified, Proceed};
        let host = " / HTTP/1.1\nHost: a\n";
        for (request, status, expected) in [
            (format!("GET{host}A: b"), 200, (Proceed, 200, true)),
            (format!("GET{host}If-None-Match: \"v2\""), 203, (Proceed, 203, true)),
            (format!("GET{host}If-None-Match: W/\"v1\""), 200, (NotModified, 304, true)),
            (format!("HEAD{host}If-None-Match: *"), 200, (NotModified, 304, true)),
            (
                format!("GET{host}If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT"),
                200,
                (NotModified, 304, true),
            ),
            (format!("GET{host}If-Match: \"v2\""), 200, (Failed, 200, false)),
            (format!("PUT{host}If-Match: \"v2\""), 200, (Failed, 200, false)),
            (format!("PUT{host}If-None-Match: *"), 200, (Failed, 200, false)),
            (format!("PUT{host}If-Match: \"v1\""), 200, (Proceed, 200, false)),
            (format!("GET{host}If-None-Match: \"v1\""), 404, (Proceed, 404, false)),
        ] {
            assert_eq!(answer(&request, status), expected, "{request}");
        }
    }
}
