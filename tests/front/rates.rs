//! Rate limits over real sockets. The engine's tests check their precision in virtual time; these
//! tests check that the driver waits, continues, and loses no bytes.

use std::time::{Duration, Instant};

use tremolo::{Application, Config, HttpError, Request, Response, Running, stream};
use tremolo_tests::Message;

use crate::{connect, start};

async fn count(request: Request) -> Result<String, HttpError> {
    let (mut body, mut size) = (request.stream(), 0);
    while let Some(piece) = body.next().await {
        size += piece?.len();
    }
    Ok(size.to_string())
}

async fn slow(response: Response) -> Result<(), HttpError> {
    response.set_rate(1 << 20)?;
    response.end(vec![b'x'; SIZE]).await?;
    Ok(())
}

fn server(upload_rate: u64, download_rate: u64) -> Running {
    let config = Config { upload_rate, download_rate, ..Config::default() };
    let pieces = || {
        stream! {
            for _ in 0..SIZE / 4_096 {
                yield vec![b'x'; 4_096];
            }
        }
    };
    let application = Application::new().route("/count", count).route("/slow", slow);
    start(application.route("/pieces", pieces).config(config))
}

/// The duration of a request, and the length of its response.
fn take(server: &Running, path: &str, body: &[u8]) -> (Duration, usize) {
    let (mut client, start) = (connect(server), Instant::now());
    let response = client.exchange(&Message::post(path).body(body));
    assert_eq!(response.status(), 200);
    (start.elapsed(), response.body.len())
}

#[test]
fn a_rate_limited_response_takes_the_expected_time_and_is_complete() {
    for (server, path) in [(server(0, 1 << 20), "/pieces"), (server(0, 0), "/slow")] {
        let (time, size) = take(&server, path, b"");
        assert!(time >= SIZE_AT_RATE && size == SIZE, "{path}: {size} bytes in {time:?}");
    }
}

#[test]
fn a_rate_limited_upload_takes_the_expected_time_and_is_complete() {
    let (time, digits) = take(&server(1 << 20, 0), "/count", &vec![b'x'; SIZE]);
    assert!(time >= SIZE_AT_RATE && digits == SIZE.to_string().len(), "{time:?}");
}

const SIZE: usize = 256 << 10;

/// For 256 KiB at 1 MiB/s, without the last sixteenth of a second, which may be sent in one step.
const SIZE_AT_RATE: Duration = Duration::from_millis(180);
