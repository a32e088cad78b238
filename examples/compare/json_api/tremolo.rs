//! An API of notes, with Tremolo.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tremolo::methods::get;
use tremolo::{
    Application, Cors, Group, HandlerResult, HttpError, Json, Method, OrStatus, Path, Reply,
    Request, RequestIds, State, StatusCode,
};

// ANCHOR: validation
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
// ANCHOR_END: validation

#[derive(Clone, Serialize)]
struct Note {
    id: u64,
    title: Title,
}

type Notes = Arc<Mutex<BTreeMap<u64, Note>>>;

async fn list(State(notes): State<Notes>) -> Json<Vec<Note>> {
    Json(notes.lock().expect("no handler panics").values().cloned().collect())
}

async fn create(State(notes): State<Notes>, Json(draft): Json<Draft>) -> impl Reply {
    let mut notes = notes.lock().expect("no handler panics");
    let id = notes.last_key_value().map_or(1, |(last, _)| last + 1);
    let note = Note { id, title: draft.title };
    notes.insert(id, note.clone());
    (StatusCode::CREATED, [("Location", format!("/notes/{id}"))], Json(note))
}

async fn show(State(notes): State<Notes>, Path(id): Path<u64>) -> HandlerResult<Json<Note>> {
    notes.lock().expect("no handler panics").get(&id).cloned().map(Json).or_status(404)
}

async fn remove(State(notes): State<Notes>, Path(id): Path<u64>) -> StatusCode {
    match notes.lock().expect("no handler panics").remove(&id) {
        Some(_) => StatusCode::NO_CONTENT,
        None => StatusCode::NOT_FOUND,
    }
}

async fn authenticate(State(token): State<Arc<str>>, request: Request) -> HandlerResult<()> {
    let given = request.header("Authorization").and_then(|value| value.strip_prefix("Bearer "));
    if given == Some(&*token) {
        return Ok(());
    }
    Err(HttpError::unauthorized().with_header("WWW-Authenticate", "Bearer"))
}

// ANCHOR: application
fn application(token: &str) -> Application {
    let cors = Cors::new()
        .origin("https://app.example")
        .methods([Method::GET, Method::POST, Method::DELETE])
        .headers(["Authorization", "Content-Type"])
        .expose(["X-Request-Id"])
        .max_age(Duration::from_secs(3_600));
    let notes = Group::new()
        .on_request(authenticate)
        .route("/notes", get(list).post(create))
        .route("/notes/{id}", get(show).delete(remove));
    Application::new()
        .state(Notes::default())
        .state(Arc::<str>::from(token))
        .middleware(RequestIds::new())
        .middleware(cors)
        .group(notes)
        .route("/health", async || StatusCode::NO_CONTENT)
}
// ANCHOR_END: application

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    application("secret").run(address)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tremolo::testing::{TestClient, block_on};

    use super::application;

    fn client() -> TestClient {
        TestClient::new(application("secret")).with_header("Authorization", "Bearer secret")
    }

    #[test]
    fn a_note_is_created_and_shown() {
        let client = client();
        block_on(async {
            let created = client.post("/notes").json(&json!({ "title": "milk" })).send().await;
            assert_eq!(created.status(), 201);
            let shown = client.get(created.header("Location").unwrap()).send().await;
            assert_eq!(shown.json::<Value>().await, json!({ "id": 1, "title": "milk" }));
        });
    }

    #[test]
    fn a_title_is_not_empty() {
        let request = client().post("/notes").json(&json!({ "title": "" }));
        assert_eq!(block_on(request.send()).status(), 422);
    }

    #[test]
    fn a_token_is_needed() {
        let client = TestClient::new(application("secret"));
        let refused = block_on(client.get("/notes").send());
        assert_eq!(refused.status(), 401);
        assert_eq!(refused.header("WWW-Authenticate"), Some("Bearer"));
    }
}
