//! Server-sent events, read by a browser, and through nginx.

use serde_json::json;
use tremolo_tests::{Browser, Nginx, Program};

use crate::chromium::turn;

fn program() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_events"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/events.py"),
    )
}

/// Each stream has three ticks. The browser connects again and sends `Last-Event-ID`.
#[test]
fn event_source_in_chromium_connects_again_and_goes_on() {
    let (_turn, program) = (turn(), program());
    let mut browser = Browser::launch();
    browser.open(program.address());
    let got = browser.run(
        "const source = new EventSource('/events?count=3');
         const ticks = [];
         let connections = 0;
         source.onopen = () => { connections += 1; };
         return new Promise((done, failed) => {
           source.onerror = () => {
             if (source.readyState === EventSource.CLOSED) failed(new Error('it is closed'));
           };
           source.onmessage = event => {
             ticks.push([event.data, event.lastEventId]);
             if (ticks.length === 7) { source.close(); done([connections, ticks]); }
           };
         });",
        &json!([]),
    );
    let ticks: Vec<_> =
        (1..=7).map(|number| json!([format!("tick {number}"), number.to_string()])).collect();
    assert_eq!(got, json!([3, ticks]));
}

#[test]
fn the_page_of_the_events_counts_in_chromium() {
    let (_turn, program) = (turn(), program());
    let mut browser = Browser::launch();
    browser.open(program.address());
    let shown = browser.run(
        "const [number, status, bars, toggle] =
           ['number', 'status', 'bars', 'toggle'].map(id => document.getElementById(id));
         return new Promise(done => {
           const look = () => {
             if (Number(number.textContent) < 4) return;
             observer.disconnect();
             const shown = [status.textContent, bars.children.length > 1];
             toggle.click();
             done([...shown, status.textContent, toggle.textContent]);
           };
           const observer = new MutationObserver(look);
           observer.observe(number, { childList: true });
           look();
         });",
        &json!([]),
    );
    assert_eq!(shown, json!(["connected (connection 1)", true, "stopped", "Start"]));
}

/// nginx buffers responses here, but not this one (`X-Accel-Buffering`): three ticks are far less
/// than its buffers, and the stream does not end.
#[test]
fn events_pass_nginx_one_by_one() {
    let program = program();
    let nginx = Nginx::launch(program.address());
    let mut client = nginx.connect();
    client.get("/events");
    let mut received = Vec::new();
    while !received.ends_with(b"data: tick 3\nid: 3\n\n\r\n") {
        let byte = client.read_exactly(1);
        assert_eq!(byte.len(), 1, "{}", String::from_utf8_lossy(&received));
        received.extend(byte);
    }
}
