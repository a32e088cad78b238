//! The PROXY protocol, versions 1 and 2: the header in which a load balancer sends the addresses of
//! a connection (HAProxy, `doc/proxy-protocol.txt`, sections 2.1 and 2.2).
//!
//! A listener either expects a header on every connection or on none. If the header were optional,
//! any client could send one and choose its own address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use memchr::memchr;

/// The longest header of version 1 in bytes, CRLF included (section 2.1).
pub const MAX_V1_LENGTH: usize = 107;

/// The longest header of version 2 that is accepted, in bytes: 4 096.
///
/// The length field allows 64 KiB. Addresses take up to 232 bytes; the extensions (TLVs) of load
/// balancers, such as names and identifiers, take some hundred.
pub const MAX_V2_LENGTH: usize = 4_096;

/// A PROXY protocol header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyHeader {
    /// The length of the header in bytes; the HTTP messages begin after it.
    pub consumed: usize,
    /// The addresses in the header. `None` if the addresses of the socket are valid instead: the
    /// proxy itself opened the connection (`LOCAL`, a health check), does not know the addresses,
    /// or accepted it on a socket that is not an IP socket.
    pub addresses: Option<ProxiedAddresses>,
}

/// The two ends of a connection that the proxy accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxiedAddresses {
    /// The address of the client.
    pub source: SocketAddr,
    /// The address that the client connected to.
    pub destination: SocketAddr,
}

/// Parses the header at the beginning of `input`. `Ok(None)`: the header is not complete yet.
///
/// At most [`MAX_V1_LENGTH`] or [`MAX_V2_LENGTH`] bytes are needed for a result. A wrong signature
/// is an error at its first wrong byte. Extensions (TLVs) of version 2 are skipped.
///
/// # Errors
///
/// [`ProxyError`]: the caller must close the connection without a response.
///
/// ```
/// use tremolo_core::proxy_protocol::parse;
///
/// let input = b"PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\nGET / HTTP/1.1\r\n";
/// let header = parse(input)?.expect("it is complete");
/// assert_eq!(header.addresses.unwrap().source, "203.0.113.7:56324".parse().unwrap());
/// assert!(input[header.consumed..].starts_with(b"GET /"));
/// # Ok::<(), tremolo_core::proxy_protocol::ProxyError>(())
/// ```
pub fn parse(input: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    if input.is_empty() {
        Ok(None)
    } else if begins_like(input, V2_SIGNATURE) {
        parse_v2(input)
    } else if begins_like(input, V1_SIGNATURE) {
        parse_v1(input)
    } else {
        Err(ProxyError::InvalidSignature)
    }
}

/// Why a connection did not begin with a valid header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyError {
    /// The signature of neither version.
    InvalidSignature,
    /// A header of version 1 that violates the grammar, or is longer than [`MAX_V1_LENGTH`].
    InvalidLine,
    /// A header of version 2 with an unknown version, command or address family, or with too few
    /// bytes for its addresses.
    InvalidHeader,
    /// A header of version 2 that is longer than [`MAX_V2_LENGTH`].
    HeaderTooLong,
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidSignature => "no PROXY protocol header",
            Self::InvalidLine => "invalid PROXY protocol line",
            Self::InvalidHeader => "invalid PROXY protocol header",
            Self::HeaderTooLong => "PROXY protocol header too long",
        })
    }
}

impl std::error::Error for ProxyError {}

const V1_SIGNATURE: &[u8] = b"PROXY ";
const V2_SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Whether `input` begins with `signature`, or may do so when more bytes arrive.
fn begins_like(input: &[u8], signature: &[u8]) -> bool {
    input.iter().zip(signature).all(|(a, b)| a == b)
}

fn parse_v1(input: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    let window = input.get(..MAX_V1_LENGTH).unwrap_or(input);
    let end = match memchr(b'\r', window) {
        Some(end) if end + 1 < window.len() => end,
        // A longer line is not allowed, so that CRLF can no longer follow.
        _ if window.len() == MAX_V1_LENGTH => return Err(ProxyError::InvalidLine),
        _ => return Ok(None),
    };
    let line = input.get(V1_SIGNATURE.len()..end).ok_or(ProxyError::InvalidLine)?;
    if input.get(end + 1) != Some(&b'\n') {
        return Err(ProxyError::InvalidLine);
    }
    let addresses = parse_line(line).ok_or(ProxyError::InvalidLine)?;
    Ok(Some(ProxyHeader { consumed: end + 2, addresses }))
}

/// `None` if the line violates the grammar, `Some(None)` if the family is `UNKNOWN`.
fn parse_line(line: &[u8]) -> Option<Option<ProxiedAddresses>> {
    if line == b"UNKNOWN" || line.starts_with(b"UNKNOWN ") {
        return Some(None);
    }
    let mut words = str::from_utf8(line).ok()?.split(' ');
    let family = words.next()?;
    let (source, destination): (IpAddr, IpAddr) =
        (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
    let fits = match family {
        "TCP4" => source.is_ipv4() && destination.is_ipv4(),
        "TCP6" => source.is_ipv6() && destination.is_ipv6(),
        _ => false,
    };
    let addresses = ProxiedAddresses {
        source: SocketAddr::new(source, parse_port(words.next()?)?),
        destination: SocketAddr::new(destination, parse_port(words.next()?)?),
    };
    (fits && words.next().is_none()).then_some(Some(addresses))
}

/// Parses digits without leading zeros; `str::parse` alone would accept these and a plus sign.
fn parse_port(port: &str) -> Option<u16> {
    let is_plain = port == "0" || matches!(port.as_bytes().first(), Some(b'1'..=b'9'));
    if is_plain { port.parse().ok() } else { None }
}

fn parse_v2(input: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    let Some((head, rest)) = input.split_first_chunk::<16>() else { return Ok(None) };
    let [.., command, family, high, low] = *head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !matches!(command, 0x20 | 0x21) {
        return Err(ProxyError::InvalidHeader);
    }
    let consumed = head.len() + length;
    if consumed > MAX_V2_LENGTH {
        return Err(ProxyError::HeaderTooLong);
    }
    let Some(block) = rest.get(..length) else { return Ok(None) };
    let is_local = command == 0x20;
    let addresses = match family {
        // The family of a LOCAL header is ignored (section 2.2).
        _ if is_local => None,
        0x11 | 0x12 => Some(addresses_of::<4, Ipv4Addr>(block)?),
        0x21 | 0x22 => Some(addresses_of::<16, Ipv6Addr>(block)?),
        0x00 => None,
        // Two paths of Unix sockets, 108 bytes each.
        0x31 | 0x32 if block.len() >= 216 => None,
        _ => return Err(ProxyError::InvalidHeader),
    };
    Ok(Some(ProxyHeader { consumed, addresses }))
}

/// Both addresses of `N` bytes, then both ports; TLVs may follow.
fn addresses_of<const N: usize, A>(block: &[u8]) -> Result<ProxiedAddresses, ProxyError>
where
    A: From<[u8; N]> + Into<IpAddr>,
{
    let split = || {
        let (source, block) = block.split_first_chunk::<N>()?;
        let (destination, block) = block.split_first_chunk::<N>()?;
        let (ports, _) = block.split_first_chunk::<4>()?;
        let [a, b, c, d] = *ports;
        let address = |ip: [u8; N], port| SocketAddr::new(A::from(ip).into(), port);
        Some(ProxiedAddresses {
            source: address(*source, u16::from_be_bytes([a, b])),
            destination: address(*destination, u16::from_be_bytes([c, d])),
        })
    };
    split().ok_or(ProxyError::InvalidHeader)
}

#[cfg(test)]
mod tests;
