//! The example `chat`: what its page gets.

use serde_json::{Value, json};
use tremolo_tests::Program;
use tremolo_tests::frames::{Socket, handshake};

fn chat() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_chat"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/chat.py"),
    )
}

fn join(program: &Program) -> Socket {
    Socket::open_with(program.connect(), &handshake("/chat"))
}

fn read(socket: &mut Socket) -> Value {
    serde_json::from_str(&socket.read_text()).unwrap()
}

fn present(count: usize) -> Value {
    json!({ "kind": "present", "count": count })
}

#[test]
fn each_message_reaches_all_pages_and_they_know_how_many_are_present() {
    let program = chat();
    assert!(program.connect().ask("/").text().contains("<h1>Chat</h1>"));
    assert_eq!(program.connect().ask("/chat").status(), 426);
    let mut ada = join(&program);
    assert_eq!(read(&mut ada), present(1));
    let mut bob = join(&program);
    assert_eq!([read(&mut ada), read(&mut bob)], [present(2), present(2)]);
    ada.send_text(&json!({ "name": "Ada", "text": "grüße" }).to_string());
    for socket in [&mut ada, &mut bob] {
        let mut message = read(socket);
        assert!(message["at"].take().as_u64().is_some_and(|at| at > 1_700_000_000_000));
        let expected = json!({ "kind": "message", "name": "Ada", "text": "grüße", "at": null });
        assert_eq!(message, expected);
    }
    bob.close(1000);
    assert_eq!(read(&mut ada), present(1));
    let mut carol = join(&program);
    assert_eq!([read(&mut ada), read(&mut carol)], [present(2), present(2)]);
    carol.client.reset();
    assert_eq!(read(&mut ada), present(1));
}

#[test]
fn what_is_no_message_of_the_chat_is_closed_with_1003() {
    let program = chat();
    let mut socket = join(&program);
    assert_eq!(read(&mut socket), present(1));
    socket.send_text("no JSON");
    socket.answer_close(1003);
}
