//! The macro `stream!`, and what it expands to. Programs do not name this module.

pub use async_stream;

pub use crate::reply::StreamReply;

/// A body in pieces: each `yield` sends one, as text or bytes, and waits while much is queued. The
/// end of the block ends the body. `.await` works inside it.
///
/// ```
/// use tremolo::{Application, stream};
///
/// # let _ =
/// Application::new().route("/count", || stream! {
///     for number in 1..=3 {
///         yield format!("{number}\n");
///     }
/// })
/// # ;
/// ```
///
/// `?` works too, if the yielded pieces are results; then one of them must name the type of the
/// error. An error before the first piece is a page, one after it cuts the response. A handler that
/// may also refuse before it streams returns a `Result` of a stream.
///
/// ```
/// use tremolo::{HttpError, Path, Reply, stream};
///
/// async fn lines(Path(name): Path<String>) -> Result<impl Reply, HttpError> {
///     if name.contains('/') {
///         return Err(HttpError::not_found());
///     }
///     Ok(stream! {
///         for line in std::fs::read_to_string(name)?.lines() {
///             yield Ok::<_, HttpError>(format!("{line}\n"));
///         }
///     })
/// }
/// # tremolo::Application::new().route("^/(.*)$", lines);
/// ```
#[macro_export]
macro_rules! stream {
    ($($body:tt)*) => {
        $crate::stream_macro::StreamReply::new($crate::stream_macro::async_stream::stream! { $($body)* })
    };
}
