//! Foreign services (`tower_service::Service<http::Request<_>>`), mounted and routed: heads, bodies
//! in both directions, and an axum router.

mod axum_router;
mod bodies;
mod heads;
mod layers;
mod native;

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;
use tremolo::tower::TowerBody;
use tremolo::{HttpError, TowerService};

type Request = http::Request<TowerBody>;
type Response<B = Frames> = http::Response<B>;
type BoxError = Box<dyn StdError + Send + Sync>;

/// A service made of a function. Its futures are not `Send`.
#[derive(Clone)]
struct Asked<F>(F);

impl<F, B> Service<Request> for Asked<F>
where
    F: AsyncFn(Request) -> Result<Response<B>, BoxError> + Clone + 'static,
{
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<B>, BoxError>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let asked = self.0.clone();
        Box::pin(async move { asked(request).await })
    }
}

fn service<F, B>(answer: F) -> TowerService<Asked<F>>
where
    F: AsyncFn(Request) -> Result<Response<B>, BoxError> + Clone + 'static,
{
    TowerService::new(Asked(answer))
}

/// A body of these frames, all available at once.
#[derive(Default)]
struct Frames {
    frames: VecDeque<Result<Frame<Bytes>, BoxError>>,
    exact: Option<u64>,
}

impl Frames {
    fn of(pieces: &[&'static str]) -> Self {
        let frames =
            pieces.iter().map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
        Self { frames: frames.collect(), exact: None }
    }

    fn with_exact(self, size: u64) -> Self {
        Self { exact: Some(size), ..self }
    }

    fn and(mut self, frame: Result<Frame<Bytes>, BoxError>) -> Self {
        self.frames.push_back(frame);
        self
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Poll::Ready(self.frames.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

fn failed() -> BoxError {
    "out of order".into()
}

/// An error that wraps another one, as frameworks do.
fn wrapped(error: impl Into<BoxError>) -> BoxError {
    Box::new(axum::Error::new(error))
}

/// The whole body as text.
async fn text_of(request: Request) -> Result<String, BoxError> {
    let (mut body, mut text) = (request.into_body(), Vec::new());
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.map_err(wrapped)?.into_data() {
            text.extend_from_slice(&data);
        }
    }
    Ok(String::from_utf8(text)?)
}

/// The error of a native handler, for comparison.
async fn teapot() -> Result<(), HttpError> {
    Err(HttpError::new(418))
}
