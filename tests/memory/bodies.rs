//! Bodies: read in pieces, whole, as forms, decompressed.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use tremolo::config::MemoryState;
use tremolo::forms::{FileLimits, FormLimits};

use crate::peer::{Peer, post};
use crate::server::Server;

const SIZE: usize = 256 << 10;

#[test]
fn a_piece_that_the_handler_holds() {
    Server::start(&[]).holds(16_000, MemoryState::Body, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all(post("/hold", SIZE));
        peer.send(&vec![b'x'; SIZE]);
        peer
    });
}

#[test]
fn trailers_that_do_not_end() {
    Server::start(&[]).holds(7_000, MemoryState::Body, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all("POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n");
        peer.send_all("Content-Type: text/plain\r\n\r\n1\r\nx\r\n0\r\n");
        let fields: String = (0..90).map(|at| format!("x{at}: {}\r\n", "y".repeat(70))).collect();
        peer.send_in_packets(fields.as_bytes(), 333);
        peer
    });
}

#[test]
fn a_whole_body_without_its_last_byte() {
    for packet in [SIZE, 1_460, 5_000] {
        Server::start(&[]).holds(SIZE - 1, MemoryState::WholeBody, |server| {
            let mut peer = Peer::connect(server);
            peer.send_all(post("/whole", SIZE));
            peer.send_in_packets(&vec![b'x'; SIZE - 1], packet);
            peer
        });
    }
}

#[test]
fn a_whole_body_that_the_handler_holds() {
    Server::start(&[]).holds(SIZE, MemoryState::WholeBody, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all(post("/whole", SIZE));
        peer.send_all(vec![b'x'; SIZE]);
        peer
    });
}

/// One byte in each chunk: their framing is no part of the body.
#[test]
fn a_whole_body_in_short_chunks() {
    Server::start(&[]).holds(20_000, MemoryState::WholeBody, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all("POST /whole HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        peer.send_in_packets("1\r\nx\r\n".repeat(20_000).as_bytes(), 30_000);
        peer
    });
}

#[test]
fn a_form_of_many_files() {
    let state = MemoryState::Form(FormLimits::default());
    Server::start(&[]).holds(200_000, state, |server| {
        let mut body = String::new();
        for part in 0..100 {
            body += &format!(
                "--b\r\nContent-Disposition: form-data; name=\"{part}\"; filename=\"f\"\r\n\r\n{}\r\n",
                "x".repeat(2_500)
            );
        }
        body += "--b--\r\n";
        form(server, &head("/form", MULTIPART, body.len()), &body, 1_460)
    });
}

/// In UTF-8 each of its characters takes three bytes.
#[test]
fn a_form_in_another_charset() {
    let state = MemoryState::Form(FormLimits::default());
    Server::start(&[]).holds(700_000, state, |server| {
        let body = [b"a=", &[0x80; SIZE - 2][..]].concat();
        let content_type = format!("{URLENCODED}; charset=windows-1252");
        form(server, &head("/form", &content_type, body.len()), &body, 60_000)
    });
}

#[test]
fn a_form_of_many_short_fields() {
    let state = MemoryState::Form(FormLimits::default());
    Server::start(&[]).holds(100_000, state, |server| {
        let value = "x".repeat(2_500);
        let body: Vec<_> = (0..100).map(|at| format!("n{at}={value}")).collect();
        let body = body.join("&");
        form(server, &head("/form", URLENCODED, body.len()), &body, 60_000)
    });
}

#[test]
fn a_step_of_an_upload() {
    let state = MemoryState::Upload(FileLimits::default());
    Server::start(&[]).holds(SIZE - 1_000, state, |server| {
        let part = "--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\"\r\n\r\n";
        let body = format!("{part}{}", "x".repeat(SIZE - part.len()));
        form(server, &head("/upload", MULTIPART, SIZE), &body[..SIZE - 1], 10_000)
    });
}

#[test]
fn a_body_that_is_decompressed() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    // Longer than the window, and than what is sent of it.
    let content: Vec<u8> =
        (0..200_000_u32).flat_map(|at| at.wrapping_mul(at).to_be_bytes()).collect();
    gzip.write_all(&content).unwrap();
    let body = gzip.finish().unwrap();
    let body = &body[..body.len().min(SIZE) - 1_000];
    Server::start(&[]).holds(30_000, MemoryState::DecodedBody, |server| {
        let mut peer = Peer::connect(server);
        peer.send_all(format!(
            "POST /decoded HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n\
             Content-Length: {SIZE}\r\n\r\n"
        ));
        peer.send_all(body);
        peer
    });
}

/// Sends a form, or what there is of one of this length.
fn form(server: &Server, head: &str, body: impl AsRef<[u8]>, packet: usize) -> Peer {
    let mut peer = Peer::connect(server);
    peer.send_all(head);
    peer.send_in_packets(body.as_ref(), packet);
    peer
}

fn head(path: &str, content_type: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
}

const MULTIPART: &str = "multipart/form-data; boundary=b";

const URLENCODED: &str = "application/x-www-form-urlencoded";
