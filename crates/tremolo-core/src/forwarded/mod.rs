//! Who the client is when proxies stand in between: `Forwarded` (RFC 7239) and the older
//! `X-Forwarded-For`, `-Proto` and `-Host`.
//!
//! Anyone can send these fields, so that only what trusted proxies wrote counts: each adds its
//! part on the right, the walk comes from there, and it ends at the first address that is not
//! trusted, which is the client's. Nothing to the left of it is believed, nothing malformed can
//! make a request fail. Knows no request: values come in, a [`Client`] goes out.

mod element;

use std::fmt;
use std::net::IpAddr;

use element::{Element, host, node, rsplit_unquoted};
use tremolo_config::Config;
pub use tremolo_config::{InvalidNetwork, TrustedProxies};

/// The client as trusted proxies describe it; what none of them said is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// Its address, or the nearest one that is known; `None`: it came by a Unix socket.
    pub ip: Option<IpAddr>,
    /// How it reached the first proxy; `None`: as the connection says.
    pub scheme: Option<Scheme>,
    /// The host that it asked for; `None`: as the `Host` field says.
    pub host: Option<&'a str>,
}

/// The scheme of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`, or `ws`.
    Http,
    /// `https`, or `wss`.
    Https,
}

impl Scheme {
    /// The name: `http` or `https`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn parse(name: &[u8]) -> Option<Self> {
        let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
        if is("https") || is("wss") {
            Some(Self::Https)
        } else {
            (is("http") || is("ws")).then_some(Self::Http)
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whom to believe, and what.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// Whose fields are read at all.
    pub proxies: &'a TrustedProxies,
    /// Whether `Forwarded` is one of them. Only if the nearest proxy writes it: one that writes
    /// the `X-` fields lets a client's own `Forwarded` pass.
    pub forwarded: bool,
}

impl<'a> From<&'a Config> for Trust<'a> {
    fn from(config: &'a Config) -> Self {
        Self { proxies: &config.trusted_proxies, forwarded: config.trust_forwarded }
    }
}

/// Finds the client behind `peer`, which is `None` for a Unix socket.
///
/// `fields` gives the values of all fields with a name in lower case, in order. It is asked only
/// if the peer is trusted. `Forwarded`, where it is trusted and its rightmost element can be read,
/// wins over the `X-` fields altogether. IPv4-mapped addresses come out as IPv4.
///
/// ```
/// use tremolo_core::forwarded::{Scheme, Trust, TrustedProxies, resolve};
///
/// let fields = |name: &str| {
///     let value: &[u8] = match name {
///         "x-forwarded-for" => b"6.6.6.6, 203.0.113.7, 10.1.2.3",
///         "x-forwarded-proto" => b"https",
///         _ => b"",
///     };
///     [value].into_iter()
/// };
/// let proxies: TrustedProxies = "10.0.0.0/8, 127.0.0.1".parse()?;
/// let trust = Trust { proxies: &proxies, forwarded: false };
/// let client = resolve(Some([127, 0, 0, 1].into()), fields, trust);
/// assert_eq!(client.ip, Some([203, 0, 113, 7].into()));
/// assert_eq!(client.scheme, Some(Scheme::Https));
/// # Ok::<(), tremolo_core::forwarded::InvalidNetwork>(())
/// ```
pub fn resolve<'a, I>(
    peer: Option<IpAddr>,
    fields: impl Fn(&'static str) -> I,
    trust: Trust<'_>,
) -> Client<'a>
where
    I: DoubleEndedIterator<Item = &'a [u8]>,
{
    let peer = Client { ip: peer.map(|ip| ip.to_canonical()), scheme: None, host: None };
    if !trust.proxies.contains(peer.ip) {
        return peer;
    }
    trust
        .forwarded
        .then(|| by_forwarded(peer, fields("forwarded"), trust.proxies))
        .flatten()
        .unwrap_or_else(|| by_x_forwarded(peer, fields, trust.proxies))
}

/// Each element describes a request as one proxy received it: from whom, for which host, how.
/// `None` if there is no element to believe.
fn by_forwarded<'a>(
    peer: Client<'a>,
    values: impl DoubleEndedIterator<Item = &'a [u8]>,
    trusted: &TrustedProxies,
) -> Option<Client<'a>> {
    let mut client = None;
    let elements = values.rev().flat_map(|value| rsplit_unquoted(value, b','));
    for element in elements.map(Element::parse) {
        let Some(Element { node, scheme, host }) = element else { break };
        let ip = node.or_else(|| client.unwrap_or(peer).ip);
        client = Some(Client { ip, scheme, host });
        // Who hides its client, by `unknown`, `_name` or silence, ends the walk too (section 6).
        if node.is_none() || !trusted.contains(node) {
            break;
        }
    }
    client
}

fn by_x_forwarded<'a, I>(
    peer: Client<'a>,
    fields: impl Fn(&'static str) -> I,
    trusted: &TrustedProxies,
) -> Client<'a>
where
    I: DoubleEndedIterator<Item = &'a [u8]>,
{
    let from_right = |name| fields(name).rev().flat_map(|value| rsplit_unquoted(value, b','));
    let (mut ip, mut steps) = (peer.ip, 0);
    for (step, entry) in from_right("x-forwarded-for").enumerate() {
        steps = step;
        let Some(entry) = node(entry) else { break };
        ip = Some(entry);
        if !trusted.contains(ip) {
            break;
        }
    }
    // Most proxies replace these two: the rightmost value is that of the one nearest to us. A
    // list as long as that of the addresses was added to at every step.
    let hops = from_right("x-forwarded-for").count();
    let beside = |name| {
        let steps = if from_right(name).count() == hops { steps } else { 0 };
        from_right(name).nth(steps)
    };
    Client {
        ip,
        scheme: beside("x-forwarded-proto").and_then(Scheme::parse),
        host: beside("x-forwarded-host").and_then(host),
    }
}

#[cfg(test)]
mod tests;
