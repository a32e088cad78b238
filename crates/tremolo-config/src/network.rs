//! A network of IP addresses: an address and the length of its prefix (RFC 4632, RFC 4291).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses that have the first bits in common with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    /// The number of these bits.
    prefix: u32,
}

impl Network {
    pub(crate) const LOOPBACK_V4: Self =
        Self { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), prefix: 8 };
    pub(crate) const LOOPBACK_V6: Self =
        Self { address: IpAddr::V6(Ipv6Addr::LOCALHOST), prefix: 128 };

    /// An address, which may be followed by a slash and the length of the prefix. IPv4-mapped
    /// addresses are IPv4.
    pub(crate) fn parse(entry: &str) -> Result<Self, &'static str> {
        let (address, prefix) = match entry.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (entry, None),
        };
        let address: IpAddr = address.parse().map_err(|_| "neither an address nor `unix`")?;
        let (bits, length) = bits(address);
        let prefix = match prefix {
            None => length,
            // `parse` alone would take a plus sign.
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| "no length of a prefix")?
            }
            Some(_) => return Err("no length of a prefix"),
        };
        if prefix > length {
            return Err("prefix longer than the address");
        }
        // `10.0.0.1/8` may mean one host or sixteen million: a trusted network must be unambiguous.
        if bits.checked_shl(prefix).is_some_and(|rest| rest != 0) {
            return Err("address goes on behind its prefix");
        }
        Ok(match address.to_canonical() {
            mapped @ IpAddr::V4(_) if address.is_ipv6() && prefix >= 96 => {
                Self { address: mapped, prefix: prefix - 96 }
            }
            _ => Self { address, prefix },
        })
    }

    /// Whether an address is one of the network. Those of the other family are not.
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let ((own, length), (other, other_length)) = (bits(self.address), bits(address));
        length == other_length && (own ^ other).leading_zeros() >= self.prefix
    }
}

/// The bits of an address, from the highest one on, and their number.
fn bits(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, prefix } = self;
        let (_, length) = bits(*address);
        if *prefix == length { write!(f, "{address}") } else { write!(f, "{address}/{prefix}") }
    }
}
