//! Encrypted listeners of the Rust front; the sessions themselves are tested in `tremolo-tls`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;
use tremolo::{Application, Listen, Request, ServerHandle, StaticFiles};

/// Writes a new certificate and its key.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

/// A server with one encrypted listener.
fn serve(folder: &TempDir) -> ServerHandle {
    let path = |name: &str| folder.path().join(name).display().to_string();
    let listen = Listen::new("127.0.0.1:0")
        .tls(path("cert.pem"), path("key.pem"))
        .option("tls_handshake_timeout", Duration::from_millis(300))
        .option("client_max_body_size", 8_u64 << 20);
    let scheme = async |request: Request| format!("{} {}", request.scheme(), request.is_secure());
    let echo = async |body: Bytes| body;
    let application = Application::new().route("/scheme", scheme).route("/echo", echo);
    let application = application.mount("/files", StaticFiles::new(folder.path()));
    application.listen(listen).start().unwrap()
}

fn connect(server: &ServerHandle) -> TcpStream {
    let [address] = server.addresses().try_into().unwrap();
    TcpStream::connect(address.strip_prefix("https://").unwrap()).unwrap()
}

type Encrypted = StreamOwned<ClientConnection, TcpStream>;

fn handshake(server: &ServerHandle, trusted: &CertificateDer<'static>) -> Encrypted {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    let client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    StreamOwned::new(client, connect(server))
}

/// Sends the last request of a connection. An end without `close_notify` is an error.
fn ask(client: &mut Encrypted, path: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let head = format!("{method} {path} HTTP/1.0\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(body).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    answer.split_off(end + 4)
}

#[test]
fn requests_and_bodies_are_encrypted_and_the_end_is_reported() {
    let folder = TempDir::new().unwrap();
    let own = renew(folder.path());
    let server = serve(&folder);
    assert_eq!(ask(&mut handshake(&server, &own), "/scheme", b""), b"https true");
    let body: Vec<u8> = (0..3_000_000_u32).map(|at| at as u8).collect();
    assert_eq!(ask(&mut handshake(&server, &own), "/echo", &body), body);
    std::fs::write(folder.path().join("long.bin"), &body).unwrap();
    assert_eq!(ask(&mut handshake(&server, &own), "/files/long.bin", b""), body);
}

#[test]
fn plain_http_gets_a_readable_answer() {
    let folder = TempDir::new().unwrap();
    renew(folder.path());
    let server = serve(&folder);
    let mut client = connect(&server);
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.contains("this port expects HTTPS"), "{answer}");
}

#[test]
fn a_handshake_has_its_time_and_keeps_no_other_client_out() {
    let folder = TempDir::new().unwrap();
    let own = renew(folder.path());
    let server = serve(&folder);
    let mut waiting: Vec<_> = (0..100).map(|_| connect(&server)).collect();
    for client in &mut waiting {
        client.write_all(b"\x16\x03\x01").unwrap();
    }
    assert_eq!(ask(&mut handshake(&server, &own), "/scheme", b""), b"https true");
    for client in &mut waiting {
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn certificates_are_replaced_and_open_connections_stay() {
    let folder = TempDir::new().unwrap();
    let first = renew(folder.path());
    let server = serve(&folder);
    let mut open = handshake(&server, &first);
    open.write_all(b"GET /scheme HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    assert!(open.read(&mut [0; 512]).unwrap() > 0);
    std::fs::write(folder.path().join("key.pem"), "").unwrap();
    let error = server.reload_certificates().unwrap_err().to_string();
    assert!(error.starts_with("bad configuration: tls_key: "), "{error}");
    let second = renew(folder.path());
    server.reload_certificates().unwrap();
    assert_eq!(ask(&mut handshake(&server, &second), "/scheme", b""), b"https true");
    assert_eq!(ask(&mut open, "/scheme", b""), b"https true");
}

#[test]
fn a_server_does_not_start_with_files_that_it_cannot_use() {
    let listen = Listen::new("127.0.0.1:0").tls("/no/such/cert.pem", "/no/such/key.pem");
    let error = Application::new().listen(listen).start().unwrap_err().to_string();
    assert!(error.starts_with("bad configuration: tls_cert: /no/such/cert.pem: "), "{error}");
}

/// A load balancer sends its header before the handshake, which is not its own.
#[test]
fn the_header_of_a_proxy_comes_before_the_handshake() {
    let folder = TempDir::new().unwrap();
    let own = renew(folder.path());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let listen = Listen::new("127.0.0.1:0").tls(path("cert.pem"), path("key.pem"));
    let client = async |request: Request| format!("{:?} {}", request.ip(), request.is_secure());
    let application = Application::new().route("/", client);
    let server = application.listen(listen.proxy_protocol(true)).start().unwrap();
    let header = b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n";
    let mut client = handshake(&server, &own);
    client.sock.write_all(header).unwrap();
    assert_eq!(ask(&mut client, "/", b""), b"Some(192.0.2.1) true");

    // The header in pieces, and the handshake in the packet of its last piece.
    let mut client = handshake(&server, &own);
    client.sock.set_nodelay(true).unwrap();
    client.sock.write_all(&header[..9]).unwrap();
    let mut rest = header[9..].to_vec();
    client.conn.write_tls(&mut rest).unwrap();
    client.sock.write_all(&rest).unwrap();
    assert_eq!(ask(&mut client, "/", b""), b"Some(192.0.2.1) true");

    // No header: it is closed without a byte.
    let mut client = connect(&server);
    client.write_all(b"\x16\x03\x01\x00\x05 no header").unwrap();
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer);
    assert!(answer.is_empty());
}
