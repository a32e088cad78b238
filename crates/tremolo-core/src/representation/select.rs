//! Turns a request and a file into the head of the response and its content: preconditions first,
//! then ranges (RFC 9110 sections 13.2.2 and 14.2), then the fields of 200, 206, 304 or 416.

use http::{Method, StatusCode};

use super::conditional::{Precondition, evaluate, if_range_holds};
use super::content::{ByteRanges, Content, content_range, unsatisfied_range};
use super::file::Slice;
use super::ranges::{ByteRange, Ranges};
use super::validators::{EntityTag, Validators, parse_date};
use crate::clock::Now;
use crate::error::Misuse;
use crate::http1::request::RequestHead;
use crate::http1::response::{DateLine, FieldList, ResponseHead, has_content};

/// The representation to be served.
#[derive(Clone, Copy, Debug)]
pub struct Representation<'a> {
    /// The part of the file.
    pub slice: Slice,
    /// Its validators. An `ETag` or a `Last-Modified` that the application has set takes
    /// precedence.
    pub validators: Validators<'a>,
    /// Whether ranges of it may be requested.
    pub accept_ranges: bool,
}

/// The kind of response.
#[derive(Clone, Debug)]
pub enum Selected {
    /// The head is complete, with its `Content-Length`; this content follows.
    Content(Content),
    /// The head is complete, a 304; no content follows.
    NotModified,
    /// Send an error page; the head is unchanged.
    Refused(Refusal),
}

/// Why a request is refused: 412, or 416 with its `Content-Range`.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status of the error page.
    pub status: StatusCode,
    /// The additional fields.
    pub fields: FieldList,
}

/// Selects the representation for a response, and completes its head.
///
/// The application's part of the head must be set before: content type and fields are taken from
/// it, and if its status is not 200, the whole representation is sent, whatever the request
/// contains (section 13.2.1). `random` returns 128 unpredictable bits for the boundary; it is
/// called only for several ranges.
///
/// `Range` applies only to GET (section 14.2): HEAD gets the head of the whole representation, and
/// no content.
///
/// # Errors
///
/// [`Misuse::InvalidFieldValue`] if the head would exceed the maximum size of a head.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::{Config, Now};
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
/// use tremolo_core::http1::response::ResponseHead;
/// use tremolo_core::representation::{
///     EntityTag, Representation, Segment, Selected, Slice, Validators, select,
/// };
///
/// let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\nRange: bytes=-10\r\n\r\n");
/// let mut request = RequestHead::default();
/// HeadParser::default().parse(&mut input, &Config::default(), &mut request)?;
///
/// let mut response = ResponseHead::default();
/// response.set_content_type(b"text/plain")?;
/// let etag = EntityTag::parse(b"\"v1\"");
/// let representation = Representation {
///     slice: Slice::whole(1_000),
///     validators: Validators { etag, last_modified: Some(784_000_000) },
///     accept_ranges: true,
/// };
/// let now = Now::new(std::time::Instant::now(), 784_111_777);
/// let selected = select(&request, &mut response, &representation, &now, || 0x5eed)?;
///
/// let Selected::Content(content) = selected else { panic!("these bytes exist") };
/// assert!(content.eq([Segment::File { offset: 990, length: 10 }]));
/// assert_eq!(response.status(), 206);
/// assert_eq!(response.declared_length(), Some(10));
/// assert_eq!(response.fields().get(b"content-range"), Some(&b"bytes 990-999/1000"[..]));
/// # Ok::<(), tremolo_core::Error>(())
/// ```
pub fn select(
    request: &RequestHead,
    response: &mut ResponseHead,
    representation: &Representation<'_>,
    now: &Now,
    random: impl FnOnce() -> u128,
) -> Result<Selected, Misuse> {
    let slice = representation.slice;
    let ranges = match decide(request, response, representation, now) {
        Decision::Send(ranges) => ranges,
        Decision::NotModified => {
            set_validators(response, &representation.validators, now)?;
            response.set_status(304)?;
            // It repeats those fields of a 200 that describe its state (section 15.4.5).
            response.remove(b"Content-Length");
            response.remove(b"Transfer-Encoding");
            return Ok(Selected::NotModified);
        }
        Decision::Refuse(status) => {
            let mut fields = FieldList::default();
            if status == StatusCode::RANGE_NOT_SATISFIABLE {
                fields.set(b"Content-Range", &unsatisfied_range(slice.length()))?;
            }
            return Ok(Selected::Refused(Refusal { status, fields }));
        }
    };
    if representation.accept_ranges && response.status() == StatusCode::OK {
        response.set(b"Accept-Ranges", b"bytes")?;
    }
    set_validators(response, &representation.validators, now)?;
    let content = match &ranges[..] {
        [] => whole(response, slice)?,
        [range] => single(response, slice, *range)?,
        several => match ByteRanges::new(several, slice, response.content_type(), random()) {
            Some(parts) => multipart(response, parts)?,
            None => whole(response, slice)?,
        },
    };
    let is_head = request.method() == Method::HEAD;
    let is_sent = has_content(response.status(), is_head);
    Ok(Selected::Content(if is_sent { content } else { Content::default() }))
}

enum Decision {
    /// These ranges, or the whole representation if there are none.
    Send(Vec<ByteRange>),
    NotModified,
    Refuse(StatusCode),
}

fn decide(
    request: &RequestHead,
    response: &ResponseHead,
    representation: &Representation<'_>,
    now: &Now,
) -> Decision {
    if response.status() != StatusCode::OK {
        return Decision::Send(Vec::new());
    }
    let validators = &current(response, &representation.validators);
    match evaluate(request.method(), request.fields(), validators) {
        Precondition::Proceed => {}
        Precondition::NotModified => return Decision::NotModified,
        Precondition::Failed => return Decision::Refuse(StatusCode::PRECONDITION_FAILED),
    }
    let ranges = match range_field(request) {
        Some(value) if representation.accept_ranges => {
            Ranges::parse(value, representation.slice.length())
        }
        _ => Ranges::Whole,
    };
    if ranges == Ranges::Whole || !if_range_holds(request.fields(), validators, now.wall_seconds) {
        return Decision::Send(Vec::new());
    }
    match ranges {
        Ranges::Whole => Decision::Send(Vec::new()),
        Ranges::Listed(ranges) => Decision::Send(ranges),
        Ranges::Unsatisfiable => Decision::Refuse(StatusCode::RANGE_NOT_SATISFIABLE),
    }
}

/// The `Range` of a GET, if there is exactly one: other methods have no ranges (section 14.2).
fn range_field(request: &RequestHead) -> Option<&[u8]> {
    let mut values = request.fields().get_all("range");
    let value = values.next().filter(|_| *request.method() == Method::GET)?;
    if values.next().is_some() { None } else { Some(value) }
}

/// The validators of the response: the application's take precedence over those of the file.
fn current<'a>(response: &'a ResponseHead, of_file: &Validators<'a>) -> Validators<'a> {
    let fields = response.fields();
    Validators {
        etag: fields.get(b"ETag").map_or(of_file.etag, EntityTag::parse),
        last_modified: fields.get(b"Last-Modified").map_or(of_file.last_modified, parse_date),
    }
}

fn set_validators(
    response: &mut ResponseHead,
    validators: &Validators<'_>,
    now: &Now,
) -> Result<(), Misuse> {
    if let Some(changed) = validators.last_modified
        && response.fields().get(b"Last-Modified").is_none()
    {
        // Never later than the `Date` of the response (section 8.8.2.1).
        let date = DateLine::from_unix(changed.min(now.wall_seconds));
        response.set(b"Last-Modified", date.as_bytes())?;
    }
    if let Some(tag) = validators.etag
        && response.fields().get(b"ETag").is_none()
    {
        response.set(b"ETag", tag.as_bytes())?;
    }
    Ok(())
}

fn whole(response: &mut ResponseHead, slice: Slice) -> Result<Content, Misuse> {
    set_length(response, slice.length())?;
    Ok(Content::of(slice))
}

/// Section 15.3.7.1.
fn single(response: &mut ResponseHead, slice: Slice, range: ByteRange) -> Result<Content, Misuse> {
    response.set_status(206)?;
    response.set(b"Content-Range", &content_range(range, slice.length()))?;
    set_length(response, range.length())?;
    Ok(Content::of(slice.part(range.first, range.length())))
}

/// Section 15.3.7.2: each part has its own `Content-Range`, the head has none.
fn multipart(response: &mut ResponseHead, parts: ByteRanges) -> Result<Content, Misuse> {
    response.set_status(206)?;
    response.remove(b"Content-Range");
    response.set_content_type(&parts.content_type)?;
    set_length(response, parts.length)?;
    Ok(parts.content)
}

/// The length is exact, so it frames the message instead of chunks.
fn set_length(response: &mut ResponseHead, length: u64) -> Result<(), Misuse> {
    response.remove(b"Transfer-Encoding");
    response.set(b"Content-Length", itoa::Buffer::new().format(length).as_bytes())
}
