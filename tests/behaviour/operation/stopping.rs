//! A server that stops: handlers notice it, a kept connection may send one more request, and the exit
//! code shows whether all requests were complete.

use tremolo_tests::{Client, wait_until};

use super::launch;

#[test]
fn a_handler_notices_that_the_server_stops_and_the_exit_code_is_zero() {
    let program = launch(&[("TREMOLO_SHUTDOWN_TIMEOUT", "1h")]);
    let mut client = program.connect();
    client.get("/until-stopped");
    // The head leaves with the first piece.
    assert!(client.fill(1).unwrap());
    program.stop();
    let response = client.read_response();
    assert_eq!(response.text(), "begun false\nended true\n");
    drop(client);
    let (status, log) = program.wait();
    assert!(status.success(), "{log}");
}

#[test]
fn a_kept_connection_may_send_one_more_request() {
    let program = launch(&[("TREMOLO_DRAIN_GRACE", "1h"), ("TREMOLO_SHUTDOWN_TIMEOUT", "1h")]);
    let mut client = program.connect();
    let mut watching = program.connect();
    watching.get("/until-stopped");
    assert_eq!(client.ask("/").status(), 200);
    program.stop();
    // From here on the server is stopping, and connections notice it at any time.
    assert!(watching.read_response().text().ends_with("ended true\n"));
    while client.ask("/").field("Connection") != Some("close") {}
    assert_eq!(client.read_to_end(), b"");
}

#[test]
fn a_kept_connection_without_a_request_is_closed_and_new_clients_are_refused() {
    let program = launch(&[("TREMOLO_DRAIN_GRACE", "50ms"), ("TREMOLO_SHUTDOWN_TIMEOUT", "1h")]);
    let address = program.address().to_owned();
    let mut client = program.connect();
    assert_eq!(client.ask("/").status(), 200);
    program.stop();
    assert_eq!(client.read_to_end(), b"");
    wait_until("new clients are refused", || Client::try_connect(&address).is_err());
    drop(client);
    assert!(program.wait().0.success());
}

#[test]
fn requests_that_are_cancelled_at_the_shutdown_timeout_are_in_the_exit_code() {
    let program = launch(&[("TREMOLO_SHUTDOWN_TIMEOUT", "100ms")]);
    let mut client = program.connect();
    client.get("/wait");
    // The request has arrived: the server has read what came before this one.
    assert_eq!(program.connect().ask("/").status(), 200);
    program.stop();
    let (status, log) = program.wait();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("1 request was cancelled"), "{log}");
}

#[test]
fn a_second_signal_ends_a_server_at_once() {
    let program = launch(&[("TREMOLO_SHUTDOWN_TIMEOUT", "1h")]);
    let (mut client, mut watching) = (program.connect(), program.connect());
    client.get("/wait");
    watching.get("/until-stopped");
    assert_eq!(program.connect().ask("/").status(), 200);
    program.stop();
    assert!(watching.read_response().text().ends_with("ended true\n"));
    drop(watching);
    program.stop();
    let (status, log) = program.wait();
    assert_eq!(status.code(), Some(1), "{log}");
}
