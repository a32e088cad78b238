//! `tower` layers around a service: of one route, of a prefix, of a router.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::routing::get;
use tower_layer::{Layer, layer_fn};
use tower_service::Service;
use tremolo::{Application, TowerService};

use super::{Asked, Frames, Request, Response};
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
