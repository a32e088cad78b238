//! The client behind proxies: `Forwarded` (RFC 7239) and the older `X-Forwarded-For`, `-Proto` and
//! `-Host`.
//!
//! Any client can send these fields, so only the parts that trusted proxies wrote are used. Each
//! proxy appends its part on the right. The search therefore goes from right to left, and ends at
//! the first address that is not trusted: the client's. Everything to the left of it is ignored. A
//! malformed field never makes a request fail.

mod element;
mod scheme;

use std::net::IpAddr;

pub(crate) use element::split_host;
use element::{Element, host, node, rsplit_unquoted};
pub use scheme::Scheme;
use tremolo_config::Config;
pub use tremolo_config::{InvalidNetwork, TrustedProxies};

/// The client as described by trusted proxies. A field is `None` if no trusted proxy gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client<'a> {
    /// The address of the client, or the nearest known address; `None` for a Unix socket.
    pub ip: Option<IpAddr>,
    /// The scheme between the client and the first proxy; `None`: that of the connection.
    pub scheme: Option<Scheme>,
    /// The host that the client requested; `None`: that of the `Host` field.
    pub host: Option<&'a str>,
}

impl Client<'_> {
    /// A client without a proxy.
    pub(crate) fn direct(peer: Option<IpAddr>) -> Self {
        Self { ip: peer.map(|ip| ip.to_canonical()), scheme: None, host: None }
    }
}

/// Which proxies and which fields are trusted.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// The proxies whose fields are read.
    pub proxies: &'a TrustedProxies,
    /// Whether `Forwarded` is read. Set this only if the nearest proxy writes `Forwarded`: a proxy
    /// that writes the `X-` fields forwards a `Forwarded` field that the client sent.
    pub forwarded: bool,
}

impl<'a> From<&'a Config> for Trust<'a> {
    fn from(config: &'a Config) -> Self {
        Self { proxies: &config.trusted_proxies, forwarded: config.trust_forwarded }
    }
}

/// Finds the client behind `peer`, which is `None` for a Unix socket.
///
/// `fields` returns the values of all fields with a lower-case name, in order. It is called only if
/// the peer is trusted. If `Forwarded` is trusted and its rightmost element is valid, the `X-`
/// fields are ignored. IPv4-mapped addresses are returned as IPv4.
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
    let peer = Client::direct(peer);
    if !trust.proxies.contains(peer.ip) {
        return peer;
    }
    trust
        .forwarded
        .then(|| by_forwarded(peer, fields(FORWARDED), trust.proxies))
        .flatten()
        .unwrap_or_else(|| by_x_forwarded(peer, fields, trust.proxies))
}

/// Whether [`resolve`] reads fields with this name, case-insensitively.
pub(crate) fn is_read(name: &[u8]) -> bool {
    [FORWARDED, FOR, PROTO, HOST].iter().any(|read| name.eq_ignore_ascii_case(read.as_bytes()))
}

/// Each element describes a request as one proxy received it: client, host, scheme. `None` if there
/// is no valid element.
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
        // A proxy that hides its client ends the search too: `unknown`, `_name` or no `for`
        // (section 6).
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
    for (step, entry) in from_right(FOR).enumerate() {
        steps = step;
        let Some(entry) = node(entry) else { break };
        ip = Some(entry);
        if !trusted.contains(ip) {
            break;
        }
    }
    // Most proxies replace these two fields: the rightmost value comes from the nearest proxy. If
    // a list has as many items as the address list, each proxy appended one item.
    let beside = |name| {
        let nearest = from_right(name).next()?;
        let hops = || from_right(FOR).count();
        if steps == 0 || from_right(name).count() != hops() {
            return Some(nearest);
        }
        from_right(name).nth(steps)
    };
    Client { ip, scheme: beside(PROTO).and_then(Scheme::parse), host: beside(HOST).and_then(host) }
}

const FORWARDED: &str = "forwarded";
const FOR: &str = "x-forwarded-for";
const PROTO: &str = "x-forwarded-proto";
const HOST: &str = "x-forwarded-host";

#[cfg(test)]
mod tests;
