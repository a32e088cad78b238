//! Redirects.

use std::borrow::Cow;

use tremolo_core::encode_location;

use super::{Answer, Reply};

/// Sends the client elsewhere: to a path or a URL, whose characters that may not stand in one are
/// percent-encoded. What is percent-encoded already stays as it is.
///
/// ```
/// use tremolo::Redirect;
///
/// # tremolo::Application::new()
/// .route("/old", async || Redirect::permanent("/new"))
/// # ;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    status: u16,
    location: Cow<'static, str>,
}

impl Redirect {
    /// 302: temporary; the client may change the method to GET.
    #[must_use]
    pub fn to(location: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 302, location: location.into() }
    }

    /// 301: permanent; the client may change the method to GET.
    #[must_use]
    pub fn permanent(location: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 301, location: location.into() }
    }

    /// 303: the client continues with GET.
    #[must_use]
    pub fn see_other(location: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 303, location: location.into() }
    }

    /// 307: temporary, with the same method and body.
    #[must_use]
    pub fn temporary(location: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 307, location: location.into() }
    }

    /// 308: permanent, with the same method and body.
    #[must_use]
    pub fn permanent_same_method(location: impl Into<Cow<'static, str>>) -> Self {
        Self { status: 308, location: location.into() }
    }
}

impl Reply for Redirect {
    fn into_answer(self) -> Answer {
        let location = match encode_location(self.location.as_bytes()) {
            Cow::Borrowed(_) => self.location,
            Cow::Owned(encoded) => encoded.into(),
        };
        Answer::whole("").with_status(self.status).with_header("Location", location)
    }
}
