//! A static site, with axum: ranges, compressed siblings, a page for what is not found.

use std::path::PathBuf;

use axum::Router;
use axum::http::{HeaderValue, header};
use tokio::net::TcpListener;
use tower_http::services::{ServeDir, ServeFile};
use tower_http::set_header::SetResponseHeaderLayer;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let folder =
        arguments.next().map_or_else(|| "examples/compare/site/public".into(), PathBuf::from);
    let not_found = ServeFile::new(folder.join("404.html"));
    let files =
        ServeDir::new(folder).precompressed_br().precompressed_gzip().not_found_service(not_found);
    let app = Router::new().fallback_service(files).layer(SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        HeaderValue::from_static("max-age=3600"),
    ));
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await
}
