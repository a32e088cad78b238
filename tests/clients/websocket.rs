//! WebSockets with common programs: the page of the chat in a browser, Python's `websockets`, Node's
//! `ws`, and nginx as a proxy.

use std::process::Command;

use serde_json::{Value, json};
use tremolo_tests::frames::{Frame, Socket, handshake, opcode};
use tremolo_tests::{Browser, Nginx, Program};

use crate::chromium::turn;

fn chat() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_chat"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/chat.py"),
    )
}

fn echo() -> Program {
    Program::launch_example(
        env!("CARGO_BIN_EXE_websocket_echo"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/websocket_echo.py"),
    )
}

/// Defines `until(condition)`: a promise that is kept when the condition holds.
const UNTIL: &str = "const until = condition => new Promise(done => {
    const look = () => condition() ? done() : setTimeout(look, 10);
    look();
});";

#[test]
fn two_pages_chat_in_chromium() {
    let (_turn, program) = (turn(), chat());
    let mut browser = Browser::launch();
    browser.open(program.address());
    let script = "
        const here = document, frame = document.createElement('iframe');
        const shows = (page, text) => page.getElementById('status').textContent === text;
        const said = page => [...page.querySelectorAll('#messages li:not(.note)')].map(item =>
            [item.className, item.querySelector('b').textContent,
             item.querySelector('span').textContent]);
        return (async () => {
            await until(() => shows(here, 'only you'));
            frame.src = '/';
            here.body.append(frame);
            await until(() => frame.contentDocument?.getElementById('status'));
            const there = frame.contentDocument;
            await until(() => shows(here, '2 people') && shows(there, '2 people'));
            for (const [page, name, text] of [[here, 'Ada', 'grüße'], [there, 'Bob', 'hi']]) {
                const before = said(here).length;
                page.getElementById('name').value = name;
                page.getElementById('text').value = text;
                page.getElementById('send').click();
                await until(() => said(here).length > before && said(there).length > before);
            }
            const result = [said(here), said(there)];
            frame.remove();
            await until(() => shows(here, 'only you'));
            return result;
        })();";
    let said = browser.run(&format!("{UNTIL}{script}"), &json!([]));
    assert_eq!(
        said,
        json!([
            [["mine", "Ada", "grüße"], ["", "Bob", "hi"]],
            [["", "Ada", "grüße"], ["mine", "Bob", "hi"]],
        ])
    );
}

#[test]
fn a_page_connects_again_in_chromium() {
    let (_turn, program) = (turn(), chat());
    let mut browser = Browser::launch();
    browser.open(program.address());
    let script = "
        const shows = text => document.getElementById('status').textContent === text;
        return (async () => {
            await until(() => shows('only you'));
            socket.send('no JSON');
            await until(() => document.querySelector('#messages .note'));
            await until(() => shows('only you'));
            return document.querySelector('#messages .note').textContent;
        })();";
    let note = browser.run_text(&format!("{UNTIL}{script}"), &json!([]));
    assert!(note.starts_with("Connection closed with 1003"), "{note}");
}

/// Chromium keeps a page that was left, and its connection if the page does not close it.
#[test]
fn a_page_that_was_left_is_not_present_in_chromium() {
    let (_turn, program) = (turn(), chat());
    let mut socket = Socket::open_with(program.connect(), &handshake("/chat"));
    let mut expect_people = |count: usize| {
        let present = json!({ "kind": "present", "count": count });
        assert_eq!(serde_json::from_str::<Value>(&socket.read_text()).unwrap(), present);
    };
    expect_people(1);
    let mut browser = Browser::launch();
    browser.open(program.address());
    expect_people(2);
    let other = echo();
    browser.open(other.address());
    expect_people(1);
    browser.run("history.back()", &json!([]));
    expect_people(2);
}

#[test]
fn messages_and_close_codes_pass_between_chromium_and_the_echo() {
    let (_turn, page, program) = (turn(), chat(), echo());
    let mut browser = Browser::launch();
    browser.open(page.address());
    let script = "
        const open = () => new Promise(done => {
            const socket = new WebSocket(arguments[0].replace('http', 'ws'));
            socket.binaryType = 'arraybuffer';
            socket.onopen = () => done(socket);
        });
        const receive = socket => new Promise(done => { socket.onmessage = e => done(e.data); });
        const end = socket => new Promise(done => {
            socket.onclose = e => done([e.code, e.wasClean]);
        });
        return (async () => {
            const socket = await open(), text = 'grüße '.repeat(20000), got = [];
            socket.send(text);
            got.push(await receive(socket) === text, socket.extensions);
            socket.send(new Uint8Array([0, 255]));
            got.push([...new Uint8Array(await receive(socket))]);
            socket.close(3001, 'bye');
            got.push(await end(socket));
            const long = await open();
            long.send(new Uint8Array((16 << 20) + 1).map((_, at) => at * 2654435761 >> 7));
            got.push(await end(long));
            return got;
        })();";
    let got = browser.run(script, &json!([program.address()]));
    assert_eq!(got[0], true);
    assert!(got[1].as_str().unwrap().starts_with("permessage-deflate"), "{got}");
    assert_eq!(got[2], json!([0, 255]));
    assert_eq!(got[3], json!([3001, true]));
    assert_eq!(got[4][0], 1009);
}

/// The path of the echo itself, and then of the echo behind nginx.
fn addresses(program: &Program, nginx: &Nginx) -> [String; 2] {
    [format!("{}/", program.address()), format!("{}/upgraded/", nginx.address())]
}

fn succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {stderr}");
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn websockets_of_python_sends_receives_and_closes_also_through_nginx() {
    let program = echo();
    let nginx = Nginx::launch(program.address());
    for address in addresses(&program, &nginx) {
        // `cargo xtask clients` makes the environment.
        let mut python = Command::new(format!("{ROOT}/target/clients/venv/bin/python"));
        succeed(python.arg(format!("{ROOT}/tests/clients/with_websockets.py")).arg(address));
    }
}

#[test]
fn ws_of_node_sends_receives_and_closes_also_through_nginx() {
    let program = echo();
    let nginx = Nginx::launch(program.address());
    for address in addresses(&program, &nginx) {
        let mut node = Command::new("node");
        node.arg(format!("{ROOT}/tests/clients/with_ws.mjs"));
        succeed(node.arg(format!("{ROOT}/target/clients/node")).arg(address));
    }
}

#[test]
fn frames_pass_nginx() {
    let program = echo();
    let nginx = Nginx::launch(program.address());
    let offer = handshake("/upgraded/").field("Sec-WebSocket-Extensions: permessage-deflate");
    let mut socket = Socket::open_with(nginx.connect(), &offer);
    assert!(socket.response.field("Sec-WebSocket-Extensions").is_some());
    for length in [0, 200, 70_000, 1 << 20] {
        let frame = Frame::new(opcode::BINARY, vec![length as u8; length]);
        socket.send(&frame);
        // It may come back compressed.
        assert_eq!(socket.read().first & 0xf, opcode::BINARY);
    }
    socket.send(&Frame::new(opcode::PING, "through"));
    assert_eq!(socket.read(), Frame::new(opcode::PONG, "through"));
    socket.close(3001);
    // Both ends may go without a closing handshake.
    let mut socket = Socket::open_with(nginx.connect(), &handshake("/upgraded/"));
    socket.send_text("first");
    assert_eq!(socket.read_text(), "first");
    drop(program);
    assert!(socket.client.read_until_cut().len() < 100);
    // A proxy that passes no upgrade has a plain request.
    let program = echo();
    let nginx = Nginx::launch(program.address());
    assert_eq!(nginx.connect().exchange(&handshake("/")).status(), 426);
}
