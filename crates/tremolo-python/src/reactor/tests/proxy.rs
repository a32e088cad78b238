//! Listeners with separate settings, behind proxies that send the address of the client.

use tremolo_core::CloseReason;

use super::*;

const V1: &[u8] = b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n";
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\xc0\0\x02\x01\xdc\x04\x01\xbb";

fn behind_a_proxy(config: Config) -> Host {
    Host::with(Config { proxy_protocol: true, ..config }, 1_000)
}

/// The peer of the connection that was served last.
fn last_peer(host: &Host) -> Option<SocketAddr> {
    host.reactor.peer(*host.served.last()?)?.address()
}

#[test]
fn the_peer_is_who_a_trusted_proxy_says_however_the_header_comes() {
    for header in [V1, V2] {
        for cut in [0, 1, 10, header.len() - 1, header.len()] {
            let mut host = behind_a_proxy(Config::default());
            let mut client = host.connect();
            client.send(&header[..cut]);
            host.turn_until(|host| !host.reactor.is_empty());
            client.send(&header[cut..]);
            client.get("/hello");
            host.serve(1);
            client.expect("Hello");
            assert_eq!(last_peer(&host), Some("203.0.113.7:56324".parse().unwrap()));
            // Once, and not before the next request.
            client.get("/hello");
            host.serve(2);
            client.expect("Hello");
        }
    }
}

#[test]
fn a_stranger_is_not_believed_but_served() {
    let trusted_proxies = "192.0.2.0/24".parse().unwrap();
    let mut host = behind_a_proxy(Config { trusted_proxies, ..Config::default() });
    let mut client = host.connect();
    client.send(V1);
    client.get("/hello");
    host.serve(1);
    client.expect("Hello");
    assert_eq!(last_peer(&host), Some(client.stream.local_addr().unwrap()));
}

#[test]
fn who_begins_without_a_header_is_left_without_a_word() {
    let mut host = behind_a_proxy(Config::default());
    let mut client = host.connect();
    client.send("GET /");
    let (_, closed) = host.expect(|event| matches!(event, Event::Closed(_)));
    assert!(matches!(closed, Event::Closed(CloseReason::Proxy(_))), "{closed:?}");
    assert!(!matches!(client.stream.read(&mut [0]), Ok(1..)));
    assert!(host.reactor.is_empty());
}

#[test]
fn a_header_has_the_time_of_a_head() {
    let mut host = behind_a_proxy(Config::default());
    let mut client = host.connect();
    client.send(&V1[..10]);
    host.turn_until(|host| !host.reactor.is_empty());
    host.advance(SECOND * 31);
    host.expect(|event| matches!(event, Event::Closed(_)));
    assert!(!matches!(client.stream.read(&mut [0]), Ok(1..)));
}

#[test]
fn a_listener_has_settings_of_its_own() {
    let mut host = Host::new();
    let config = Config { proxy_protocol: true, client_max_header_size: 64, ..Config::default() };
    let settings = Arc::new(Settings::new(config).unwrap());
    let at = ListenAddress::Tcp("127.0.0.1:0".parse().unwrap());
    let listening = Listening::bind(&at, settings.config()).unwrap();
    let ListenAddress::Tcp(other) = host.reactor.listen_with(listening, settings).unwrap() else {
        panic!()
    };
    let mut plain = host.connect();
    plain.get(&format!("/hello?{}", "x".repeat(100)));
    host.serve(1);
    plain.expect("Hello");
    host.address = other;
    let mut proxied = host.connect();
    proxied.send(V1);
    proxied.get("/hello");
    host.serve(2);
    proxied.expect("Hello");
    assert_eq!(last_peer(&host), Some("203.0.113.7:56324".parse().unwrap()));
    proxied.get(&format!("/hello?{}", "x".repeat(100)));
    host.serve(3);
    assert!(proxied.expect("fault").starts_with("HTTP/1.1 414 "));
}
