//! A status code with a reason phrase, as setters and replies take it.

use http::StatusCode;

/// A status, with or without a reason phrase of its own.
#[derive(Clone, Copy, Debug)]
pub struct Status<'a> {
    pub(crate) code: u16,
    pub(crate) reason: Option<&'a str>,
}

impl From<u16> for Status<'_> {
    fn from(code: u16) -> Self {
        Self { code, reason: None }
    }
}

impl From<StatusCode> for Status<'_> {
    fn from(status: StatusCode) -> Self {
        Self { code: status.as_u16(), reason: None }
    }
}

impl<'a> From<(u16, &'a str)> for Status<'a> {
    fn from((code, reason): (u16, &'a str)) -> Self {
        Self { code, reason: Some(reason) }
    }
}
