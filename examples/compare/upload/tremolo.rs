//! Uploads from forms, with Tremolo: at most 300 MiB, with their progress, and without leftovers.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tremolo::methods::post;
use tremolo::{
    Application, Handler, HandlerResult, HttpError, Json, OrStatus, Path, Request, State,
    StatusCode,
};

const LIMIT: u64 = 300 << 20;

#[derive(Clone, Copy, Serialize)]
struct Progress {
    received: usize,
    total: Option<u64>,
}

#[derive(Clone)]
struct Uploads {
    folder: PathBuf,
    running: Arc<Mutex<HashMap<u32, Progress>>>,
}

impl Uploads {
    fn begin(&self, id: u32, total: Option<u64>) -> HandlerResult<Running> {
        let mut running = self.running.lock().expect("no handler panics");
        if running.contains_key(&id) {
            return Err(HttpError::conflict());
        }
        running.insert(id, Progress { received: 0, total });
        Ok(Running { uploads: self.clone(), id })
    }
}

// ANCHOR: running
/// An upload that runs. When it is dropped, finished or not, it has no progress any more.
struct Running {
    uploads: Uploads,
    id: u32,
}

impl Running {
    fn add(&self, count: usize) {
        let mut running = self.uploads.running.lock().expect("no handler panics");
        running.entry(self.id).and_modify(|progress| progress.received += count);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.uploads.running.lock().expect("no handler panics").remove(&self.id);
    }
}

async fn upload(
    State(uploads): State<Uploads>,
    Path(id): Path<u32>,
    request: Request,
) -> HandlerResult<StatusCode> {
    let running = uploads.begin(id, request.content_length())?;
    let mut parts = request.parts();
    while let Some(part) = parts.next().await.transpose()? {
        if part.name() != "file" {
            continue;
        }
        // Until it has its name, the file is deleted when it is dropped.
        let unfinished = NamedTempFile::new_in(&uploads.folder)?;
        let mut file = File::from_std(unfinished.reopen()?);
        while let Some(piece) = part.piece().await? {
            file.write_all(&piece).await?;
            running.add(piece.len());
        }
        file.flush().await?;
        unfinished.persist(uploads.folder.join(id.to_string())).or_status(500)?;
        return Ok(StatusCode::CREATED);
    }
    Err(HttpError::bad_request())
}
// ANCHOR_END: running

async fn progress(
    State(uploads): State<Uploads>,
    Path(id): Path<u32>,
) -> HandlerResult<Json<Progress>> {
    let running = uploads.running.lock().expect("no handler panics");
    running.get(&id).copied().map(Json).or_status(404)
}

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    Application::new()
        .state(Uploads { folder, running: Arc::default() })
        .route("/uploads/{id}", post(upload.with_body_limit(LIMIT)).get(progress))
        .run(address)
}
