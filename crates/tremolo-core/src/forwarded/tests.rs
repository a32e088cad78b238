//! Chains of proxies, with genuine and forged fields.

use proptest::prelude::*;

use super::*;

/// Resolves with 127.0.0.1 as the peer, and 10.0.0.0/8 and loopback trusted.
fn resolved<'a>(fields: &[(&'static str, &'a str)]) -> Client<'a> {
    resolved_from("127.0.0.1", fields)
}

fn resolved_from<'a>(peer: &str, fields: &[(&'static str, &'a str)]) -> Client<'a> {
    let trusted = "10.0.0.0/8, 127.0.0.1, unix".parse().unwrap();
    let values = |name| {
        let same = fields.iter().filter(move |(other, _)| *other == name);
        same.map(|(_, value)| value.as_bytes())
    };
    resolve(peer.parse().ok(), values, Trust { proxies: &trusted, forwarded: true })
}

fn client(ip: &str, scheme: Option<Scheme>, host: Option<&'static str>) -> Client<'static> {
    Client { ip: Some(ip.parse().unwrap()), scheme, host }
}

const HTTP: Option<Scheme> = Some(Scheme::Http);
const HTTPS: Option<Scheme> = Some(Scheme::Https);

#[test]
fn ignores_fields_from_peers_that_are_not_trusted() {
    let fields = [(FOR, "1.1.1.1"), (PROTO, "https"), (HOST, "a"), (FORWARDED, "for=2.2.2.2")];
    assert_eq!(resolved_from("192.0.2.1", &fields), client("192.0.2.1", None, None));
    assert_eq!(resolved_from("::ffff:192.0.2.1", &fields), client("192.0.2.1", None, None));
    let nobody = Trust { proxies: &"".parse().unwrap(), forwarded: true };
    let asked = |_| -> std::iter::Empty<&[u8]> { unreachable!("an untrusted peer's fields") };
    assert_eq!(resolve(None, asked, nobody), Client { ip: None, scheme: None, host: None });
}

#[test]
fn a_client_may_have_written_forwarded_itself() {
    let fields = |name| match name {
        FOR => [&b"192.0.2.1"[..]].into_iter(),
        FORWARDED => [&b"for=6.6.6.6"[..]].into_iter(),
        _ => [&b""[..]].into_iter(),
    };
    for (forwarded, ip) in [(false, "192.0.2.1"), (true, "6.6.6.6")] {
        let trust = Trust { proxies: &TrustedProxies::default(), forwarded };
        assert_eq!(resolve(None, fields, trust), client(ip, None, None));
    }
}

#[test]
fn without_fields_the_client_is_the_peer() {
    assert_eq!(resolved(&[]), client("127.0.0.1", None, None));
    assert_eq!(resolved_from("unix", &[]), Client { ip: None, scheme: None, host: None });
    assert_eq!(resolved(&[(FOR, ""), (PROTO, ""), (HOST, ",")]), client("127.0.0.1", None, None));
}

#[test]
fn a_unix_socket_can_be_a_proxy() {
    let fields = [(FOR, "192.0.2.1"), (PROTO, "https"), (HOST, "a.example")];
    assert_eq!(resolved_from("unix", &fields), client("192.0.2.1", HTTPS, Some("a.example")));
}

#[test]
fn skips_trusted_addresses_from_the_right() {
    for (list, ip) in [
        ("192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("6.6.6.6, 192.0.2.1, 10.0.0.2,10.0.0.1", "192.0.2.1"),
        ("10.0.0.9, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.2, 10.0.0.1", "10.0.0.2"),
        ("192.0.2.1:4711, [::ffff:10.0.0.1]:80", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
    ] {
        assert_eq!(resolved(&[(FOR, list)]), client(ip, None, None), "{list}");
    }
}

#[test]
fn field_lines_form_one_list() {
    let fields = [(FOR, "6.6.6.6"), (FOR, "192.0.2.1, 10.0.0.2"), (FOR, "10.0.0.1")];
    assert_eq!(resolved(&fields), client("192.0.2.1", None, None));
    let fields =
        [(FORWARDED, "for=6.6.6.6"), (FORWARDED, "for=192.0.2.1"), (FORWARDED, "for=10.0.0.1")];
    assert_eq!(resolved(&fields), client("192.0.2.1", None, None));
}

#[test]
fn stops_at_a_malformed_element() {
    for (list, ip) in [
        ("garbage", "127.0.0.1"),
        ("192.0.2.1, unknown", "127.0.0.1"),
        ("garbage, 192.0.2.1", "192.0.2.1"),
        ("192.0.2.1, garbage, 10.0.0.1", "10.0.0.1"),
        ("\"open, 192.0.2.1", "192.0.2.1"),
    ] {
        assert_eq!(resolved(&[(FOR, list)]), client(ip, None, None), "{list}");
    }
    let fields = [(FOR, "192.0.2.1"), (PROTO, "gopher"), (HOST, "<script>")];
    assert_eq!(resolved(&fields), client("192.0.2.1", None, None));
}

#[test]
fn takes_scheme_and_host_from_the_nearest_proxy() {
    let fields =
        [(FOR, "6.6.6.6, 192.0.2.1, 10.0.0.1"), (PROTO, "http, HTTPS"), (HOST, "evil, a:8")];
    assert_eq!(resolved(&fields), client("192.0.2.1", HTTPS, Some("a:8")));
    for (proto, scheme) in [("ws", HTTP), ("wss", HTTPS), ("http", HTTP), ("httpss", None)] {
        assert_eq!(resolved(&[(PROTO, proto)]), client("127.0.0.1", scheme, None));
    }
}

#[test]
fn takes_scheme_and_host_beside_the_client_if_every_proxy_added_one() {
    let fields = [
        (FOR, "6.6.6.6, 192.0.2.1, 10.0.0.1"),
        (PROTO, "http, https, http"),
        (HOST, "evil.example, a.example, inner"),
    ];
    assert_eq!(resolved(&fields), client("192.0.2.1", HTTPS, Some("a.example")));
}

#[test]
fn forwarded_describes_each_hop() {
    let chain = "for=6.6.6.6;proto=http;host=evil, \
                 for=\"192.0.2.1:4711\";proto=https;host=a.example, \
                 For=10.0.0.1;Proto=http;Host=inner;by=_x";
    assert_eq!(resolved(&[(FORWARDED, chain)]), client("192.0.2.1", HTTPS, Some("a.example")));
    let v6 = "for=\"[2001:db8::1]:80\"";
    assert_eq!(resolved(&[(FORWARDED, v6)]), client("2001:db8::1", None, None));
    let trusted_only = "for=10.0.0.2;host=a, for=10.0.0.1;host=b";
    assert_eq!(resolved(&[(FORWARDED, trusted_only)]), client("10.0.0.2", None, Some("a")));
}

#[test]
fn forwarded_takes_precedence_over_x_forwarded() {
    let fields = [(FOR, "6.6.6.6"), (PROTO, "http"), (HOST, "evil"), (FORWARDED, "for=192.0.2.1")];
    assert_eq!(resolved(&fields), client("192.0.2.1", None, None));
}

#[test]
fn a_hidden_client_gets_the_address_of_its_proxy() {
    for hidden in ["for=unknown", "for=_secret", "for=\"_secret:_port\"", "by=1.2.3.4"] {
        let chain = format!("for=6.6.6.6, {hidden};proto=https;host=a, for=10.0.0.1");
        assert_eq!(resolved(&[(FORWARDED, &chain)]), client("10.0.0.1", HTTPS, Some("a")));
        let chain = format!("for=6.6.6.6, {hidden};proto=https");
        assert_eq!(resolved(&[(FORWARDED, &chain)]), client("127.0.0.1", HTTPS, None));
    }
}

#[test]
fn a_malformed_element_does_not_hide_elements_to_its_right() {
    for left in ["for", "\"open", "for=\"192.0.2.9", "for=1.1.1.1;for=2.2.2.2", "a=\"\\\""] {
        let chain = format!("{left}, for=192.0.2.1, for=10.0.0.1");
        assert_eq!(resolved(&[(FORWARDED, &chain)]), client("192.0.2.1", None, None), "{left}");
        let chain = format!("{left}, for=10.0.0.1;proto=https");
        assert_eq!(resolved(&[(FORWARDED, &chain)]), client("10.0.0.1", HTTPS, None), "{left}");
    }
    let fields = [(FORWARDED, "for=1.1.1.1, for"), (FOR, "192.0.2.1")];
    assert_eq!(resolved(&fields), client("192.0.2.1", None, None));
}

proptest! {
    /// A client cannot hide by what it sends: the proxy appends the client's address.
    #[test]
    fn no_client_can_hide(sent in "[ -~]{0,40}", proxies in 0_usize..3) {
        let mut x_for = format!("{sent}, 192.0.2.1");
        let mut forwarded = format!("{sent}, for=192.0.2.1");
        for proxy in 1..=proxies {
            x_for += &format!(", 10.0.0.{proxy}");
            forwarded += &format!(", for=10.0.0.{proxy}");
        }
        let ip = "192.0.2.1".parse().ok();
        prop_assert_eq!(resolved(&[(FOR, &x_for), (PROTO, &sent)]).ip, ip);
        prop_assert_eq!(resolved(&[(FORWARDED, &forwarded), (FOR, &sent)]).ip, ip);
    }
}
