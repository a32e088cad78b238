//! The server, and what a client asks of it.

use std::fs;

use tempfile::TempDir;
use tremolo_tests::frames::{Frame, Socket, handshake, opcode};
use tremolo_tests::{Message, Program};

/// A server in a folder of its own.
pub(crate) struct Server {
    pub(crate) program: Program,
    _folder: TempDir,
}

impl Server {
    /// Starts it with this configuration.
    pub(crate) fn start(environment: &[(&str, &str)]) -> Self {
        Self::start_under(&[], environment)
    }

    /// Starts it as the last argument of another program.
    pub(crate) fn start_under(wrapper: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("file"), file()).unwrap();
        let rust = env!("CARGO_BIN_EXE_faults");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/faults/program.py");
        let arguments = [folder.path().as_os_str()];
        let program =
            Program::launch_example_under(wrapper, (rust, script), &arguments, environment);
        Self { program, _folder: folder }
    }

    /// Asks for everything that it has, and expects the right answers.
    pub(crate) fn serves(&self) {
        let mut client = self.program.connect();
        for _ in 0..3 {
            assert_eq!(client.ask("/hello").text(), "Hello World!");
        }
        let body = "x".repeat(300_000);
        let echoed = client.exchange(&Message::post("/body").body(&body));
        assert!(echoed.text() == body, "{echoed:?}");
        assert!(client.ask("/stream").text() == stream());
        assert!(client.ask("/files/file").text() == file());
        let mut socket = Socket::open_with(client, &handshake("/ws"));
        for length in [1, 1_000, 100_000] {
            let frame = Frame::new(opcode::BINARY, vec![b'x'; length]);
            socket.send(&frame);
            assert!(socket.read() == frame);
        }
        socket.close(1_000);
    }

    /// Asks for everything, and expects answers that are right, errors, or recognizably cut. Returns
    /// how many were right.
    pub(crate) fn answers_or_cuts(&self) -> usize {
        let body = "x".repeat(300_000);
        let requests = [
            (Message::new("GET /hello"), "Hello World!".to_owned()),
            (Message::post("/body").body(&body), body),
            (Message::new("GET /stream"), stream()),
            (Message::new("GET /files/file"), file()),
        ];
        let mut right = 0;
        for (request, expected) in requests {
            let mut client = self.program.connect();
            // The server may have ended the connection already.
            let _ = client.try_send(request.closing().bytes());
            let answer = client.read_until_cut();
            right += usize::from(is_right(&answer, &expected));
        }
        right
    }
}

/// Whether this is the whole response. One that is not whole must show it.
fn is_right(answer: &[u8], expected: &str) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        // Nothing, or a part of a head.
        return false;
    };
    if !head.starts_with("HTTP/1.1 200") {
        assert!(head.starts_with("HTTP/1.1 5") || head.starts_with("HTTP/1.1 4"), "{head}");
        return false;
    }
    let body = if head.contains("chunked") { joined_chunks(body) } else { Some(body.to_owned()) };
    let announced = format!("Content-Length: {}", expected.len());
    assert!(head.contains("chunked") || head.contains(&announced), "{head}");
    let is_whole = body.as_deref().is_some_and(|body| body.len() == expected.len());
    assert!(!is_whole || body.as_deref() == Some(expected), "a complete answer is the right one");
    is_whole
}

/// The content of a chunked body, if it has its last chunk.
fn joined_chunks(mut body: &str) -> Option<String> {
    let mut content = String::new();
    loop {
        let (size, rest) = body.split_once("\r\n")?;
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return Some(content);
        }
        content += rest.get(..size)?;
        body = rest.get(size + 2..)?;
    }
}

fn stream() -> String {
    (0..2_000).map(|number| format!("{number:0100}")).collect()
}

fn file() -> String {
    (0..20_000).map(|number| format!("{number:0100}")).collect()
}
