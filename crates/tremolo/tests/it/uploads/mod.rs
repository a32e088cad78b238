//! Bodies that come up: forms, files and parts, and how fast they may come.

#![expect(clippy::unwrap_used, reason = "a test fails where its `unwrap` does")]

mod files;
mod forms;
mod rates;

use std::io::{Read, Write};
use std::net::TcpStream;

use tremolo::{Application, Running};

use crate::client::{answer, connect, serve};

/// A server that takes bodies.
struct Server(Running);

/// A connection to it.
struct Client(TcpStream);

impl Server {
    fn start(application: Application) -> Self {
        Self(serve(application))
    }

    fn connect(&self) -> Client {
        let stream = connect(&self.0);
        stream.set_nodelay(true).unwrap();
        Client(stream)
    }

    /// Sends a body of this type in one piece; gives status and body of the answer.
    fn post(&self, path: &str, content_type: &str, body: &[u8]) -> (u16, String) {
        let mut client = self.connect();
        client.send(&post_head(path, content_type, body.len()));
        client.send(body);
        client.answer()
    }

    /// The same in chunks of so many bytes.
    fn post_chunked(
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
    fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// What comes until it ends with this.
    fn read_until(&mut self, end: &str) -> String {
        let (mut came, mut byte) = (Vec::new(), [0]);
        while !came.ends_with(end.as_bytes()) {
            self.0.read_exact(&mut byte).unwrap();
            came.push(byte[0]);
        }
        String::from_utf8(came).unwrap()
    }

    /// Status and body of the answer behind which the server closes. Of an error page only what
    /// it says.
    fn answer(&mut self) -> (u16, String) {
        let mut received = String::new();
        self.0.read_to_string(&mut received).unwrap();
        let (status, body) = answer(&received);
        let said = body.split_once("<p>").and_then(|(_, rest)| rest.split_once("</p>"));
        (status, said.map_or(&*body, |(said, _)| said).to_owned())
    }
}

fn post_head(path: &str, content_type: &str, length: usize) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: \
         {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes()
}

const URLENCODED: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=b";

/// A multipart body of parts: name, file name if it is a file, data.
fn multipart(parts: &[(&str, Option<&str>, &[u8])]) -> Vec<u8> {
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
