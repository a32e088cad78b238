//! Trusted peers: networks and Unix sockets.
//!
//! IPv4-mapped IPv6 addresses, which a dual-stack socket reports, are IPv4 here.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net};

/// The peers whose forwarding fields and PROXY headers are believed. Default: loopback and Unix sockets.
///
/// Parses from a list with commas of addresses, networks (`10.0.0.0/8`, `2001:db8::/32`) and
/// `unix`; an empty list trusts no peer. It is displayed in the same form.
///
/// ```
/// use tremolo_config::TrustedProxies;
///
/// let trusted: TrustedProxies = "10.0.0.0/8, ::1, unix".parse()?;
/// assert!(trusted.contains(Some([10, 1, 2, 3].into())));
/// assert!(!trusted.contains(Some([11, 1, 2, 3].into())));
/// assert!(trusted.contains(None));
/// # Ok::<(), tremolo_config::InvalidNetwork>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedProxies {
    networks: Vec<IpNet>,
    unix: bool,
}

impl TrustedProxies {
    /// Reads one entry each: an address, a network, or `unix`.
    ///
    /// # Errors
    ///
    /// [`InvalidNetwork`] with the position of the wrong entry, and the reason.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidNetwork> {
        let mut trusted = Self { networks: Vec::new(), unix: false };
        for (position, entry) in entries.into_iter().enumerate() {
            match entry.trim() {
                "unix" => trusted.unix = true,
                entry => trusted.networks.push(
                    parse_network(entry).map_err(|reason| InvalidNetwork { position, reason })?,
                ),
            }
        }
        Ok(trusted)
    }

    /// Whether the peer with this address is trusted; `None` is one on a Unix socket.
    #[must_use]
    pub fn contains(&self, peer: Option<IpAddr>) -> bool {
        let Some(ip) = peer else { return self.unix };
        let ip = ip.to_canonical();
        self.networks.iter().any(|network| network.contains(&ip))
    }
}

impl Default for TrustedProxies {
    fn default() -> Self {
        Self {
            networks: vec![
                Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8).into(),
                IpAddr::from(Ipv6Addr::LOCALHOST).into(),
            ],
            unix: true,
        }
    }
}

impl fmt::Display for TrustedProxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for network in &self.networks {
            let host = network.prefix_len() == network.max_prefix_len();
            if host {
                write!(f, "{separator}{}", network.addr())?;
            } else {
                write!(f, "{separator}{network}")?;
            }
            separator = ", ";
        }
        if self.unix { write!(f, "{separator}unix") } else { Ok(()) }
    }
}

impl FromStr for TrustedProxies {
    type Err = InvalidNetwork;

    fn from_str(list: &str) -> Result<Self, InvalidNetwork> {
        if list.trim().is_empty() { Self::parse([]) } else { Self::parse(list.split(',')) }
    }
}

/// An entry of a list of [`TrustedProxies`] that names no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidNetwork {
    /// The position of the entry, from 0.
    pub position: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trusted proxy {}: {}", self.position + 1, self.reason)
    }
}

impl std::error::Error for InvalidNetwork {}

fn parse_network(entry: &str) -> Result<IpNet, &'static str> {
    let (address, prefix) = match entry.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (entry, None),
    };
    let address: IpAddr = address.parse().map_err(|_| "neither an address nor `unix`")?;
    let prefix = match prefix {
        None => return Ok(address.to_canonical().into()),
        // `parse` alone would take a plus sign.
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().map_err(|_| "no length of a prefix")?
        }
        Some(_) => return Err("no length of a prefix"),
    };
    let network = IpNet::new(address, prefix).map_err(|_| "prefix longer than the address")?;
    // `10.0.0.1/8` may mean one host or sixteen million: a trusted network must be unambiguous.
    if network.network() != address {
        return Err("address goes on behind its prefix");
    }
    match address.to_canonical() {
        mapped @ IpAddr::V4(_) if prefix >= 96 => {
            IpNet::new(mapped, prefix - 96).map_err(|_| "prefix longer than the address")
        }
        _ => Ok(network),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_trusted(list: &str, inside: &[&str], outside: &[&str]) {
        let trusted: TrustedProxies = list.parse().unwrap();
        for ip in inside {
            assert!(trusted.contains(Some(ip.parse().unwrap())), "{ip} in {list}");
        }
        for ip in outside {
            assert!(!trusted.contains(Some(ip.parse().unwrap())), "{ip} not in {list}");
        }
    }

    #[test]
    fn trusts_loopback_and_unix_sockets_by_default() {
        let trusted = TrustedProxies::default();
        assert_eq!("127.0.0.0/8,::1,unix".parse(), Ok(trusted.clone()));
        assert!(trusted.contains(None));
        assert_trusted(
            "127.0.0.0/8, ::1",
            &["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"],
            &["126.255.255.255", "128.0.0.0", "::2", "::", "::ffff:128.0.0.1", "7f00:1::"],
        );
    }

    #[test]
    fn networks_end_at_their_prefix() {
        assert_trusted("10.0.0.0/8", &["10.0.0.0", "10.255.255.255"], &["11.0.0.0", "9.9.9.9"]);
        assert_trusted("192.0.2.128/25", &["192.0.2.128", "192.0.2.255"], &["192.0.2.127"]);
        assert_trusted("192.0.2.1/32", &["192.0.2.1"], &["192.0.2.0"]);
        assert_trusted("2001:db8::/33", &["2001:db8:7fff::1"], &["2001:db8:8000::", "2001:db9::"]);
        assert_trusted("fe80::1", &["fe80::1"], &["fe80::2"]);
    }

    #[test]
    fn families_do_not_mix() {
        assert_trusted("0.0.0.0/0", &["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], &["::1"]);
        assert_trusted("::/0", &["::", "ffff::"], &["1.2.3.4", "::ffff:1.2.3.4"]);
        assert_trusted("::ffff:10.0.0.0/104", &["10.1.2.3", "::ffff:10.1.2.3"], &["11.0.0.0"]);
        assert_trusted("::ffff:10.0.0.1", &["10.0.0.1"], &["10.0.0.2"]);
    }

    #[test]
    fn an_empty_list_trusts_no_peer() {
        for list in ["", "  "] {
            let trusted: TrustedProxies = list.parse().unwrap();
            assert!(!trusted.contains(None));
            assert!(!trusted.contains(Some(Ipv4Addr::LOCALHOST.into())));
        }
    }

    #[test]
    fn is_displayed_as_it_is_read() {
        for list in ["127.0.0.0/8, ::1, unix", "10.0.0.0/8", "unix", ""] {
            let trusted: TrustedProxies = list.parse().unwrap();
            assert_eq!(trusted.to_string(), list);
        }
    }

    #[test]
    fn refuses_what_names_no_network() {
        for (entry, reason) in [
            ("", "neither an address nor `unix`"),
            ("*", "neither an address nor `unix`"),
            ("localhost", "neither an address nor `unix`"),
            ("10.0.0/8", "neither an address nor `unix`"),
            ("10.0.0.0/", "no length of a prefix"),
            ("10.0.0.0/+8", "no length of a prefix"),
            ("10.0.0.0/8/8", "no length of a prefix"),
            ("10.0.0.0/99999999999", "no length of a prefix"),
            ("10.0.0.0/33", "prefix longer than the address"),
            ("::/129", "prefix longer than the address"),
            ("10.0.0.1/8", "address goes on behind its prefix"),
            ("2001:db8::1/64", "address goes on behind its prefix"),
        ] {
            let error = TrustedProxies::parse(["unix", entry]).unwrap_err();
            assert_eq!(error, InvalidNetwork { position: 1, reason }, "{entry}");
        }
        let error = "::1, x".parse::<TrustedProxies>().unwrap_err();
        assert_eq!(error.to_string(), "trusted proxy 2: neither an address nor `unix`");
    }
}
