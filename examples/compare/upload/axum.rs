//! Uploads from forms, with axum: at most 300 MiB, with their progress, and without leftovers.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::extract::{DefaultBodyLimit, Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Result;
use axum::routing::post;
use axum::{Json, Router};
use serde::Serialize;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tower_http::limit::RequestBodyLimitLayer;

const LIMIT: usize = 300 << 20;

#[derive(Clone, Copy, Serialize)]
struct Progress {
    received: usize,
    total: Option<usize>,
}

#[derive(Clone)]
struct Uploads {
    folder: PathBuf,
    running: Arc<Mutex<HashMap<u32, Progress>>>,
}

impl Uploads {
    fn begin(&self, id: u32, total: Option<usize>) -> Result<Running, StatusCode> {
        let mut running = self.running.lock().expect("no handler panics");
        if running.contains_key(&id) {
            return Err(StatusCode::CONFLICT);
        }
        running.insert(id, Progress { received: 0, total });
        Ok(Running { uploads: self.clone(), id })
    }
}

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
    headers: HeaderMap,
    mut form: Multipart,
) -> Result<StatusCode> {
    let total = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let running = uploads.begin(id, total.and_then(|total| total.parse().ok()))?;
    while let Some(mut field) = form.next_field().await? {
        if field.name() != Some("file") {
            continue;
        }
        // Until it has its name, the file is deleted when it is dropped.
        let unfinished = NamedTempFile::new_in(&uploads.folder).map_err(internal)?;
        let mut file = File::from_std(unfinished.reopen().map_err(internal)?);
        while let Some(piece) = field.chunk().await? {
            file.write_all(&piece).await.map_err(internal)?;
            running.add(piece.len());
        }
        file.flush().await.map_err(internal)?;
        unfinished.persist(uploads.folder.join(id.to_string())).map_err(internal)?;
        return Ok(StatusCode::CREATED);
    }
    Err(StatusCode::BAD_REQUEST.into())
}

async fn progress(
    State(uploads): State<Uploads>,
    Path(id): Path<u32>,
) -> Result<Json<Progress>, StatusCode> {
    let running = uploads.running.lock().expect("no handler panics");
    running.get(&id).copied().map(Json).ok_or(StatusCode::NOT_FOUND)
}

fn internal(error: impl Display) -> StatusCode {
    eprintln!("{error}");
    StatusCode::INTERNAL_SERVER_ERROR
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let app = Router::new()
        .route("/uploads/{id}", post(upload).get(progress))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(LIMIT))
        .with_state(Uploads { folder, running: Arc::default() });
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await
}
