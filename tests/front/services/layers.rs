//! `tower` layers around a service: of one route, of a prefix, of a router.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::routing::get;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;
use tremolo::tower::NextService;
use tremolo::{Application, TowerService};

use super::{Asked, Frames, Request, Response};
use crate::pipeline::Trace;
use crate::{connect, start};

/// Adds a field to the responses of the inner service.
#[derive(Clone)]
struct Stamped<S> {
    service: S,
    stamp: &'static str,
}

impl<S, B> Service<Request> for Stamped<S>
where
    S: Service<Request, Response = http::Response<B>>,
    S::Future: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (answer, stamp) = (self.service.call(request), self.stamp);
        Box::pin(async move {
            let mut answer = answer.await?;
            answer.headers_mut().append("X-Stamp", stamp.parse().unwrap());
            Ok(answer)
        })
    }
}

fn stamp<S>(stamp: &'static str) -> impl Layer<S, Service = Stamped<S>> {
    layer_fn(move |service| Stamped { service, stamp })
}

/// Records when the inner service begins and ends.
#[derive(Clone)]
pub(super) struct Noting<S> {
    pub(super) service: S,
    pub(super) name: &'static str,
    pub(super) trace: Trace,
}

impl<S: Service<Request>> Service<Request> for Noting<S>
where
    S::Future: 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let (answer, name, trace) = (self.service.call(request), self.name, self.trace.clone());
        Box::pin(async move {
            trace.note(format!("{name} in"));
            let answer = answer.await;
            trace.note(format!("{name} out"));
            answer
        })
    }
}

/// Calls the inner service twice for one request, and responds with both statuses.
#[derive(Clone)]
pub(super) struct Twice<S>(pub(super) S);

impl Service<Request> for Twice<NextService> {
    type Response = http::Response<String>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let mut again = http::Request::new(String::new());
        *again.extensions_mut() = request.extensions().clone();
        let (first, second) = (self.0.call(request), self.0.call(again));
        Box::pin(async {
            let statuses = [first.await?.status(), second.await?.status()];
            Ok(http::Response::new(statuses.map(|status| status.to_string()).join(" ")))
        })
    }
}

#[test]
fn a_layer_wraps_only_its_own_service() {
    let one = Asked(async |_| Ok(Response::new(Frames::of(&["one"]))));
    let router = axum::Router::new().route("/all", get(async || "all"));
    let server = start(
        Application::new()
            .route("/native", async || "native")
            .route("/bare", TowerService::new(one.clone()))
            .route("/one", TowerService::new(stamp("outer").layer(stamp("inner").layer(one))))
            .mount("/in", TowerService::new(stamp("router").layer(router))),
    );
    let mut client = connect(&server);
    for (path, expected, stamps) in [
        ("/native", "native", &[][..]),
        ("/bare", "one", &[]),
        ("/one", "one", &["inner", "outer"]),
        ("/in/all", "all", &["router"]),
        ("/in/nowhere", "", &["router"]),
    ] {
        let response = client.ask(path);
        let found: Vec<_> =
            response.head.lines().filter_map(|line| line.strip_prefix("x-stamp: ")).collect();
        assert_eq!((response.text(), &*found), (expected, stamps), "{path}: {response:?}");
    }
}
