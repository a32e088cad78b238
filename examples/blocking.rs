//! Handlers that are not async: each call runs on its own thread, and may block.
//!
//! `curl localhost:8000/services`, `curl -T FILE localhost:8000/checksum`,
//! `curl localhost:8000/countdown`.

#![expect(clippy::needless_pass_by_value, reason = "a handler is given its arguments")]

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::thread::sleep;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tremolo::{Application, BlockingRequest, BlockingResponse, HttpError, Pieces, blocking};

/// Reads the body while it arrives.
fn checksum(request: BlockingRequest) -> Result<String, HttpError> {
    let mut digest = Sha256::new();
    for piece in request.stream() {
        digest.update(piece?);
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>() + "\n")
}

/// Writes the response piece by piece.
fn countdown(response: BlockingResponse) -> Result<(), HttpError> {
    response.set_content_type("text/plain")?;
    for number in (1..=3).rev() {
        response.write(format!("{number}\n"))?;
        sleep(Duration::from_secs(1));
    }
    Ok(response.end("0\n")?)
}

/// Returns an iterator over the body; its pieces are produced while they are sent.
fn services() -> Result<Pieces<impl Iterator<Item = Result<String, HttpError>>>, HttpError> {
    let lines = BufReader::new(File::open("/etc/services")?).lines();
    Ok(Pieces(lines.map(|line| Ok(line? + "\n"))))
}

fn main() -> tremolo::Result<()> {
    Application::new()
        .route("/checksum", blocking(checksum))
        .route("/countdown", blocking(countdown))
        .route("/services", blocking(services))
        .run("127.0.0.1:8000")
}
