//! Handlers that block: each call has a thread of the worker's pool for itself.
//!
//! The thread hands its answer to the worker, and then the pieces of a body one by one; what
//! becomes of them is the same as with any other handler.

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
use crate::blocking::{BlockingArgument, block_on};
use crate::error::HttpError;
use crate::extract::Call;
use crate::marker;
use crate::reply::{Answer, AnyStream, Body, OwnedStatus, PieceStream, Reply};
use crate::requirements::Requirements;
use crate::shared_connection::Exchange;

/// Makes a handler of a function or closure that blocks: it runs on one of the `thread_pool_size`
/// threads of its worker, and holds up nobody else.
///
/// Its arguments are [`BlockingRequest`](crate::BlockingRequest),
/// [`BlockingResponse`](crate::BlockingResponse), [`BlockingLock`](crate::BlockingLock) and
/// extractors, in any number up to eight; its result is any [`Reply`], made on the thread.
/// [`Pieces`](crate::Pieces) of an iterator are pulled there too, and not while the client takes
/// none.
///
/// While all threads are busy, requests wait in the order in which they came; one whose client goes
/// meanwhile is not begun. A panic is a 500. A handler that makes no progress for
/// `app_handler_timeout` is answered for with a 500, but nothing can stop a thread: it stays busy
/// until the function returns. Its next read or write fails, and so does that of a function whose
/// client has gone.
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
pub fn blocking<F>(function: F) -> BlockingHandler<F> {
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
impl<F, R> Handler<(marker::OnThread, R)> for BlockingHandler<F>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Reply,
{
    async fn call(&self, call: Call) -> Answer {
        let function = Arc::clone(&self.function);
        on_thread(call, move || function()).await
    }
}

macro_rules! blocking_handlers {
    ($($($type:ident $value:ident),+;)+) => {$(
        #[diagnostic::do_not_recommend]
        impl<F, R, $($type),+> Handler<(marker::OnThread, R, $($type),+)> for BlockingHandler<F>
        where
            F: Fn($($type),+) -> R + Send + Sync + 'static,
            R: Reply,
            $($type: BlockingArgument,)+
        {
            async fn call(&self, mut call: Call) -> Answer {
                $(let $value = match $type::for_thread(&mut call).await {
                    Ok(value) => value,
                    Err(error) => return error.into_answer(),
                };)+
                let function = Arc::clone(&self.function);
                on_thread(call, move || function($($value),+)).await
            }

            fn requires(&self, requirements: &mut Requirements) {
                $($type::requires(requirements);)+
            }
        }
    )+};
}

blocking_handlers! {
    A a;
    A a, B b;
    A a, B b, C c;
    A a, B b, C c, D d;
    A a, B b, C c, D d, E e;
    A a, B b, C c, D d, E e, G g;
    A a, B b, C c, D d, E e, G g, H h;
    A a, B b, C c, D d, E e, G g, H h, I i;
}

/// Waits for a thread, and then for what it has to say.
async fn on_thread<R: Reply>(mut call: Call, run: impl FnOnce() -> R + Send + 'static) -> Answer {
    let exchange = call.exchange();
    drop(call);
    let threads = Arc::clone(&exchange.shared().resources().threads);
    let Ok(permit) = threads.acquire_owned().await else { return gone().into_answer() };
    let (sender, mut said) = oneshot::channel();
    let job = Arc::clone(&exchange);
    let thread = spawn_blocking(move || {
        // The client may have gone while this waited for its thread.
        if job.is_over() {
            return;
        }
        // Kept when nobody waits for the answer any more: the thread is busy all the same.
        let _permit = permit;
        say(run().into_answer(), sender, &job);
    });
    // The job has begun, and has `app_close_timeout` when its client goes.
    let answered = tokio::select! {
        biased;
        answered = &mut said => answered,
        () = exchange.disconnected() => said.await,
    };
    match answered {
        Ok(said) => said.into_answer(thread),
        // It went without a word.
        Err(_) => thread.await.map_or_else(raise, |()| gone()).into_answer(),
    }
}

/// Says on the thread what the function has returned.
fn say(answer: Answer, told: oneshot::Sender<Said>, exchange: &Exchange) {
    let Answer { status, content_type, fields, body } = answer;
    let (body, stream) = match body {
        Body::Nothing => (Ok(SaidBody::Nothing), None),
        Body::Whole(piece) => (Ok(SaidBody::Whole(piece)), None),
        Body::LeaveOpen => (Ok(SaidBody::LeaveOpen), None),
        Body::Error(error) => (Err(error), None),
        Body::Stream(stream) => {
            let (sender, pieces) = mpsc::channel(1);
            (Ok(SaidBody::Pieces(pieces)), Some((stream, sender)))
        }
    };
    let heard = told.send(Said { status, content_type, fields, body });
    if let (Ok(()), Some((stream, sender))) = (heard, stream) {
        pull(stream, &sender, exchange);
    }
}

/// Pulls the pieces of a stream when there is room for them, as long as somebody takes them.
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

/// An answer that can go to another thread: the stream of its body stays on its own.
struct Said {
    status: Option<OwnedStatus>,
    content_type: Option<Cow<'static, str>>,
    fields: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    body: Result<SaidBody, HttpError>,
}

enum SaidBody {
    Nothing,
    Whole(Piece<'static>),
    LeaveOpen,
    Pieces(mpsc::Receiver<PulledPiece>),
}

impl Said {
    fn into_answer(self, thread: JoinHandle<()>) -> Answer {
        let Self { status, content_type, fields, body } = self;
        let body = match body {
            Ok(SaidBody::Nothing) => Body::Nothing,
            Ok(SaidBody::Whole(piece)) => Body::Whole(piece),
            Ok(SaidBody::LeaveOpen) => Body::LeaveOpen,
            Ok(SaidBody::Pieces(pieces)) => Body::Stream(Box::pin(Pulled { pieces, thread })),
            Err(error) => Body::Error(error),
        };
        Answer { status, content_type, fields, body }
    }
}

/// The pieces that a thread pulls, as the driver takes them.
struct Pulled {
    pieces: mpsc::Receiver<PulledPiece>,
    thread: JoinHandle<()>,
}

impl AnyStream for Pulled {
    fn poll_piece(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<PulledPiece>> {
        if let Some(piece) = ready!(self.pieces.poll_recv(cx)) {
            return Poll::Ready(Some(piece));
        }
        // It may have ended because it panicked, and what was sent is not the whole then.
        let ended = ready!(Pin::new(&mut self.thread).poll(cx));
        Poll::Ready(ended.map_or_else(|error| Some(Err(raise(error))), |()| None))
    }
}

/// A panic of the thread goes on here, where the server deals with it as with any other.
fn raise(error: JoinError) -> HttpError {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => gone(),
    }
}

/// The worker ends, and starts no thread any more.
fn gone() -> HttpError {
    HttpError::service_unavailable()
}
