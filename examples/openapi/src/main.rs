//! An API that is described with OpenAPI: `cargo run`, then <http://127.0.0.1:8000/docs>.
//!
//! `utoipa` makes the description of what stands at the handlers; `/openapi.json` is for programs,
//! and `/docs` a page for people, whose script comes from a server of Scalar's. A test compares the
//! description with the routes.

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tremolo::methods::get;
use tremolo::{Application, Html, HttpError, Json, Path, State};
use utoipa::{OpenApi, ToSchema};
use utoipa_scalar::Scalar;

fn main() -> tremolo::Result<()> {
    application().run("127.0.0.1:8000")
}

fn application() -> Application {
    let description = Description::openapi();
    let page = Scalar::new(description.clone()).to_html();
    Application::new()
        .state(Notes::default())
        .problem_details()
        .route("/notes", get(list).post(create))
        .route("/notes/{id}", get(show))
        .route("/openapi.json", async move || Json(description.clone()))
        .route("/docs", async move || Html(page.clone()))
}

/// Notes that are kept in memory.
#[derive(OpenApi)]
#[openapi(info(title = "Notes", version = "1.0.0"), paths(list, create, show))]
struct Description;

type Notes = Arc<Mutex<Vec<String>>>;

/// A note with its number.
#[derive(Serialize, ToSchema)]
struct Note {
    #[schema(example = 0)]
    id: usize,
    text: String,
}

/// A note that is to be made.
#[derive(Deserialize, ToSchema)]
struct NewNote {
    #[schema(example = "buy milk")]
    text: String,
}

/// An error as RFC 9457 has it: what the server makes of a `HttpError`.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "only its description is used")]
struct Problem {
    status: u16,
    title: String,
}

/// All notes, the oldest first.
#[utoipa::path(get, path = "/notes", responses((status = 200, body = [Note])))]
async fn list(State(notes): State<Notes>) -> Json<Vec<Note>> {
    let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    let note = |(id, text): (usize, &String)| Note { id, text: text.clone() };
    Json(notes.iter().enumerate().map(note).collect())
}

/// Makes a note.
#[utoipa::path(
    post,
    path = "/notes",
    request_body = NewNote,
    responses(
        (status = 201, body = Note),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn create(State(notes): State<Notes>, Json(new): Json<NewNote>) -> (u16, Json<Note>) {
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    notes.push(new.text.clone());
    (201, Json(Note { id: notes.len() - 1, text: new.text }))
}

/// One note.
#[utoipa::path(
    get,
    path = "/notes/{id}",
    params(("id" = usize, Path, description = "The number of the note")),
    responses(
        (status = 200, body = Note),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
async fn show(State(notes): State<Notes>, Path(id): Path<usize>) -> Result<Json<Note>, HttpError> {
    let notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    let text = notes.get(id).cloned().ok_or_else(HttpError::not_found)?;
    Ok(Json(Note { id, text }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;
    use tremolo::testing::{TestClient, block_on};

    use super::*;

    /// The operations of the description, as `GET /notes/{id}`.
    fn described(description: &Value) -> BTreeSet<String> {
        let paths = description["paths"].as_object().expect("there are paths");
        let of_path = |(path, item): (&String, &Value)| {
            let methods: Vec<_> = item.as_object().expect("there are methods").keys().collect();
            methods.iter().map(|name| format!("{} {path}", name.to_uppercase())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of_path).collect()
    }

    #[test]
    fn what_is_described_is_what_is_served() {
        let application = application();
        let mut routes = BTreeSet::new();
        for route in application.routes() {
            for method in route.methods().unwrap_or_default() {
                routes.insert(format!("{method} {}", route.path().unwrap_or_default()));
            }
        }
        block_on(async {
            let client = TestClient::new(application);
            let description: Value = client.get("/openapi.json").send().await.json().await;
            assert_eq!(described(&description), routes);

            let page = client.get("/docs").send().await;
            assert_eq!(page.header("Content-Type"), Some("text/html; charset=utf-8"));
            assert!(page.text().await.contains("/notes/{id}"));

            let made = client.post("/notes").json(&serde_json::json!({ "text": "milk" }));
            assert_eq!(made.send().await.status(), 201);
            assert_eq!(
                client.get("/notes/0").send().await.text().await,
                r#"{"id":0,"text":"milk"}"#
            );
            assert_eq!(client.get("/notes/1").send().await.status(), 404);
        });
    }
}
