//! A proxy that streams in both directions, with axum.

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::{Authority, Scheme, Uri};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::{self, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;

type Client = legacy::Client<HttpConnector, Body>;

async fn proxy(
    State((client, upstream)): State<(Client, Authority)>,
    mut request: Request,
) -> Result<Response, StatusCode> {
    let mut uri = request.uri().clone().into_parts();
    (uri.scheme, uri.authority) = (Some(Scheme::HTTP), Some(upstream));
    *request.uri_mut() = Uri::from_parts(uri).map_err(|_| StatusCode::BAD_REQUEST)?;
    remove_hop_by_hop(request.headers_mut());
    let mut response = client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    remove_hop_by_hop(response.headers_mut());
    Ok(response.into_response())
}

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

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let upstream = arguments.next().unwrap_or_else(|| "127.0.0.1:9000".to_owned());
    let client: Client = legacy::Client::builder(TokioExecutor::new()).build_http();
    let state = (client, upstream.parse::<Authority>()?);
    let app = Router::new().fallback(proxy).with_state(state);
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
