//! `Forwarded` and the `X-Forwarded-` fields from hostile clients: any value has a result (RFC
//! 7239).

use std::net::IpAddr;

use tremolo_core::forwarded::{Trust, TrustedProxies, resolve};
use tremolo_core::http1::fields::members;

use crate::script::Script;

/// `[peer][forwarded][for][proto][host]`, each a list of lines; the rest is a list of networks.
pub fn forwarded(data: &[u8]) {
    let mut script = Script::new(data);
    let peer: Option<IpAddr> = script.pick(&[
        None,
        Some([127, 0, 0, 1].into()),
        Some([6, 6, 6, 6].into()),
        Some(IpAddr::from([0, 0, 0, 0, 0, 0xffff, 0x7f00, 1])),
    ]);
    let pieces = [script.piece(), script.piece(), script.piece(), script.piece()];
    let rest = script.pieces().concat();
    let _ = String::from_utf8_lossy(&rest).parse::<TrustedProxies>();
    assert!(members(&rest).all(|member| !member.is_empty() && rest.len() >= member.len()));

    let field = |name: &str| {
        let names = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"];
        let at = names.iter().position(|known| *known == name).expect("a field of proxies");
        pieces[at].split(|b| *b == b'\n')
    };
    let none = TrustedProxies::parse([]).expect("an empty list is valid");
    let some: TrustedProxies = "127.0.0.0/8, 10.0.0.0/8, ::1".parse().expect("valid networks");
    for (trusted, forwarded) in [(&none, true), (&some, true), (&some, false)] {
        let client = resolve(peer, field, Trust { proxies: trusted, forwarded });
        let canonical = peer.map(|ip| ip.to_canonical());
        if !trusted.contains(canonical) {
            assert_eq!((client.ip, client.scheme, client.host), (canonical, None, None));
        }
        assert_eq!(client.ip, client.ip.map(|ip| ip.to_canonical()));
        assert!(client.host.is_none_or(|host| !host.bytes().any(|b| b <= b' ' || b == 0x7f)));
    }
}
