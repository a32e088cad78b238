//! What a response is: a download with a name, a version of its resource.

use pyo3::prelude::*;
use tremolo_core::attachment;
use tremolo_core::representation::{EntityTag, Precondition, Validators, validate};
use tremolo_files::Types;

use super::Response;
use crate::bindings::errors;

#[pymethods]
impl Response {
    /// Has the client save the response under this name, in any language. Unless a content type was
    /// set, it is that of the extension of the name.
    fn set_attachment(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.change(py, |head, _| {
            if head.has_default_type() {
                head.set_content_type(Types::default().of(name.as_bytes()).as_bytes())?;
            }
            head.set(b"Content-Disposition", attachment(name).as_bytes())
        })
    }

    /// Checks the conditions of the request against the current version of its resource. For GET
    /// and HEAD it also sets the fields and, for a client that has this version, the status 304.
    #[pyo3(signature = (etag=None, last_modified=None, *, weak=false))]
    fn set_validators(
        &self,
        py: Python<'_>,
        etag: Option<&str>,
        last_modified: Option<&Bound<'_, PyAny>>,
        weak: bool,
    ) -> PyResult<bool> {
        let tag = etag.map(|version| EntityTag::quote(version, weak));
        let validators = Validators {
            etag: tag.as_ref().and_then(|tag| EntityTag::parse(tag.as_bytes())),
            last_modified: last_modified.map(unix_seconds).transpose()?,
        };
        let request = self.request.get();
        let mut found = Precondition::Proceed;
        self.change(py, |head, _| {
            found = validate(&request.head, head, &validators)?;
            Ok(())
        })?;
        match found {
            Precondition::Proceed => Ok(false),
            Precondition::NotModified => Ok(true),
            Precondition::Failed => Err(errors::http(py, 412, "Precondition Failed")),
        }
    }
}

/// Whole seconds since the Unix epoch of a number or a `datetime`; 0 for times before.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time outside of the range becomes its end"
)]
fn unix_seconds(time: &Bound<'_, PyAny>) -> PyResult<u64> {
    let seconds: f64 = match time.extract() {
        Ok(seconds) => seconds,
        Err(_) => time.call_method0("timestamp")?.extract()?,
    };
    Ok(seconds as u64)
}
