//! Encrypted listeners of the Rust front; the sessions themselves are tested in `tremolo-tls`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;
use tremolo::{Application, Config, Listen, Request, ServerHandle, StaticFiles};

/// Writes a new certificate and its key.
fn renew(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    cert.der().clone()
}

/// An encrypted listener.
fn encrypted(folder: &TempDir) -> Listen {
    let path = |name: &str| folder.path().join(name).display().to_string();
    Listen::new("127.0.0.1:0").tls(path("cert.pem"), path("key.pem"))
}

/// A server with one encrypted listener.
fn serve(folder: &TempDir) -> ServerHandle {
    let listen = encrypted(folder)
        .hsts(Duration::from_secs(86_400))
        .option("tls_handshake_timeout", Duration::from_millis(300))
        .option("client_max_body_size", 8_u64 << 20);
    let scheme = async |request: Request| format!("{} {}", request.scheme(), request.is_secure());
    let echo = async |body: Bytes| body;
    let application = Application::new().route("/scheme", scheme).route("/echo", echo);
    let tls = async |request: Request| {
        let tls = request.tls().unwrap();
        format!("{} {} {:?}", tls.version, tls.cipher, tls.server_name)
    };
    let application = application.route("/tls", tls);
    let application = application.mount("/files", StaticFiles::new(folder.path()));
    application.listen(listen).start().unwrap()
}

fn connect(server: &ServerHandle) -> TcpStream {
    let [address] = server.addresses().try_into().unwrap();
    TcpStream::connect(address.strip_prefix("https://").unwrap()).unwrap()
}

type Encrypted = StreamOwned<ClientConnection, TcpStream>;

fn handshake(server: &ServerHandle, trusted: &CertificateDer<'static>) -> Encrypted {
    handshake_with(server, &[trusted])
}

fn handshake_with(server: &ServerHandle, trusted: &[&CertificateDer<'static>]) -> Encrypted {
    let mut roots = RootCertStore::empty();
    for &trusted in trusted {
        roots.add(trusted.clone()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(builder.with_root_certificates(roots).with_no_client_auth());
    let client = ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    StreamOwned::new(client, connect(server))
}

/// Sends the last request of a connection; returns the body of the response.
fn ask(client: &mut Encrypted, path: &str, body: &[u8]) -> Vec<u8> {
    ask_whole(client, path, body).1
}

/// Sends the last request of a connection; returns the head and the body of the response. An end
/// without `close_notify` is an error.
fn ask_whole(client: &mut Encrypted, path: &str, body: &[u8]) -> (String, Vec<u8>) {
    let length = body.len();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let head = format!("{method} {path} HTTP/1.0\r\nHost: a\r\nContent-Length: {length}\r\n\r\n");
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(body).unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let body = answer.split_off(end + 4);
    (String::from_utf8(answer).unwrap(), body)
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
fn handlers_know_the_session_and_browsers_that_they_have_to_encrypt() {
    let folder = TempDir::new().unwrap();
    let own = renew(folder.path());
    let server = serve(&folder);
    let (head, body) = ask_whole(&mut handshake(&server, &own), "/tls", b"");
    assert_eq!(body, b"TLSv1.3 TLS_AES_256_GCM_SHA384 Some(\"localhost\")");
    assert!(head.contains("\r\nStrict-Transport-Security: max-age=86400\r\n"), "{head}");
}

#[test]
fn requests_without_encryption_are_redirected() {
    let folder = TempDir::new().unwrap();
    renew(folder.path());
    let plain = Listen::new("127.0.0.1:0").https_redirect(8443);
    let hi = async || "hi";
    let server = Application::new().route("/", hi).listen(plain).listen(encrypted(&folder));
    let server = server.start().unwrap();
    let address = server.addresses()[0].replace("http://", "");
    let mut client = TcpStream::connect(address).unwrap();
    for end in ["", "Connection: close\r\n"] {
        let request = format!("POST /a?b HTTP/1.1\r\nHost: a.example:80\r\n{end}\r\n");
        client.write_all(request.as_bytes()).unwrap();
    }
    let mut answers = String::new();
    client.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 308 Permanent Redirect\r\n").count(), 2, "{answers}");
    let location = "\r\nLocation: https://a.example:8443/a?b\r\n";
    assert_eq!(answers.matches(location).count(), 2, "{answers}");
}

#[test]
fn half_open_handshakes_keep_no_client_out_and_the_oldest_are_closed() {
    let folder = TempDir::new().unwrap();
    let own = renew(folder.path());
    for config in [
        Config { tls_max_handshakes: 16, ..Config::default() },
        // Half of the connections are not for handshakes.
        Config { max_connections: Some(64), ..Config::default() },
    ] {
        let application = Application::new().route("/", async || "hi").config(config);
        let server = application.listen(encrypted(&folder)).start().unwrap();
        let mut waiting: Vec<_> = (0..1_000).map(|_| connect(&server)).collect();
        for client in waiting.iter_mut().step_by(2) {
            // Of those that were closed some cannot be written to.
            let _ = client.write_all(b"\x16\x03\x01");
        }
        assert_eq!(ask(&mut handshake(&server, &own), "/", b""), b"hi");
        for client in waiting.iter_mut().take(900) {
            // The end, or a reset because of bytes that were not read.
            assert!(!matches!(client.read(&mut [0]), Ok(1..)));
        }
    }
}

#[test]
fn certificates_are_replaced_under_load_and_no_request_fails() {
    let [folder, old, new] = [(); 3].map(|()| TempDir::new().unwrap());
    let (first, second) = (renew(old.path()), renew(new.path()));
    let install = |from: &TempDir| {
        // A file appears whole, under its name, as programs that renew certificates do it.
        let saved = TempDir::new_in(folder.path()).unwrap();
        for name in ["cert.pem", "key.pem"] {
            let copy = saved.path().join(name);
            std::fs::copy(from.path().join(name), &copy).unwrap();
            std::fs::rename(copy, folder.path().join(name)).unwrap();
        }
    };
    install(&old);
    let server = serve(&folder);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let load = || {
            let mut count = 0;
            while !is_over.load(Ordering::Relaxed) {
                let mut client = handshake_with(&server, &[&first, &second]);
                client.write_all(b"GET /scheme HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
                assert!(client.read(&mut [0; 512]).unwrap() > 0);
                assert_eq!(ask(&mut client, "/scheme", b""), b"https true");
                count += 1;
            }
            count
        };
        let clients = [scope.spawn(load), scope.spawn(load)];
        for round in 0..20 {
            install(if round % 2 == 0 { &new } else { &old });
            let reloaded = server.reload_certificates();
            assert!(reloaded.is_ok(), "{reloaded:?}");
            let current = if round % 2 == 0 { &second } else { &first };
            assert_eq!(ask(&mut handshake(&server, current), "/scheme", b""), b"https true");
        }
        is_over.store(true, Ordering::Relaxed);
        for client in clients {
            assert!(client.join().unwrap() > 0);
        }
    });
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
