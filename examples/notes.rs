//! A small service with the usual parts of a real one: notes as JSON, kept in memory, protected by
//! a token. Errors are problem details, every request is logged, and Ctrl-C lets current requests finish.
//!
//! `curl http://127.0.0.1:8000/` needs no token, all other requests do:
//! `curl -H 'Authorization: Bearer secret' --json '{"text":"milk"}' http://127.0.0.1:8000/notes`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tremolo::config::AccessLog;
use tremolo::methods::get;
use tremolo::{
    Application, Config, Handler, HandlerResult, HttpError, Json, Path, Reply, Request,
    RouteOption, State, StatusCode,
};

/// The JSON of a request.
#[derive(Deserialize)]
struct Draft {
    text: String,
}

/// The JSON of a response.
#[derive(Clone, Serialize)]
struct Note {
    id: u64,
    text: String,
}

/// The notes by number, and the last number used.
#[derive(Default)]
struct Notes {
    last: u64,
    by_id: BTreeMap<u64, Note>,
}

/// The state of the application; each handler with this argument gets a clone.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Notes>>);

impl Store {
    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn list(State(store): State<Store>) -> Json<Vec<Note>> {
    Json(store.lock().by_id.values().cloned().collect())
}

async fn create(State(store): State<Store>, Json(draft): Json<Draft>) -> impl Reply {
    let mut notes = store.lock();
    notes.last += 1;
    let note = Note { id: notes.last, text: draft.text };
    notes.by_id.insert(note.id, note.clone());
    (StatusCode::CREATED, [("Location", format!("/notes/{}", note.id))], Json(note))
}

async fn show(State(store): State<Store>, Path(id): Path<u64>) -> HandlerResult<Json<Note>> {
    store.lock().by_id.get(&id).cloned().map(Json).ok_or_else(|| no_note(id))
}

async fn delete(State(store): State<Store>, Path(id): Path<u64>) -> HandlerResult<StatusCode> {
    match store.lock().by_id.remove(&id) {
        Some(_) => Ok(StatusCode::NO_CONTENT),
        None => Err(no_note(id)),
    }
}

fn no_note(id: u64) -> HttpError {
    HttpError::not_found().with_message(format!("There is no note {id}"))
}

/// Marks the routes that need no token.
#[derive(Clone)]
struct Public;

#[derive(Clone)]
struct Token(Arc<str>);

/// Runs before every handler. An error becomes the response, and the handler does not run.
async fn authenticate(
    public: Option<RouteOption<Public>>,
    State(Token(token)): State<Token>,
    request: Request,
) -> HandlerResult<()> {
    let given = request.header("Authorization").and_then(|value| value.strip_prefix("Bearer "));
    if public.is_some() || given == Some(&*token) {
        return Ok(());
    }
    Err(HttpError::unauthorized()
        .with_message("A token is needed")
        .with_header("WWW-Authenticate", "Bearer"))
}

fn application(token: &str) -> Application {
    let config = Config { access_log: AccessLog::Text, ..Config::default() };
    Application::new()
        .config(config)
        .state(Store::default())
        .state(Token(token.into()))
        .on_request(authenticate)
        .route("/", (async || "Notes are at /notes\n").with_option(Public))
        .route("/notes", get(list).post(create))
        .route("/notes/{id}", get(show).delete(delete))
        .problem_details()
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let token = std::env::var("NOTES_TOKEN").unwrap_or_else(|_| "secret".to_owned());
    application(&token).run(address)
}

/// Tests without a port; the feature `testing` is in the dev-dependencies.
#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tremolo::testing::{TestClient, block_on};

    use super::application;

    #[test]
    fn a_note_is_created_shown_and_deleted() {
        let client = TestClient::new(application("secret"));
        let client = client.with_header("Authorization", "Bearer secret").strict();
        block_on(async {
            let created = client.post("/notes").json(&json!({ "text": "milk" })).send().await;
            assert_eq!(created.status(), 201);
            let location = created.header("Location").unwrap().to_owned();
            let note: Value = client.get(&location).send().await.json().await;
            assert_eq!(note, json!({ "id": 1, "text": "milk" }));
            assert_eq!(client.delete(&location).send().await.status(), 204);
            let missing = client.get(&location).send().await;
            assert_eq!(missing.status(), 404);
            assert_eq!(missing.json::<Value>().await["detail"], "There is no note 1");
        });
    }

    #[test]
    fn only_the_first_page_needs_no_token() {
        let client = TestClient::new(application("secret"));
        block_on(async {
            assert_eq!(client.get("/").send().await.status(), 200);
            let refused = client.get("/notes").send().await;
            assert_eq!(refused.header("WWW-Authenticate"), Some("Bearer"));
            assert_eq!(refused.json::<Value>().await["status"], 401);
        });
    }
}
