//! Upgrades of services that expect hyper's `OnUpgrade`, such as the WebSockets of axum.
//!
//! Only hyper can make an `OnUpgrade`. So a request that asks for an upgrade is accompanied by a
//! connection of hyper over a [`Pipe`], which serves one request that asks for one too: its
//! `OnUpgrade` goes to the service. When that answers with 101, the engine sends the head, hyper gets
//! the same answer, and hands over the pipe, which from then on carries the bytes of the client. No
//! task and no buffer lie between them.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, StatusCode};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;

use super::pipe::{Opened, Pipe};
use crate::error::HttpError;
use crate::reply::{Answer, Body};
use crate::request::Request;
use crate::response::Response;
use crate::tower::TowerBody;

/// A connection that a service may switch to another protocol.
pub(crate) struct Upgrade {
    hyper: Pin<Box<dyn Future<Output = hyper::Result<()>>>>,
    offer: Arc<Mutex<Offer>>,
    opened: Opened,
}

/// What is to be done with the request that hyper has got.
#[derive(Default)]
enum Offer {
    #[default]
    Waiting,
    /// It has come.
    Made(OnUpgrade),
    /// The answer is a 101.
    Accepted,
}

impl Upgrade {
    /// Offers an upgrade to a service, if its request asks for one.
    pub(crate) async fn offer(request: &mut http::Request<TowerBody>) -> Option<Self> {
        let ours = request.extensions().get::<Request>()?.clone();
        ours.exchange().head.upgrade().next()?;
        let opened = Opened::default();
        let pipe = Pipe::new(&ours, opened.clone());
        let offer = Arc::new(Mutex::new(Offer::default()));
        let shared = Arc::clone(&offer);
        let service = service_fn(move |mut request| {
            *lock(&shared) = Offer::Made(hyper::upgrade::on(&mut request));
            let shared = Arc::clone(&shared);
            poll_fn(move |_| match &*lock(&shared) {
                Offer::Accepted => Poll::Ready(Ok::<_, Infallible>(switched())),
                Offer::Waiting | Offer::Made(_) => Poll::Pending,
            })
        });
        let mut builder = http1::Builder::new();
        let connection = builder.header_read_timeout(None).serve_connection(pipe, service);
        let mut upgrade = Self { hyper: Box::pin(connection.with_upgrades()), offer, opened };
        upgrade.advance().await;
        let made = mem::take(&mut *lock(&upgrade.offer));
        let Offer::Made(on_upgrade) = made else { return None };
        request.extensions_mut().insert(on_upgrade);
        Some(upgrade)
    }

    /// Switches to the protocol that the service has chosen. The connection belongs to what has the
    /// pipe then.
    pub(crate) async fn accept(
        mut self,
        ours: &Response,
        fields: &HeaderMap,
    ) -> Result<Answer, HttpError> {
        ours.exchange().before_head().await?;
        let protocol = fields.get(UPGRADE).map_or(&b""[..], |protocol| protocol.as_bytes());
        ours.exchange().act(|exchange, _| {
            let head = exchange.response_mut()?;
            for (name, value) in fields {
                if name != UPGRADE && name != CONNECTION {
                    head.append(name.as_str().as_bytes(), value.as_bytes())?;
                }
            }
            exchange.upgrade(protocol)
        })?;
        *lock(&self.offer) = Offer::Accepted;
        if !self.advance().await {
            tracing::error!("hyper did not hand over an upgraded connection");
        }
        self.opened.set();
        Ok(Body::LeaveOpen.into())
    }

    /// Lets hyper do what it can do now; its pipe never waits. True once it has ended.
    async fn advance(&mut self) -> bool {
        poll_fn(|cx| Poll::Ready(self.hyper.as_mut().poll(cx).is_ready())).await
    }
}

fn switched() -> http::Response<String> {
    let mut response = http::Response::new(String::new());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    response
}

fn lock(offer: &Mutex<Offer>) -> std::sync::MutexGuard<'_, Offer> {
    offer.lock().unwrap_or_else(PoisonError::into_inner)
}
