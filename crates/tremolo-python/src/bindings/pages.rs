//! Error pages, and texts for heads and log lines, as functions for Python.

use std::borrow::Cow;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use tremolo_core::Problem;
use tremolo_core::app::OtherPage;

use super::request::Request;
use super::response::Response;

/// error_page(request, code, detail='', reason=None, members=[])
///
/// The built-in error page in the format for the client of the request: the content type, whether
/// the response varies with `Accept`, and the page.
#[pyfunction]
#[pyo3(signature = (request, code, detail="", reason=None, members=Vec::new()))]
pub(super) fn error_page(
    request: &Bound<'_, Request>,
    code: u16,
    detail: &str,
    reason: Option<&str>,
    members: Vec<(String, String)>,
) -> (&'static str, bool, String) {
    let request = request.get();
    let settings = &request.host.get().settings;
    let (format, varies) = settings.page_rule().format(request.head.fields());
    let members: Vec<_> =
        members.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
    let problem = Problem {
        detail,
        server_name: &settings.config().server_name,
        title: reason.unwrap_or_default(),
        members: &members,
        ..Problem::new(code)
    };
    (format.content_type(), varies, problem.render(format))
}

/// page_of(code, pages)
///
/// The status whose page answers an error, if one of `pages` does.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "Python gives a list")]
pub(super) fn page_of(code: i64, pages: Vec<u16>) -> Option<u16> {
    let status = u16::try_from(code).ok()?;
    OtherPage::Internal.page_of(status, |known| pages.contains(&known))
}

/// escape_controls(text)
///
/// Text for a line of the log, with control characters escaped.
#[pyfunction]
pub(super) fn escape_controls(text: &str) -> Cow<'_, str> {
    tremolo_core::escape_controls(text)
}

/// begin_page(response, status, reason, content_type)
///
/// Clears the head of the response, for the page of an error.
#[pyfunction]
pub(super) fn begin_page(
    response: &Bound<'_, Response>,
    status: u16,
    reason: Option<&str>,
    content_type: &str,
) -> PyResult<()> {
    response.get().change(response.py(), |head, _| {
        head.clear();
        match reason {
            Some(reason) => head.set_status_with_reason(status, reason.as_bytes())?,
            None => head.set_status(status)?,
        }
        head.set_content_type(content_type.as_bytes())
    })
}

/// encode_location(target)
///
/// Percent-encodes characters that a `Location` may not contain. What is encoded stays.
#[pyfunction]
pub(super) fn encode_location<'py>(py: Python<'py>, target: &[u8]) -> Bound<'py, PyBytes> {
    PyBytes::new(py, tremolo_core::encode_location(target).as_bytes())
}
