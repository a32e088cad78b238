//! Messages that two implementations could divide differently into requests (RFC 9112 sections 6.3
//! and 11.2), in families.
//!
//! A message has a mark in its target, and often another one in a request within its body or behind
//! it. No client sends that one as a request, unless all agree that it is one.

mod answers;
mod chunks;
mod framing;
mod heads;

use std::fmt::Write;

/// What a client sends, and when it waits.
#[derive(Clone, Debug)]
pub(crate) struct Attack {
    /// The row of the table.
    pub(crate) family: &'static str,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Send(String),
    /// Until something was received, or the connection has ended.
    Await,
}

impl Attack {
    fn new(family: &'static str, bytes: impl Into<String>) -> Self {
        Self { family, steps: vec![Step::Send(bytes.into())] }
    }

    /// Sends the rest after something has come.
    fn in_two(family: &'static str, first: impl Into<String>, rest: impl Into<String>) -> Self {
        let steps = vec![Step::Send(first.into()), Step::Await, Step::Send(rest.into())];
        Self { family, steps }
    }

    /// The steps, with the marks of the attack of this number.
    pub(crate) fn steps(&self, number: usize) -> Vec<Step> {
        let marked = |text: &String| {
            text.replace(OUTER, &outer_mark(number)).replace(INNER, &inner_mark(number))
        };
        let step = |step: &Step| match step {
            Step::Send(text) => Step::Send(marked(text)),
            Step::Await => Step::Await,
        };
        self.steps.iter().map(step).collect()
    }
}

/// All attacks, family by family.
pub(crate) fn all() -> Vec<Attack> {
    [framing::all(), chunks::all(), heads::all(), answers::all()].concat()
}

/// The mark of the attack itself.
pub(crate) fn outer_mark(number: usize) -> String {
    mark('a', number)
}

/// The mark of the request that the attack hides.
pub(crate) fn inner_mark(number: usize) -> String {
    mark('i', number)
}

/// All marks have the same length, because lengths are computed from the texts.
pub(crate) fn mark(kind: char, number: usize) -> String {
    format!("{MARK}{kind}{number:06}")
}

/// How each mark begins.
pub(crate) const MARK: &str = "mark-";

const OUTER: &str = "mark-a000000";
const INNER: &str = "mark-i000000";

/// A request for a path, with these fields and this body as they are.
fn request(method: &str, path: &str, fields: &[&str], body: &str) -> String {
    message(&format!("{method} {path}?{OUTER} HTTP/1.1"), &[&["Host: test"], fields].concat(), body)
}

fn post(fields: &[&str], body: &str) -> String {
    request("POST", "/whole", fields, body)
}

fn message(line: &str, fields: &[&str], body: &str) -> String {
    let mut text = format!("{line}\r\n");
    for field in fields {
        let _ = write!(text, "{field}\r\n");
    }
    text + "\r\n" + body
}

/// The request that is hidden.
fn inner() -> String {
    format!("GET /whole?{INNER} HTTP/1.1\r\nHost: test\r\nX-Stamp: forged\r\n\r\n")
}

/// One that takes the next request for the value of a field.
fn open_inner() -> String {
    format!("GET /whole?{INNER} HTTP/1.1\r\nX-Stamp: forged\r\nX-Ignored: ")
}

fn length(body: &str) -> String {
    format!("Content-Length: {}", body.len())
}

/// The body as one chunk.
fn chunk(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n", body.len())
}

fn chunked(body: &str) -> String {
    chunk(body) + LAST
}

const LAST: &str = "0\r\n\r\n";
const CHUNKED: &str = "Transfer-Encoding: chunked";
