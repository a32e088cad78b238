//! What a request has.

use serde::{Deserialize, Serialize};
use tremolo::methods::post;
use tremolo::{Application, Cookies, Form, Handler, Json, Query, Request};

#[derive(Deserialize)]
struct Search {
    q: String,
    #[serde(default)]
    page: u32,
}

// ANCHOR: query
async fn search(Query(search): Query<Search>) -> String {
    format!("page {} of {}", search.page, search.q)
}
// ANCHOR_END: query

// ANCHOR: json
#[derive(Deserialize, Serialize)]
struct Note {
    text: String,
}

async fn echo(Json(note): Json<Note>) -> Json<Note> {
    Json(note)
}
// ANCHOR_END: json

// ANCHOR: form
#[derive(Deserialize)]
struct Login {
    user: String,
}

async fn login(Form(login): Form<Login>) -> String {
    format!("hello {}", login.user)
}
// ANCHOR_END: form

// ANCHOR: fields
async fn fields(request: Request, cookies: Cookies) -> String {
    let language = request.header("Accept-Language").unwrap_or("none").to_owned();
    let theme = cookies.get("theme").unwrap_or("light");
    format!("{} {language} {theme}", request.method())
}
// ANCHOR_END: fields

// ANCHOR: pieces
async fn count(request: Request) -> tremolo::Result<String, tremolo::HttpError> {
    let (mut pieces, mut size) = (request.stream(), 0);
    while let Some(piece) = pieces.next().await.transpose()? {
        size += piece.len();
    }
    Ok(format!("{size} bytes"))
}
// ANCHOR_END: pieces

pub fn application() -> Application {
    Application::new()
        .route("/search", search)
        .route("/echo", post(echo))
        .route("/login", post(login))
        .route("/fields", fields)
        .route("/count", post(count.with_body_limit(1 << 30)))
}
