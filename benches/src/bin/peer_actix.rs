//! actix-web with one worker, files by actix-files.
//!
//! Idle connections stay open for 75 seconds instead of 5, so that the scenario `idle` can count
//! them.

use std::io;
use std::time::Duration;

use actix_files::NamedFile;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Json, Path, Payload, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, error, rt};
use futures_util::{StreamExt, stream};
use tremolo_benches::{Arguments, BODY, FIELDS, Order, Pieces, file, ready, routes};

const KEEP_ALIVE: Duration = Duration::from_secs(75);

async fn hello() -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::html()).body(BODY)
}

async fn fields() -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    for field in FIELDS {
        answer.insert_header(field);
    }
    answer.content_type(ContentType::html()).body(BODY)
}

async fn echo(order: Json<Order>) -> Json<Order> {
    order
}

fn streamed(pieces: &Pieces) -> HttpResponse {
    let pieces = stream::iter(pieces.clone().map(io::Result::Ok));
    HttpResponse::Ok().content_type(ContentType::html()).streaming(pieces)
}

async fn upload(mut body: Payload) -> Result<String, error::PayloadError> {
    let mut size = 0;
    while let Some(piece) = body.next().await {
        size += piece?.len();
    }
    Ok(size.to_string())
}

async fn item(_: Path<(u64,)>) -> HttpResponse {
    hello().await
}

fn configure(app: &mut ServiceConfig) {
    let (large, larger, file) = (Pieces::large(16 << 10), Pieces::large(64 << 10), file());
    app.route("/hello", web::get().to(hello))
        .route("/fields", web::get().to(fields))
        .route("/echo", web::post().to(echo))
        .route("/yield", web::get().to(|| async { streamed(&Pieces::small()) }))
        .route("/stream/16384", web::get().to(move || std::future::ready(streamed(&large))))
        .route("/stream/65536", web::get().to(move || std::future::ready(streamed(&larger))))
        .route("/upload", web::post().to(upload))
        .route("/file", web::get().to(move || NamedFile::open_async(file.clone())));
    for number in 0..routes() {
        app.route(&format!("/routes/{number}"), web::get().to(hello))
            .route(&format!("/items/{number}/{{id}}"), web::get().to(item));
    }
}

async fn serve(arguments: Arguments) -> io::Result<()> {
    let server = HttpServer::new(|| App::new().configure(configure))
        .workers(1)
        .keep_alive(KEEP_ALIVE)
        .bind(arguments.address)?;
    ready()?;
    server.run().await
}

fn main() -> io::Result<()> {
    rt::System::new().block_on(serve(Arguments::read()?))
}
