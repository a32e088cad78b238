//! All ways to read a request: each has its own path, and `/` lists them.
//!
//! `cargo run --release --features full --example request_object`, then for instance
//! `curl -F 'file=@README.md' http://127.0.0.1:8000/parts`.

use std::fmt::Display;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tremolo::forms::FileLimits;
use tremolo::{
    Answer, Application, Config, Handler, HttpError, Query, Reply, Request, Version, stream,
};

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    // An upload may take an hour, and so may the rest of an upload whose response was sent early.
    let hour = Duration::from_secs(3_600);
    // So may what still comes of one that was answered early.
    let config = Config { app_handler_timeout: hour, lingering_time: hour, ..Config::default() };
    Application::new()
        .config(config)
        .route("/", async || plain(PATHS))
        .route("/echo", echo.with_body_limit(64 << 20))
        .route("/count", count.with_body_limit(LARGE))
        .route("/read", read)
        .route("/mixed", mixed)
        .route("/form", form)
        .route("/files", files.with_body_limit(LARGE))
        .route("/parts", parts.with_body_limit(LARGE))
        .route("/ignore", async || plain("ignored\n"))
        .route("/early", early.with_body_limit(LARGE))
        .route("/query", query)
        .route("/cookies", cookies)
        .route("/headers", headers)
        .route("/meta", meta)
        .route("/trailers", trailers)
        .run(address)
}

async fn echo(request: Request) -> Result<Answer, HttpError> {
    let body = request.body().await?;
    Ok(Answer::whole(body).with_content_type("application/octet-stream"))
}

async fn count(request: Request) -> Result<Answer, HttpError> {
    let (mut body, mut size) = (request.stream(), 0);
    while let Some(piece) = body.next().await {
        size += piece?.len() as u64;
    }
    Ok(plain(format!("{size}\n")))
}

#[derive(Deserialize)]
struct Pieces {
    n: Option<usize>,
}

async fn read(request: Request, Query(pieces): Query<Pieces>) -> Result<Answer, HttpError> {
    let (size, mut joined) = (pieces.n.unwrap_or(4), Vec::new());
    loop {
        let piece = request.read(size).await?;
        if piece.is_empty() {
            return Ok(plain(joined));
        }
        if !joined.is_empty() {
            joined.push(b'|');
        }
        joined.extend_from_slice(&piece);
    }
}

async fn mixed(request: Request) -> Result<Answer, HttpError> {
    let first = request.read(4).await?;
    let rest = request.body().await?;
    Ok(plain([first, Bytes::from("|"), rest].concat()))
}

async fn form(request: Request) -> Result<Answer, HttpError> {
    let form = request.form().await?;
    let mut fields: Vec<_> = form.fields.iter().collect();
    fields.sort_unstable();
    Ok(lines(fields, "="))
}

#[derive(Deserialize)]
struct Step {
    max: Option<usize>,
}

/// Sends a line for each step as soon as it is complete.
async fn files(request: Request, Query(step): Query<Step>) -> Answer {
    let max_file_size = step.max.unwrap_or(16_384);
    let mut files = request.files_with(FileLimits { max_file_size, ..FileLimits::default() });
    plain(stream! {
        while let Some(step) = files.next().await {
            let step = step?;
            let (filename, kind) = (step.filename(), step.content_type());
            let (filename, kind) = (filename.unwrap_or_default(), kind.unwrap_or_default());
            let (name, size, eof) = (step.name(), step.data.len(), step.eof);
            yield Ok::<_, HttpError>(format!("{name},{filename},{kind},{size},{eof}\n"));
        }
    })
}

/// Sends a line for each part as soon as it is complete; one piece at a time is in memory.
async fn parts(request: Request) -> Answer {
    let mut parts = request.parts();
    plain(stream! {
        while let Some(part) = parts.next().await {
            let part = part?;
            let (mut size, mut sha256) = (0, Sha256::new());
            while let Some(piece) = part.piece().await? {
                size += piece.len() as u64;
                sha256.update(&piece);
            }
            let (filename, kind) = (part.filename(), part.content_type());
            let (filename, kind) = (filename.unwrap_or_default(), kind.unwrap_or_default());
            let (name, sha256) = (part.name(), hex(&sha256.finalize()));
            yield Ok::<_, HttpError>(format!("{name},{filename},{kind},{size},{sha256}\n"));
        }
    })
}

async fn early(request: Request) -> Result<Answer, HttpError> {
    request.read(1_000).await?;
    Err(HttpError::payload_too_large().with_message("1000 bytes are enough"))
}

async fn query(request: Request) -> Result<Answer, HttpError> {
    Ok(lines(grouped(request.query()?.iter()), "="))
}

async fn cookies(request: Request) -> Answer {
    lines(grouped(request.cookies().iter()), "=")
}

async fn headers(request: Request) -> Answer {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| (text(name).to_lowercase(), text(value)));
    lines(grouped(fields), ": ")
}

async fn meta(request: Request) -> Answer {
    let version = match request.version() {
        Version::Http10 => "HTTP/1.0",
        Version::Http11 => "HTTP/1.1",
    };
    let (method, path, query) = (request.method(), request.path(), request.query_string());
    let host = request.host().unwrap_or_default();
    let ip = request.ip().map(|ip| ip.to_string()).unwrap_or_default();
    let scheme = request.scheme();
    plain(format!("{method}\n{path}\n{query}\n{version}\n{host}\n{ip}\n{scheme}\n"))
}

async fn trailers(request: Request) -> Result<Answer, HttpError> {
    while request.piece().await?.is_some() {}
    let trailers = request.trailers();
    let fields = trailers.iter().flat_map(|trailers| trailers.iter());
    Ok(lines(fields.map(|(name, value)| (name, String::from_utf8_lossy(value))), ": "))
}

/// Groups values by name, in the order in which the names first occur.
fn grouped<N: Clone + PartialEq, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Vec<(N, V)> {
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    let names: Vec<_> = pairs.iter().map(|(name, _)| name.clone()).collect();
    pairs.sort_by_key(|(name, _)| names.iter().position(|first| first == name));
    pairs
}

fn lines<N: Display, V: Display>(pairs: impl IntoIterator<Item = (N, V)>, between: &str) -> Answer {
    let lines = pairs.into_iter().map(|(name, value)| format!("{name}{between}{value}\n"));
    plain(lines.collect::<String>())
}

fn plain(reply: impl Reply) -> Answer {
    reply.into_answer().with_content_type("text/plain; charset=utf-8")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The limit for bodies that are streamed, and so need constant memory.
const LARGE: u64 = 16 << 30;

const PATHS: &str = "\
/echo             the whole body back
/count            the number of its bytes, read as a stream
/read?n=4         pieces of n bytes, joined with |
/mixed            4 bytes and the rest, joined with |
/form             the fields of a form, sorted
/files?max=16384  multipart in steps: name,filename,type,bytes,eof
/parts            multipart part by part: name,filename,type,bytes,sha256
/ignore           answers without reading
/early            413 after the first 1000 bytes
/query            the pairs of the query, name by name
/cookies          the cookies, name by name
/headers          the fields of the head, name by name
/meta             method, path, query, version, host, ip, scheme
/trailers         the trailer fields of a chunked body
";
