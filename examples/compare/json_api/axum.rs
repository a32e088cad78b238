//! An API of notes, with axum.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tower::ServiceBuilder;
use tower_http::ServiceBuilderExt;
use tower_http::cors::CorsLayer;
use tower_http::request_id::MakeRequestUuid;

/// A text of 1 to 80 characters.
#[derive(Clone, Deserialize, Serialize)]
#[serde(try_from = "String")]
struct Title(String);

impl TryFrom<String> for Title {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let fits = (1..=80).contains(&text.chars().count());
        if fits { Ok(Self(text)) } else { Err("a title has 1 to 80 characters") }
    }
}

#[derive(Deserialize)]
struct Draft {
    title: Title,
}

#[derive(Clone, Serialize)]
struct Note {
    id: u64,
    title: Title,
}

type Notes = Arc<Mutex<BTreeMap<u64, Note>>>;

async fn list(State(notes): State<Notes>) -> Json<Vec<Note>> {
    Json(notes.lock().expect("no handler panics").values().cloned().collect())
}

async fn create(State(notes): State<Notes>, Json(draft): Json<Draft>) -> impl IntoResponse {
    let mut notes = notes.lock().expect("no handler panics");
    let id = notes.last_key_value().map_or(1, |(last, _)| last + 1);
    let note = Note { id, title: draft.title };
    notes.insert(id, note.clone());
    (StatusCode::CREATED, [(header::LOCATION, format!("/notes/{id}"))], Json(note))
}

async fn show(State(notes): State<Notes>, Path(id): Path<u64>) -> Result<Json<Note>, StatusCode> {
    let notes = notes.lock().expect("no handler panics");
    notes.get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn remove(State(notes): State<Notes>, Path(id): Path<u64>) -> StatusCode {
    match notes.lock().expect("no handler panics").remove(&id) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

async fn authenticate(State(token): State<Arc<str>>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION);
    let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if given == Some(&*token) {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
}

fn app(token: &str) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://app.example"))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .expose_headers([HeaderName::from_static("x-request-id")])
        .max_age(Duration::from_secs(3_600));
    let request_ids =
        ServiceBuilder::new().set_x_request_id(MakeRequestUuid).propagate_x_request_id();
    Router::new()
        .route("/notes", get(list).post(create))
        .route("/notes/{id}", get(show).delete(remove))
        .route_layer(from_fn_with_state(Arc::from(token), authenticate))
        .route("/health", get(StatusCode::NO_CONTENT))
        .with_state(Notes::default())
        .layer(cors)
        .layer(request_ids)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app("secret")).await
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use serde_json::{Value, json};
    use tower::ServiceExt;

    use super::app;

    fn request(method: &str, path: &str, body: &Value) -> Request<Body> {
        Request::builder()
            .method(method)
            .uri(path)
            .header("Authorization", "Bearer secret")
            .header("Content-Type", "application/json")
            .body(body.to_string().into())
            .unwrap()
    }

    #[tokio::test]
    async fn a_note_is_created_and_shown() {
        let app = app("secret");
        let draft = json!({ "title": "milk" });
        let created = app.clone().oneshot(request("POST", "/notes", &draft)).await.unwrap();
        assert_eq!(created.status(), StatusCode::CREATED);
        let location = created.headers()["Location"].to_str().unwrap();
        let shown = app.oneshot(request("GET", location, &Value::Null)).await.unwrap();
        let body = shown.into_body().collect().await.unwrap().to_bytes();
        let note: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(note, json!({ "id": 1, "title": "milk" }));
    }

    #[tokio::test]
    async fn a_title_is_not_empty() {
        let draft = json!({ "title": "" });
        let refused = app("secret").oneshot(request("POST", "/notes", &draft)).await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }

    #[tokio::test]
    async fn a_token_is_needed() {
        let mut request = request("GET", "/notes", &Value::Null);
        request.headers_mut().remove("Authorization");
        let refused = app("secret").oneshot(request).await.unwrap();
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(refused.headers()["WWW-Authenticate"], "Bearer");
    }
}
