//! The service: it executes its orders, and records the requests that it receives.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;
use tremolo::tower::{OriginalUri, TowerBody};

use super::order::{Order, Step};
use super::sent::{Read, Seen};

/// The orders, and the received requests.
static STATE: Mutex<(VecDeque<Order>, Vec<Seen>)> = Mutex::new((VecDeque::new(), Vec::new()));

fn state() -> MutexGuard<'static, (VecDeque<Order>, Vec<Seen>)> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Orders for the next requests.
pub(super) fn give(orders: &[Order]) {
    *state() = (orders.iter().cloned().collect(), Vec::new());
}

/// The requests received since then.
pub(super) fn seen() -> Vec<Seen> {
    std::mem::take(&mut state().1)
}

/// Drops the remaining orders.
pub(super) fn forget() {
    state().0.clear();
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Scripted;

impl Service<http::Request<TowerBody>> for Scripted {
    type Response = http::Response<Steps>;
    type Error = Box<dyn std::error::Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<TowerBody>) -> Self::Future {
        Box::pin(answer(request))
    }
}

async fn answer(
    request: http::Request<TowerBody>,
) -> Result<http::Response<Steps>, Box<dyn std::error::Error + Send + Sync>> {
    let order = state().0.pop_front().ok_or("a request that was not sent")?;
    let seen = see(request, order.read).await?;
    state().1.push(seen);
    if order.fails {
        return Err("it fails".into());
    }
    let mut response = http::Response::builder().status(order.status);
    for (name, value) in &order.fields {
        response = response.header(*name, *value);
    }
    Ok(response.body(Steps { left: order.steps.into(), exact: order.exact })?)
}

async fn see(
    request: http::Request<TowerBody>,
    read: Read,
) -> Result<Seen, Box<dyn std::error::Error + Send + Sync>> {
    let (parts, body) = request.into_parts();
    let original = parts.extensions.get::<OriginalUri>().ok_or("no original target")?;
    let mut seen = Seen {
        method: parts.method.to_string(),
        version: format!("{:?}", parts.version),
        target: parts.uri.to_string(),
        original: original.0.to_string(),
        fields: list(&parts.headers),
        exact: body.size_hint().exact(),
        ..Seen::default()
    };
    let (mut body, mut left) = (pin!(body), if read == Read::One { 1 } else { usize::MAX });
    while read != Read::Nothing && left > 0 {
        let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await else { break };
        match frame?.into_data() {
            Ok(data) => seen.body.extend_from_slice(&data),
            Err(other) => seen.trailers = other.trailers_ref().map(list).unwrap_or_default(),
        }
        left -= 1;
    }
    Ok(seen)
}

fn list(fields: &HeaderMap) -> Vec<(String, Vec<u8>)> {
    let fields = fields.iter();
    fields.map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect()
}

/// The body of a response.
#[derive(Debug)]
pub(super) struct Steps {
    left: VecDeque<Step>,
    exact: Option<u64>,
}

/// The error of a body.
#[derive(Debug)]
pub(super) struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the body is broken")
    }
}

impl std::error::Error for Broken {}

impl Body for Steps {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        Poll::Ready(match self.left.pop_front() {
            None => None,
            Some(Step::Data(data)) => Some(Ok(Frame::data(data.into()))),
            Some(Step::Trailers) => {
                let field =
                    (http::HeaderName::from_static("x-done"), HeaderValue::from_static("yes"));
                Some(Ok(Frame::trailers([field].into_iter().collect())))
            }
            Some(Step::Error) => {
                self.left.clear();
                Some(Err(Broken))
            }
            Some(Step::Pause) => {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}
