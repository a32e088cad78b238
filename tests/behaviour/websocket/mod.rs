//! WebSocket over sockets, for every front (RFC 6455, RFC 7692): the example echoes each message at
//! `/`. The engine tests the rules; these tests check that a front applies them, and that the next
//! client is served.

mod ends;
mod handshake;
mod messages;
mod violations;

use tremolo_tests::Program;
use tremolo_tests::frames::Socket;

/// The example that echoes.
fn echo() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_websocket_echo"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/websocket_echo.py"),
    )
}

/// A new client has its message echoed.
#[track_caller]
fn assert_serves(program: &Program) {
    let mut socket = Socket::open(program);
    socket.send_text("next");
    assert_eq!(socket.read_text(), "next");
    socket.close(1000);
}
