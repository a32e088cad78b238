//! The front over real sockets: a server of a few routes, and a client that sends what it is told.

#![expect(clippy::unwrap_used, reason = "a test fails where its `unwrap` does")]

mod body_limit;
mod client;
mod extract;
mod files;
mod forms;
mod proxied;
mod rates;
mod request;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tremolo::{Application, Running};

/// A server, and the address it listens on.
pub(crate) struct Server {
    address: String,
    _running: Running,
}

/// A connection to it.
pub(crate) struct Client {
    stream: TcpStream,
}

impl Server {
    pub(crate) fn start(application: Application) -> Self {
        let running = application.listen("127.0.0.1:0").start().unwrap();
        let address = running.addresses()[0].trim_start_matches("http://").to_owned();
        Self { address, _running: running }
    }

    pub(crate) fn connect(&self) -> Client {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_nodelay(true).unwrap();
        // Only a test that fails ever waits so long.
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        Client { stream }
    }

    /// Sends a body of this type in one piece; gives status and body of the answer.
    pub(crate) fn post(&self, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
        let mut client = self.connect();
        client.send(&post_head(path, content_type, body.len()));
        client.send(body);
        client.answer()
    }

    /// The same in chunks of so many bytes.
    pub(crate) fn post_chunked(
        &self,
        path: &str,
        content_type: &str,
        body: &[u8],
        size: usize,
    ) -> (u16, String) {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: \
             {content_type}\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        .into_bytes();
        for chunk in body.chunks(size) {
            request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            request.extend_from_slice(chunk);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"0\r\n\r\n");
        let mut client = self.connect();
        client.send(&request);
        client.answer()
    }
}

impl Client {
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// What comes until it ends with this.
    pub(crate) fn read_until(&mut self, end: &str) -> String {
        let (mut came, mut byte) = (Vec::new(), [0]);
        while !came.ends_with(end.as_bytes()) {
            self.stream.read_exact(&mut byte).unwrap();
            came.push(byte[0]);
        }
        String::from_utf8(came).unwrap()
    }

    /// Status and body of the answer behind which the server closes. Of an error page only what
    /// it says.
    pub(crate) fn answer(&mut self) -> (u16, String) {
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("Transfer-Encoding"), "{answer}");
        let said = body.split_once("<p>").and_then(|(_, rest)| rest.split_once("</p>"));
        (status, said.map_or(body, |(said, _)| said).to_owned())
    }
}

pub(crate) fn post_head(path: &str, content_type: &str, length: usize) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: \
         {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

pub(crate) const URLENCODED: &str = "application/x-www-form-urlencoded";
pub(crate) const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A multipart body of parts: name, file name if it is a file, data.
pub(crate) fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, filename, data) in parts {
        body.extend_from_slice(b"--b\r\nContent-Disposition: form-data; name=\"");
        body.extend_from_slice(name.as_bytes());
        body.push(b'"');
        if let Some(filename) = filename {
            let more = format!("; filename=\"{filename}\"\r\nContent-Type: text/x-{name}");
            body.extend_from_slice(more.as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}
