//! Compressed streams that wait for something else between their pieces. What both fronts do is
//! tested in `behaviour/compression`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc};
use tremolo::{Application, Handler, HttpError, Response, ServerHandle, stream};

use crate::start;

const CODINGS: [&str; 3] = ["br", "zstd", "gzip"];

fn url(server: &ServerHandle, path: &str) -> String {
    let address = &server.addresses()[0];
    format!("http://{}{path}", address.strip_prefix("http://").unwrap_or(address))
}

#[test]
fn each_event_can_be_decoded_before_the_next_one_is_sent() {
    let (send, events) = mpsc::unbounded_channel::<String>();
    let events = Arc::new(Mutex::new(events));
    let events = move |response: Response| {
        let events = Arc::clone(&events);
        stream! {
            response.set_content_type("text/event-stream")?;
            let mut events = events.lock().await;
            while let Some(event) = events.recv().await.filter(|event| event != "end") {
                yield Ok::<_, HttpError>(event + "\n");
            }
        }
    };
    let server = start(Application::new().route("/events", events.with_compression(true)));
    for coding in CODINGS {
        let mut curl = Command::new("curl")
            .args(["--silent", "--no-buffer", "--max-time", "10", "--compressed", "-H"])
            .args([format!("Accept-Encoding: {coding}"), url(&server, "/events")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl is there");
        let mut lines = BufReader::new(curl.stdout.take().unwrap()).lines();
        for event in ["first", "second", "third"] {
            send.send(event.to_owned()).unwrap();
            assert_eq!(lines.next().unwrap().unwrap(), event, "{coding}");
        }
        send.send("end".to_owned()).unwrap();
        assert!(lines.next().is_none() && curl.wait().unwrap().success(), "{coding}");
    }
}
