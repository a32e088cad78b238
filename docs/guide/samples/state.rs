//! State that handlers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tremolo::{Application, State};

// ANCHOR: state
#[derive(Clone, Default)]
struct Visits(Arc<AtomicU64>);

async fn count(State(Visits(visits)): State<Visits>) -> String {
    format!("visit {}", visits.fetch_add(1, Ordering::Relaxed) + 1)
}

pub fn application() -> Application {
    Application::new().state(Visits::default()).route("/", count)
}
// ANCHOR_END: state
