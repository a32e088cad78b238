//! A process that is paused longer than its timeouts (SIGSTOP, a stalled machine): requests that
//! arrived during the pause are in time.

use std::time::{Duration, Instant};

use tremolo_tests::{Client, Message, Program};

#[test]
fn requests_that_arrived_during_a_pause_are_served() {
    let program = Program::launch(env!("CARGO_BIN_EXE_short_clocks"));
    let mut clients: Vec<Client> = (0..80).map(|_| program.connect()).collect();
    for client in clients.iter_mut().take(20) {
        assert_eq!(client.ask("/").text(), "fine");
    }
    // The server accepts in order, so the earlier connections are accepted as well.
    assert_eq!(program.connect().ask("/").text(), "fine");
    program.signal("STOP");
    for client in &mut clients {
        client.send(Message::new("GET /").closing().bytes());
    }
    let paused = Instant::now();
    while paused.elapsed() < Duration::from_secs(3) {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    program.signal("CONT");
    for client in &mut clients {
        assert_eq!(client.read_response().text(), "fine");
    }
}
