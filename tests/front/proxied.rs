//! Listeners behind a load balancer that sends PROXY protocol headers.

use tremolo::{Application, Config, Listen, Request, Running};
use tremolo_tests::Client;

use crate::{connect, last_answer, start};

const REQUEST: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const V1: &str = "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";

async fn client(request: Request) -> String {
    let client = request.client().map(|client| client.to_string());
    let ip = request.ip().map(|ip| ip.to_string());
    format!("{} {}", client.unwrap_or_default(), ip.unwrap_or_default())
}

fn application(config: Config) -> Application {
    Application::new().config(Config { proxy_protocol: true, ..config }).route("/", client)
}

#[test]
fn the_client_is_the_address_in_the_header() {
    let server = start(application(Config::default()));
    let (status, text) = exchange(&server, V1.to_owned() + REQUEST);
    assert_eq!((status, text.as_str()), (200, "203.0.113.7:56324 203.0.113.7"));

    let v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x08\xc0\0\x02\x01\xdc\x04\x01\xbb";
    let (_, text) = exchange(&server, [v2, REQUEST.as_bytes()].concat());
    assert_eq!(text, "203.0.113.8:56324 203.0.113.8");
}

#[test]
fn a_client_behind_the_proxy_is_not_trusted_as_a_proxy() {
    let server = start(application(Config::default()));
    let forged = REQUEST.replace("\r\n\r\n", "\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
    let (_, text) = exchange(&server, V1.to_owned() + &forged);
    assert_eq!(text, "203.0.113.7:56324 203.0.113.7");
}

#[test]
fn a_header_of_an_untrusted_peer_is_removed_and_ignored() {
    let trusted_proxies = "192.0.2.0/24".parse().unwrap();
    let server = start(application(Config { trusted_proxies, ..Config::default() }));
    let (status, text) = exchange(&server, V1.to_owned() + REQUEST);
    assert!(status == 200 && text.ends_with(" 127.0.0.1"), "{text}");
}

#[test]
fn without_a_header_the_connection_closes_without_a_response() {
    let server = start(application(Config::default()));
    for request in [REQUEST, "PROXY TCP4 x\r\n", "\r\n\r\n\0\r\nQUIX"] {
        let mut client = connect(&server);
        client.send(request);
        // End of stream or reset, and no byte.
        assert_eq!(client.read_until_cut(), b"", "{request:?}");
    }
}

#[test]
fn listeners_have_options_of_their_own() {
    let path = std::env::temp_dir().join(format!("tremolo-{}.sock", std::process::id()));
    let socket = Listen::new(path.display().to_string()).proxy_protocol(true);
    let server = start(Application::new().route("/", client).listen(socket));
    let (_, text) = exchange(&server, REQUEST);
    assert!(text.ends_with(" 127.0.0.1"), "{text}");
    assert_eq!(exchange(&server, V1.to_owned() + REQUEST).0, 400);

    let mut client = Client::connect(&path.display().to_string());
    client.send(V1.to_owned() + REQUEST);
    assert_eq!(last_answer(&mut client).1, "203.0.113.7:56324 203.0.113.7");
}

fn exchange(server: &Running, bytes: impl AsRef<[u8]>) -> (u16, String) {
    let mut client = connect(server);
    client.send(bytes);
    last_answer(&mut client)
}
