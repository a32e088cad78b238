//! A proxy that streams in both directions, with Tremolo.

use http::uri::{Authority, Scheme, Uri};
use http::{HeaderName, Request, Response, header};
use hyper::body::Incoming;
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tower::service_fn;
use tremolo::tower::TowerBody;
use tremolo::{Application, HandlerResult, HeaderMap, OrStatus, TowerService};

// ANCHOR: proxy
type Client = legacy::Client<HttpConnector, TowerBody>;

async fn proxy(
    (client, upstream): (Client, Authority),
    mut request: Request<TowerBody>,
) -> HandlerResult<Response<Incoming>> {
    let mut uri = request.uri().clone().into_parts();
    (uri.scheme, uri.authority) = (Some(Scheme::HTTP), Some(upstream));
    *request.uri_mut() = Uri::from_parts(uri).or_status(400)?;
    remove_hop_by_hop(request.headers_mut());
    let mut response = client.request(request).await.or_status(502)?;
    remove_hop_by_hop(response.headers_mut());
    Ok(response)
}
// ANCHOR_END: proxy

/// Removes the fields that are for one connection only (RFC 9110 section 7.6.1).
fn remove_hop_by_hop(fields: &mut HeaderMap) {
    let named: Vec<HeaderName> = fields
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let known =
        ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];
    for name in known.map(HeaderName::from_static).into_iter().chain(named) {
        fields.remove(name);
    }
}

// ANCHOR: main
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let upstream = arguments.next().unwrap_or_else(|| "127.0.0.1:9000".to_owned());
    let client: Client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let state = (client, upstream.parse::<Authority>()?);
    let service = TowerService::new(service_fn(move |request| proxy(state.clone(), request)));
    Ok(Application::new().mount("/", service.with_body_limit(u64::MAX)).run(address)?)
}
// ANCHOR_END: main
