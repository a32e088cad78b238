//! Fields beside a reply: `(HeaderMap, R)`, `(StatusCode, [(name, value)], R)`.

use std::borrow::Cow;

use http::{HeaderMap, StatusCode};

use super::{Answer, Reply};

/// The fields in a reply: a [`HeaderMap`], or an array or a vector of names and values.
///
/// ```
/// use tremolo::{Application, StatusCode};
///
/// # let _ =
/// Application::new()
///     .route("/made", async || (StatusCode::CREATED, [("Location", "/notes/1")], "made"))
///     .route("/plain", async || ([("Content-Type", "text/plain")], "<text>"))
/// # ;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a status nor fields of a reply: write `201_u16` or a `StatusCode`, and text as \
               names and values, `[(\"Name\", \"value\")]`",
    label = "not a status and no fields",
    note = "fields are a `HeaderMap`, or an array or a vector of `(name, value)`"
)]
pub trait IntoHeaders {
    /// Adds the fields to an answer ([`Answer::append_header`]).
    fn append_to(self, answer: &mut Answer);
}

impl IntoHeaders for HeaderMap {
    fn append_to(self, answer: &mut Answer) {
        let fields = self.iter().map(|(name, value)| {
            (Cow::Owned(name.as_str().to_owned()), Cow::Owned(value.as_bytes().to_vec()))
        });
        answer.fields.extend(fields);
    }
}

#[diagnostic::do_not_recommend]
impl<N, V> IntoHeaders for Vec<(N, V)>
where
    N: Into<Cow<'static, str>>,
    V: Into<Cow<'static, str>>,
{
    fn append_to(self, answer: &mut Answer) {
        self.into_iter().for_each(|(name, value)| answer.append_header(name, value));
    }
}

#[diagnostic::do_not_recommend]
impl<N, V, const COUNT: usize> IntoHeaders for [(N, V); COUNT]
where
    N: Into<Cow<'static, str>>,
    V: Into<Cow<'static, str>>,
{
    fn append_to(self, answer: &mut Answer) {
        self.into_iter().for_each(|(name, value)| answer.append_header(name, value));
    }
}

impl<H: IntoHeaders, R: Reply> Reply for (H, R) {
    fn into_answer(self) -> Answer {
        let (fields, reply) = self;
        let mut answer = reply.into_answer();
        fields.append_to(&mut answer);
        answer
    }
}

impl<H: IntoHeaders, R: Reply> Reply for (StatusCode, H, R) {
    fn into_answer(self) -> Answer {
        let (status, fields, reply) = self;
        (fields, reply).into_answer().with_status(status)
    }
}

impl<H: IntoHeaders, R: Reply> Reply for (u16, H, R) {
    fn into_answer(self) -> Answer {
        let (status, fields, reply) = self;
        (fields, reply).into_answer().with_status(status)
    }
}
