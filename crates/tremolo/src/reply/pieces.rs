//! Bodies in pieces from an iterator.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::{Answer, Reply, StreamPiece, StreamReply};

/// The items of an iterator as the pieces of a body, each sent as it comes: text, bytes, or a
/// `Result` of these. The next item is not taken while the client does not read the previous one.
///
/// In a [`blocking`](crate::blocking()) handler its items may block, on the thread of the
/// handler; in any other they must be ready.
///
/// ```
/// use std::fs::File;
/// use std::io::{BufRead, BufReader};
/// use tremolo::{HttpError, Pieces, blocking};
///
/// fn lines() -> Result<Pieces<impl Iterator<Item = Result<String, HttpError>>>, HttpError> {
///     let file = BufReader::new(File::open("/etc/services")?);
///     Ok(Pieces(file.lines().map(|line| Ok(line? + "\n"))))
/// }
/// # tremolo::Application::new().route("/lines", blocking(lines));
/// ```
#[derive(Clone, Debug)]
pub struct Pieces<I>(pub I);

impl<I> Reply for Pieces<I>
where
    I: Iterator + 'static,
    I::Item: StreamPiece,
{
    fn into_answer(self) -> Answer {
        StreamReply::new(Iterated(Box::new(self.0))).into_answer()
    }
}

/// An iterator as a stream that never waits.
struct Iterated<I>(Box<I>);

impl<I: Iterator> Stream for Iterated<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}
