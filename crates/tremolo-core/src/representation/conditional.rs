//! Conditional requests: evaluates the preconditions of a request (RFC 9110 section 13).
//!
//! The fields are evaluated in the order of section 13.2.2. An invalid date is ignored, and so is a
//! repeated one.

use http::Method;

use super::validators::{EntityTag, EntityTags, Validators, parse_date};
use crate::http1::fields::Fields;

/// The result of the preconditions of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Precondition {
    /// All are true, or there are none: respond as if they were absent.
    Proceed,
    /// The client has a current copy: 304.
    NotModified,
    /// One is false: 412, and the method must not be performed.
    Failed,
}

/// Evaluates `If-Match`, `If-Unmodified-Since`, `If-None-Match` and `If-Modified-Since` against the
/// validators of a representation that exists (section 13.2.2).
///
/// Call it for requests whose response would be a 2xx otherwise (section 13.2.1). It is suitable
/// for any response with validators, not only for files.
///
/// ```
/// use bytes::BytesMut;
/// use tremolo_core::Config;
/// use tremolo_core::http1::request::{HeadParser, RequestHead};
/// use tremolo_core::representation::{EntityTag, Precondition, Validators, evaluate};
///
/// let mut input = BytesMut::from("GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"v1\"\r\n\r\n");
/// let mut head = RequestHead::default();
/// HeadParser::default().parse(&mut input, &Config::default(), &mut head)?;
///
/// let validators = Validators { etag: EntityTag::parse(b"\"v1\""), last_modified: None };
/// let precondition = evaluate(head.method(), head.fields(), &validators);
/// assert_eq!(precondition, Precondition::NotModified);
/// # Ok::<(), tremolo_core::PeerError>(())
/// ```
#[must_use]
pub fn evaluate(method: &Method, fields: Fields<'_>, validators: &Validators<'_>) -> Precondition {
    // Section 13.2.1: these methods select no representation.
    if [Method::CONNECT, Method::OPTIONS, Method::TRACE].contains(method) {
        return Precondition::Proceed;
    }
    let changed = validators.last_modified;
    let later_than = |date: Option<u64>| Some(changed? > date?);
    let applies = match lists(fields, "if-match", validators, |a, b| a.matches_strongly(b)) {
        Some(listed) => listed,
        None => later_than(date(fields, "if-unmodified-since")) != Some(true),
    };
    if !applies {
        return Precondition::Failed;
    }
    let reads = is_read(method);
    let is_known = match lists(fields, "if-none-match", validators, |a, b| a.matches_weakly(b)) {
        Some(listed) => listed,
        None => reads && later_than(date(fields, "if-modified-since")) == Some(false),
    };
    match (is_known, reads) {
        (false, _) => Precondition::Proceed,
        (true, true) => Precondition::NotModified,
        (true, false) => Precondition::Failed,
    }
}

/// Whether the ranges of a request apply: there is no `If-Range`, or it equals the current
/// validator, and that is a strong one (section 13.1.5).
pub(super) fn if_range_holds(fields: Fields<'_>, validators: &Validators<'_>, now: u64) -> bool {
    let mut values = fields.get_all("if-range");
    let Some(value) = values.next() else { return true };
    if values.next().is_some() {
        return false;
    }
    match (EntityTag::parse(value), parse_date(value)) {
        (Some(tag), _) => validators.etag.is_some_and(|current| current.matches_strongly(tag)),
        (None, Some(date)) => validators.strong_date(now) == Some(date),
        (None, None) => false,
    }
}

/// Whether the method only reads: GET and HEAD.
pub(super) fn is_read(method: &Method) -> bool {
    [Method::GET, Method::HEAD].contains(method)
}

/// Whether the field contains the current tag, or is `*`, which matches any representation. `None`
/// without the field.
fn lists(
    fields: Fields<'_>,
    name: &str,
    validators: &Validators<'_>,
    matches: fn(EntityTag<'_>, EntityTag<'_>) -> bool,
) -> Option<bool> {
    let mut lines = fields.get_all(name).peekable();
    lines.peek()?;
    Some(lines.any(|line| {
        line == b"*"
            || validators
                .etag
                .is_some_and(|current| EntityTags::new(line).any(|tag| matches(current, tag)))
    }))
}

/// The date of a field that occurs once.
fn date(fields: Fields<'_>, name: &str) -> Option<u64> {
    let mut values = fields.get_all(name);
    let value = values.next()?;
    if values.next().is_some() { None } else { parse_date(value) }
}
