//! `tremolo::testing`: what it does is what a server does.

mod connections;
mod downloads;
mod events;
mod lifecycle;
mod methods;
mod rates;
mod requests;
mod routes;
mod signed_cookies;
mod time;
mod versions;
mod websockets;

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tremolo::testing::TestClient;
use tremolo::{Application, State};

/// What handlers and hooks have noted.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.lock().push(note.into());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<String> {
        self.lock().clone()
    }
}

/// Waits until a note is there. Only a failing test waits for ten seconds.
async fn wait_for(client: &TestClient, notes: &Notes, note: &str) {
    let start = Instant::now();
    while !notes.all().iter().any(|found| found == note) {
        assert!(start.elapsed() < Duration::from_secs(10), "timed out before {note:?}");
        client.advance(Duration::ZERO).await;
    }
}

/// Notes when it is dropped.
struct Dropped(Notes, &'static str);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.add(self.1);
    }
}

fn noting() -> (Application, Notes) {
    let notes = Notes::default();
    (Application::new().state(notes.clone()), notes)
}

type Noted = State<Notes>;

/// Waits in a handler until the test has moved the time.
async fn later(time: Duration) {
    let _ = timeout(time, pending::<()>()).await;
}
