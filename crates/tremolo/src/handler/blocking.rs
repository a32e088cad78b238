//! Handlers that block: each call has a thread of the worker's pool for itself.
//!
//! The thread sends its answer to the worker, and then the pieces of a body one by one. The driver
//! treats them like those of any other handler.

use std::borrow::Cow;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tremolo_core::Piece;

use super::Handler;
use super::function::{Function, Shared};
use crate::blocking::{BlockingArguments, block_on};
use crate::clock;
use crate::error::HttpError;
use crate::extract::Call;
use crate::marker;
use crate::race::{Winner, race};
use crate::reply::{Answer, AnyStream, Body, OwnedStatus, PieceStream, Reply};
use crate::requirements::Requirements;
use crate::shared_connection::Exchange;

/// Makes a handler of a function or closure that blocks: it runs on one of the `thread_pool_size`
/// threads of its worker, and delays no other request.
///
/// Its arguments are [`BlockingRequest`](crate::BlockingRequest),
/// [`BlockingResponse`](crate::BlockingResponse), [`BlockingLock`](crate::BlockingLock) and
/// extractors, in any number up to eight; its result is any [`Reply`], made on the thread.
/// [`Pieces`](crate::Pieces) of an iterator are pulled there too, and not while the client takes
/// none.
///
/// While all threads are busy, requests wait in the order in which they came. One whose client
/// leaves meanwhile is not started. A panic is a 500. A handler that makes no progress for
/// `app_handler_timeout` is answered with a 500, but nothing can stop a thread: it stays busy until
/// the function returns. Its next read or write fails, and so does that of a function whose client
/// has left.
///
/// ```
/// use tremolo::{Application, BlockingRequest, BlockingResponse, HttpError, Pieces, blocking};
///
/// fn copy(request: BlockingRequest, response: BlockingResponse) -> Result<(), HttpError> {
///     for piece in request.stream() {
///         response.write(piece?)?;
///     }
///     Ok(())
/// }
///
/// # let _ =
/// Application::new()
///     .route("/copy", blocking(copy))
///     .route("/name", blocking(|| std::fs::read_to_string("/etc/hostname")))
///     .route("/count", blocking(|| Pieces((1..=3).map(|number| format!("{number}\n")))))
/// # ;
/// ```
pub fn blocking<F, A, R>(function: F) -> BlockingHandler<F>
where
    F: Function<marker::NotAsync, A, R> + Shared,
    A: BlockingArguments,
    R: Reply,
{
    BlockingHandler { function: Arc::new(function) }
}

/// A handler that blocks: see [`blocking`].
pub struct BlockingHandler<F> {
    function: Arc<F>,
}

impl<F> Clone for BlockingHandler<F> {
    fn clone(&self) -> Self {
        Self { function: Arc::clone(&self.function) }
    }
}

impl<F> fmt::Debug for BlockingHandler<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingHandler")
    }
}

#[diagnostic::do_not_recommend]
impl<F, A, R> Handler<(marker::OnThread, (A, R))> for BlockingHandler<F>
where
    F: Function<marker::NotAsync, A, R> + Shared,
    A: BlockingArguments,
    R: Reply,
{
    async fn call(&self, mut call: Call) -> Answer {
        let arguments = match A::for_thread(&mut call).await {
            Ok(arguments) => arguments,
            Err(error) => return error.into_answer(),
        };
        let function = Arc::clone(&self.function);
        on_thread(call, move || block_on(function.invoke(arguments))).await
    }

    fn requires(&self, requirements: &mut Requirements) {
        A::requires(requirements);
    }
}

/// Waits for a thread, and then for its answer.
async fn on_thread<R: Reply>(mut call: Call, run: impl FnOnce() -> R + Send + 'static) -> Answer {
    let exchange = call.exchange();
    drop(call);
    let threads = Arc::clone(&exchange.shared().resources().threads);
    let asked = clock::now().instant;
    let Ok(permit) = threads.acquire_owned().await else { return gone().into_answer() };
    let waited = clock::now().instant.saturating_duration_since(asked);
    exchange.shared().worker().own_monitor().counters.waited(waited);
    let (sender, mut receiver) = oneshot::channel();
    let job = Arc::clone(&exchange);
    let thread = spawn_blocking(move || {
        // The client may have left while this waited for its thread.
        if job.is_over() {
            return;
        }
        // Held until the function returns, also when no future waits for its answer any more.
        let _permit = permit;
        send_answer(run().into_answer(), sender, &job);
    });
    // The job has started, and has `app_close_timeout` when its client leaves.
    let answered = match race(&mut receiver, exchange.disconnected()).await {
        Winner::First(answered) => answered,
        Winner::Second(()) => receiver.await,
    };
    match answered {
        Ok(sent) => sent.into_answer(thread),
        // The sender was dropped: the thread panicked before it replied.
        Err(_) => thread.await.map_or_else(raise, |()| gone()).into_answer(),
    }
}

/// Sends the answer of the function, on its thread.
fn send_answer(answer: Answer, sender: oneshot::Sender<SentAnswer>, exchange: &Exchange) {
    let Answer { status, content_type, fields, body } = answer;
    let (body, stream) = match body {
        Body::Nothing => (Ok(SentBody::Nothing), None),
        Body::Whole(piece) => (Ok(SentBody::Whole(piece)), None),
        Body::LeaveOpen => (Ok(SentBody::LeaveOpen), None),
        Body::Error(error) => (Err(error), None),
        Body::Stream(stream) => {
            let (sender, pieces) = mpsc::channel(1);
            let are_events = stream.are_events();
            (Ok(SentBody::Pieces { pieces, are_events }), Some((stream, sender)))
        }
    };
    let sent = sender.send(SentAnswer { status, content_type, fields, body });
    if let (Ok(()), Some((stream, sender))) = (sent, stream) {
        pull(stream, &sender, exchange);
    }
}

/// Takes pieces from a stream when there is room for them, until the driver stops receiving.
fn pull(mut stream: PieceStream, pieces: &mpsc::Sender<PulledPiece>, exchange: &Exchange) {
    while let Ok(room) = block_on(pieces.reserve()) {
        block_on(exchange.writable());
        match block_on(poll_fn(|cx| stream.as_mut().poll_piece(cx))) {
            Some(piece) => room.send(piece),
            None => return,
        }
    }
}

type PulledPiece = Result<Piece<'static>, HttpError>;

/// An answer without the stream of its body, so that it can be sent to another thread.
struct SentAnswer {
    status: OwnedStatus,
    content_type: Option<Cow<'static, str>>,
    fields: Vec<(Cow<'static, str>, Cow<'static, [u8]>)>,
    body: Result<SentBody, HttpError>,
}

enum SentBody {
    Nothing,
    Whole(Piece<'static>),
    LeaveOpen,
    Pieces { pieces: mpsc::Receiver<PulledPiece>, are_events: bool },
}

impl SentAnswer {
    fn into_answer(self, thread: JoinHandle<()>) -> Answer {
        let Self { status, content_type, fields, body } = self;
        let body = match body {
            Ok(SentBody::Nothing) => Body::Nothing,
            Ok(SentBody::Whole(piece)) => Body::Whole(piece),
            Ok(SentBody::LeaveOpen) => Body::LeaveOpen,
            Ok(SentBody::Pieces { pieces, are_events }) => {
                Body::Stream(Box::pin(Pulled { pieces, thread, are_events }))
            }
            Err(error) => Body::Error(error),
        };
        Answer { status, content_type, fields, body }
    }
}

/// The pieces that a thread pulls, as the driver takes them.
struct Pulled {
    pieces: mpsc::Receiver<PulledPiece>,
    thread: JoinHandle<()>,
    are_events: bool,
}

impl AnyStream for Pulled {
    fn poll_piece(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PulledPiece>> {
        if let Some(piece) = ready!(self.pieces.poll_recv(cx)) {
            return Poll::Ready(Some(piece));
        }
        // If the thread has panicked, the body is not complete.
        let ended = ready!(Pin::new(&mut self.thread).poll(cx));
        Poll::Ready(ended.map_or_else(|error| Some(Err(raise(error))), |()| None))
    }

    fn are_events(&self) -> bool {
        self.are_events
    }
}

/// Resumes a panic of the thread, so that the driver handles it like any other.
fn raise(error: JoinError) -> HttpError {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => gone(),
    }
}

/// The worker is ending, and starts no thread.
fn gone() -> HttpError {
    HttpError::service_unavailable()
}
