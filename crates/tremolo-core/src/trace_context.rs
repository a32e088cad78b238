//! The field `traceparent`: which trace a request belongs to (W3C Trace Context, section 3.2).

use std::fmt;

use crate::http1::fields::Fields;

/// The trace of a request, and the span of its client in it.
///
/// ```
/// use tremolo_core::TraceParent;
///
/// let value = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let parent = TraceParent::parse(value.as_bytes()).expect("it is valid");
/// assert_eq!(parent.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert_eq!(parent.parent_id().to_string(), "00f067aa0ba902b7");
/// assert!(parent.is_sampled());
/// assert_eq!(parent.to_string(), value);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TraceParent {
    trace_id: [u8; 16],
    parent_id: [u8; 8],
    flags: u8,
}

impl TraceParent {
    /// The only `traceparent` of a request. `None` if there is none or more than one, or if it is
    /// not valid: then the request begins a new trace.
    #[must_use]
    pub fn of(fields: Fields<'_>) -> Option<Self> {
        let mut values = fields.get_all("traceparent");
        let first = values.next()?;
        if values.next().is_some() {
            return None;
        }
        Self::parse(first)
    }

    /// Parses a value. A later version than 00 may have more parts behind those of this one.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (known, rest) = value.split_at_checked(LENGTH)?;
        let [v1, v2, b'-', known @ ..] = known else { return None };
        let [version] = from_hex([*v1, *v2].as_slice())?;
        match (version, rest) {
            (0xff, _) => return None,
            (_, []) => {}
            (0, _) => return None,
            (_, [b'-', ..]) => {}
            _ => return None,
        }
        let (trace_id, rest) = known.split_at_checked(32)?;
        let [b'-', rest @ ..] = rest else { return None };
        let (parent_id, rest) = rest.split_at_checked(16)?;
        let [b'-', flags @ ..] = rest else { return None };
        let [flags] = from_hex(flags)?;
        let (trace_id, parent_id) = (from_hex(trace_id)?, from_hex(parent_id)?);
        let is_valid = trace_id != [0; 16] && parent_id != [0; 8];
        is_valid.then_some(Self { trace_id, parent_id, flags })
    }

    /// The identifier of the trace.
    #[must_use]
    pub fn trace_id(&self) -> Hex<16> {
        Hex(self.trace_id)
    }

    /// The identifier of the span of the client.
    #[must_use]
    pub fn parent_id(&self) -> Hex<8> {
        Hex(self.parent_id)
    }

    /// All flags.
    #[must_use]
    pub fn flags(&self) -> u8 {
        self.flags
    }

    /// Whether the client may have recorded the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

/// The value in version 00.
impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Version 00 has no other flag.
        let flags = self.flags & 1;
        write!(f, "00-{}-{}-{flags:02x}", self.trace_id(), self.parent_id())
    }
}

/// Bytes that are shown in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hex<const N: usize>(pub [u8; N]);

impl<const N: usize> fmt::Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Decodes lower-case digits, exactly two for each byte.
fn from_hex<const N: usize>(digits: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// Bytes of a value of version 00.
const LENGTH: usize = 55;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    /// Sections 3.2.2.1 to 3.2.2.5, and 4.3 about other versions.
    #[test]
    fn valid_values_are_those_of_the_grammar() {
        let zeros = "0".repeat(32);
        for (value, flags) in [
            (format!("00-{TRACE}-{SPAN}-00"), Some(0)),
            (format!("00-{TRACE}-{SPAN}-01"), Some(1)),
            (format!("00-{TRACE}-{SPAN}-ff"), Some(255)),
            // Later versions: the same parts, and perhaps more.
            (format!("01-{TRACE}-{SPAN}-01"), Some(1)),
            (format!("cc-{TRACE}-{SPAN}-01-what-the-future-brings"), Some(1)),
            (format!("cc-{TRACE}-{SPAN}-01.what"), None),
            (format!("ff-{TRACE}-{SPAN}-01"), None),
            (format!("00-{TRACE}-{SPAN}-01-more"), None),
            (format!("00-{TRACE}-{SPAN}-01-"), None),
            // Zero is no identifier.
            (format!("00-{zeros}-{SPAN}-01"), None),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), None),
            // Lower-case digits only, as many as there must be.
            (format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), None),
            (format!("00-{TRACE}-{SPAN}-1"), None),
            (format!("00-{}g-{SPAN}-01", &TRACE[1..]), None),
            (format!("00-{TRACE}-{SPAN}-0x"), None),
            (format!("00_{TRACE}-{SPAN}-01"), None),
            (format!("00-{TRACE}_{SPAN}-01"), None),
            (format!("0-{TRACE}-{SPAN}-01-0"), None),
            (format!("00-{TRACE}-{SPAN}"), None),
            (String::new(), None),
        ] {
            let parent = TraceParent::parse(value.as_bytes());
            assert_eq!(parent.map(|parent| parent.flags()), flags, "{value}");
            if let Some(parent) = parent {
                assert_eq!(parent.trace_id().to_string(), TRACE);
                assert_eq!(parent.parent_id().to_string(), SPAN);
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_have_a_value_that_is_read_again(bytes: Vec<u8>) {
            if let Some(parent) = TraceParent::parse(&bytes) {
                prop_assert!(TraceParent::parse(parent.to_string().as_bytes()).is_some());
            }
        }

        #[test]
        fn identifiers_are_kept(trace: u128, span: u64, flags in 0_u8..2) {
            prop_assume!(trace != 0 && span != 0);
            let value = format!("00-{trace:032x}-{span:016x}-{flags:02x}");
            let parent = TraceParent::parse(value.as_bytes()).unwrap();
            prop_assert_eq!(parent.to_string(), value);
        }
    }
}
