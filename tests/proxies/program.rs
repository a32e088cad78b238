//! The server behind the proxies: it records each request that reaches a handler, and each response
//! repeats the mark of its request. `program.py` is its twin.
//!
//! Arguments: the address, and the file of the records, one JSON object a line.

use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use tremolo::errors::ConnectionError;
use tremolo::{
    Answer, Application, Handler, HttpError, Method, Reply, Request, Response, WebSocket, stream,
};

/// A request as its handler reads it.
#[derive(Serialize)]
struct Record {
    target: String,
    fields: Vec<(String, String)>,
    /// `None`: the handler has not read it.
    body: Option<String>,
}

static RECORDS: OnceLock<Mutex<File>> = OnceLock::new();

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_default();
    let file = File::create(arguments.next().unwrap_or_default());
    let file = file.map_err(|error| tremolo::Error::Setup(error.to_string()))?;
    RECORDS.get_or_init(|| Mutex::new(file));
    Application::new()
        .route("/whole", whole)
        .route("/limited", whole.with_body_limit(8))
        .route("/early", early)
        .route("/both", both)
        .route("/hints", hints)
        .route("/nothing", nothing)
        .route("/stream", pieces)
        .route("/raw", raw)
        .route("/switch", switch)
        .route("/socket", socket)
        .run(address)
}

/// Reads the body, then responds.
async fn whole(request: Request) -> Result<Answer, HttpError> {
    let body = request.body().await?;
    Ok(answer(&record(&request, Some(&body))))
}

/// Responds without a look at the body.
async fn early(request: Request) -> Answer {
    answer(&record(&request, None))
}

/// Begins to respond, and reads the body then.
async fn both(request: Request, response: Response) -> Result<(), HttpError> {
    response.set_header("X-Mark", mark(&request))?;
    response.write("begun\n").await?;
    let body = request.body().await?;
    response.end(record(&request, Some(&body))).await?;
    Ok(())
}

/// Interim responses come first.
async fn hints(request: Request, response: Response) -> Result<Answer, HttpError> {
    for link in ["</a>; rel=preload", "</b>; rel=preload"] {
        response.inform(103, [("Link", link)])?;
    }
    Ok(answer(&record(&request, None)))
}

async fn nothing(request: Request) -> Answer {
    answer(&record(&request, None)).with_status(204)
}

/// In chunks, with a trailer field.
async fn pieces(request: Request, response: Response) -> Result<Answer, HttpError> {
    let mark = record(&request, None);
    response.set_header("X-Mark", &mark)?;
    response.set_trailer("X-Sum", "1")?;
    let pieces = stream! {
        yield "begun\n".to_owned();
        yield mark;
    };
    Ok(pieces.into_answer())
}

/// A response that the handler frames itself.
async fn raw(request: Request, response: Response) -> Result<(), ConnectionError> {
    let mark = record(&request, None);
    let (length, head) = (mark.len(), "HTTP/1.1 200 OK\r\nX-Mark: ");
    let content = if *request.method() == Method::HEAD { "" } else { &mark };
    response.send(format!("{head}{mark}\r\nContent-Length: {length}\r\n\r\n{content}")).await?;
    response.close_keepalive()
}

/// Switches to a protocol of its own, in which the first piece is the last one.
async fn switch(request: Request, response: Response) -> Result<(), HttpError> {
    let head = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: own\r\n\r\n";
    response.send(head).await?;
    let piece = request.stream().next().await.transpose()?;
    response.send(record(&request, piece.as_ref())).await?;
    Ok(())
}

/// Sends each message back.
async fn socket(request: Request, mut socket: WebSocket) -> Result<(), HttpError> {
    record(&request, None);
    while let Some(message) = socket.next().await.transpose()? {
        socket.send(message).await?;
    }
    Ok(())
}

fn answer(mark: &str) -> Answer {
    Answer::whole(format!("{mark}\n")).with_header("X-Mark", mark.to_owned())
}

/// Writes the record of a request. Returns its mark.
fn record(request: &Request, body: Option<&Bytes>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let record = Record {
        target: request.url().into_owned(),
        fields: request.headers().iter().map(|(name, value)| (text(name), text(value))).collect(),
        body: body.map(|body| text(body)),
    };
    let line = serde_json::to_string(&record).unwrap_or_default() + "\n";
    if let Some(mut file) = RECORDS.get().and_then(|file| file.lock().ok()) {
        let _ = file.write_all(line.as_bytes());
    }
    mark(request)
}

/// What the target has after `?`.
fn mark(request: &Request) -> String {
    request.query_string().into_owned()
}
