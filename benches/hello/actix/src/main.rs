//! The first program of the documentation of actix.

use actix_web::{App, HttpServer, Responder, get};

#[get("/hello")]
async fn hello() -> impl Responder {
    "Hello World!"
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().service(hello)).bind(("127.0.0.1", 8000))?.run().await
}
