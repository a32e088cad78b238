//! Content negotiation: the coding that a client gets, by `Accept-Encoding` and its weights (RFC
//! 9110 sections 12.5.3 and 12.4.2).
//!
//! Used for files with precompressed siblings and for responses that are compressed by the server.
//! This module does not compress.

use memchr::memchr;

use crate::http1::fields::{Fields, members, parts};
use crate::http1::grammar::{trim, trim_end};

/// A content coding (RFC 9110 section 8.4.1), in the order in which the server prefers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Coding {
    /// Brotli (RFC 7932).
    Br,
    /// Zstandard (RFC 8878).
    Zstd,
    /// gzip (RFC 1952).
    Gzip,
    /// No coding.
    Identity,
}

impl Coding {
    /// All codings, in the server's order of preference.
    pub const ALL: [Self; 4] = [Self::Br, Self::Zstd, Self::Gzip, Self::Identity];

    /// The name in `Content-Encoding`. [`Coding::Identity`] does not belong into that field.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The coding with this name, in any case; `x-gzip` is `gzip` (section 8.4.1.3).
    fn parse(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.as_str().as_bytes()))
    }
}

/// The weight of each coding in `Accept-Encoding`.
///
/// - A coding that is not named has the weight of `*`. Without `*` it is not acceptable. The
///   exception is `identity`, which then has the lowest weight.
/// - Without the field, only `identity` is acceptable. Section 12.5.3 would allow any coding, but
///   clients that omit the field often cannot decode one.
/// - A member that violates the grammar is ignored. If a coding is named twice, the first member
///   counts.
///
/// ```
/// use tremolo_core::negotiation::{AcceptEncoding, Coding};
///
/// let accepted = AcceptEncoding::parse([&b"gzip, deflate"[..], b"br;q=1.0"]);
/// assert_eq!(accepted.choose(&[Coding::Gzip, Coding::Br]), Some(Coding::Br));
/// assert_eq!(accepted.choose(&[Coding::Zstd, Coding::Identity]), Some(Coding::Identity));
/// assert_eq!(accepted.choose(&[Coding::Zstd]), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AcceptEncoding {
    /// All codings, the best first; among equal weights in the server's order of preference.
    ranked: [(Weight, Coding); 4],
}

impl AcceptEncoding {
    /// Reads all `Accept-Encoding` fields of a request.
    #[must_use]
    pub fn of(fields: Fields<'_>) -> Self {
        Self::of_members(fields.list("accept-encoding"))
    }

    /// Reads the values of all `Accept-Encoding` fields.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Self {
        Self::of_members(values.into_iter().flat_map(members))
    }

    fn of_members<'a>(list: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut named = [None; Coding::ALL.len()];
        let mut any = None;
        for (name, weight) in list.filter_map(weighted) {
            let slot = if name == b"*" {
                &mut any
            } else {
                let Some(coding) = Coding::parse(name) else { continue };
                let Some(slot) = named.get_mut(coding as usize) else { continue };
                slot
            };
            slot.get_or_insert(Weight::of(weight));
        }
        let mut ranked = Coding::ALL.map(|coding| {
            let unnamed = if coding == Coding::Identity { Weight::LAST } else { Weight::NEVER };
            let named = named.get(coding as usize).copied().flatten();
            (named.or(any).unwrap_or(unnamed), coding)
        });
        ranked.sort_by_key(|&(weight, coding)| (std::cmp::Reverse(weight), coding));
        Self { ranked }
    }

    /// The acceptable codings, the best first: by weight, and among equal weights in the order
    /// `br`, `zstd`, `gzip`, `identity`.
    pub fn in_order(&self) -> impl Iterator<Item = Coding> {
        self.ranked.iter().take_while(|(weight, _)| *weight > Weight::NEVER).map(|(_, c)| *c)
    }

    /// Whether the client accepts the coding.
    #[must_use]
    pub fn accepts(&self, coding: Coding) -> bool {
        self.in_order().any(|accepted| accepted == coding)
    }

    /// The best of the offered codings; their order does not matter. `None` if the client accepts
    /// none of them. The server may then send 406, or the representation without a coding (section
    /// 15.5.7).
    #[must_use]
    pub fn choose(&self, offered: &[Coding]) -> Option<Coding> {
        self.in_order().find(|coding| offered.contains(coding))
    }
}

impl Default for AcceptEncoding {
    /// The weights for a request without the field.
    fn default() -> Self {
        Self::of_members(std::iter::empty())
    }
}

/// Whether `Accept` names this media type itself, and does not exclude it (RFC 9110 section
/// 12.5.1). Parameters of the type are ignored, ranges such as `*/*` do not count: for a type that
/// only those clients get that know it.
///
/// ```
/// use tremolo_core::negotiation::names_media_type;
///
/// let accept = [&b"text/html;q=0.9, application/json; charset=utf-8; q=0.5, */*"[..]];
/// assert!(names_media_type(accept, b"Application/JSON"));
/// assert!(!names_media_type(accept, b"text/plain"));
/// assert!(!names_media_type([&b"text/html;q=0"[..]], b"text/html"));
/// ```
pub fn names_media_type<'a>(accept: impl IntoIterator<Item = &'a [u8]>, media_type: &[u8]) -> bool {
    accepted_types(accept).any(|(name, weight)| name.eq_ignore_ascii_case(media_type) && weight > 0)
}

/// The media types and ranges of `Accept`, without parameters, and their weights in thousandths. A
/// weight that violates the grammar is 0.
pub(crate) fn accepted_types<'a>(
    accept: impl IntoIterator<Item = &'a [u8]>,
) -> impl Iterator<Item = (&'a [u8], u16)> {
    let named = |member: &&[u8]| !member.starts_with(b";");
    accept.into_iter().flat_map(members).filter(named).map(|member| {
        let mut parts = parts(member);
        let name = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| match part {
            [b'q' | b'Q', b'=', value @ ..] => Some(qvalue(value).unwrap_or(0)),
            _ => None,
        });
        (name, weight.unwrap_or(1000))
    })
}

/// The weight of a coding; higher is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Weight(u16);

impl Weight {
    /// `q=0`: not acceptable.
    const NEVER: Self = Self(0);
    /// Acceptable, but below every weight that a client can send except 0.
    const LAST: Self = Self(1);

    fn of(thousandths: u16) -> Self {
        if thousandths == 0 { Self::NEVER } else { Self(thousandths + Self::LAST.0) }
    }
}

/// Splits a list member into its name and its weight in thousandths. `None` if the part after the
/// name is not a weight.
fn weighted(member: &[u8]) -> Option<(&[u8], u16)> {
    let end = memchr(b';', member).unwrap_or(member.len());
    let (name, rest) = member.split_at_checked(end)?;
    match rest {
        [] => Some((name, 1000)),
        [_, rest @ ..] => match trim(rest) {
            [b'q' | b'Q', b'=', value @ ..] => Some((trim_end(name), qvalue(value)?)),
            _ => None,
        },
    }
}

/// A `qvalue` in thousandths (section 12.4.2).
fn qvalue(text: &[u8]) -> Option<u16> {
    let (whole, fraction) = match text {
        [whole] => (whole, &[][..]),
        [whole, b'.', fraction @ ..] if fraction.len() <= 3 => (whole, fraction),
        _ => return None,
    };
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = fraction.iter().chain(b"000").take(3);
    let thousandths = digits.fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    match (whole, thousandths) {
        (b'0', _) => Some(thousandths),
        (b'1', 0) => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Coding::{Br, Gzip, Identity, Zstd};
    use super::*;

    #[test]
    fn codings_are_ranked_by_weight_and_then_by_the_servers_preference() {
        for (values, expected) in [
            // Section 12.5.3: its own examples.
            (&["compress, gzip"][..], &[Gzip, Identity][..]),
            (&[""], &[Identity]),
            (&["*"], &[Br, Zstd, Gzip, Identity]),
            (&["compress;q=0.5, gzip;q=1.0"], &[Gzip, Identity]),
            (&["gzip;q=1.0, identity; q=0.5, *;q=0"], &[Gzip, Identity]),
            // No field, and what browsers send.
            (&[], &[Identity]),
            (&["gzip, deflate, br, zstd"], &[Br, Zstd, Gzip, Identity]),
            // Several lines are one list (section 5.3).
            (&["gzip;q=0.5", "br;q=0.1", "zstd"], &[Zstd, Gzip, Br, Identity]),
            // Excluded by name and by `*`.
            (&["identity;q=0"], &[]),
            (&["*;q=0"], &[]),
            (&["*;q=0.000, br"], &[Br]),
            (&["gzip;q=0, *"], &[Br, Zstd, Identity]),
            (&["identity, *;q=0"], &[Identity]),
            // `identity` has a rank if it is named, or if `*` includes it.
            (&["gzip;q=0.5, identity"], &[Identity, Gzip]),
            (&["gzip;q=0.001"], &[Gzip, Identity]),
            (&["gzip;q=0.5, *;q=0.8"], &[Br, Zstd, Identity, Gzip]),
            // Names in any case, white space, aliases, empty members.
            (&["GZip ;\tQ=0.3 , ,BR; q=0.2"], &[Gzip, Br, Identity]),
            (&["x-gzip"], &[Gzip, Identity]),
            // The first member counts.
            (&["gzip;q=0, gzip, x-gzip"], &[Identity]),
            // Members that violate the grammar are ignored.
            (&["gzip;q=2, br;q=-1, zstd;q=0.1234"], &[Identity]),
            (&["gzip;q=, br;q, zstd;x=1, *;q=1.1"], &[Identity]),
            (&["gzip;q=1;x=1, br q=1, \"zstd\", gzipp"], &[Identity]),
        ] {
            let accepted = AcceptEncoding::parse(values.iter().map(|value| value.as_bytes()));
            assert_eq!(accepted.in_order().collect::<Vec<_>>(), expected, "{values:?}");
        }
        assert_eq!(AcceptEncoding::default(), AcceptEncoding::parse([]));
    }

    /// Section 5.6.4: a semicolon or comma of a quoted string separates nothing.
    #[test]
    fn a_quoted_parameter_is_no_weight() {
        for (accept, is_named) in [
            (r#"text/html; x="; q=0"; q=1"#, true),
            (r#"text/html; x="\"; q=0""#, true),
            (r#"text/html; x=", text/plain"; q=0"#, false),
            (r#"text/html; x="; q=0.5, a"#, true),
            // No parameter takes the place of a name.
            (";text/html", false),
            ("; ;text/html;q=1", false),
        ] {
            assert_eq!(names_media_type([accept.as_bytes()], b"text/html"), is_named, "{accept}");
        }
    }

    #[test]
    fn weights_have_up_to_three_digits() {
        for (text, expected) in [
            ("0", Some(0)),
            ("0.", Some(0)),
            ("0.5", Some(500)),
            ("0.05", Some(50)),
            ("0.999", Some(999)),
            ("1", Some(1000)),
            ("1.", Some(1000)),
            ("1.000", Some(1000)),
            ("1.001", None),
            ("0.0001", None),
            ("0,5", None),
            (".5", None),
            ("00", None),
            ("0.5 ", None),
            ("0.a", None),
            ("", None),
            ("2", None),
        ] {
            assert_eq!(qvalue(text.as_bytes()), expected, "{text:?}");
        }
    }

    fn member() -> impl Strategy<Value = String> {
        let name = prop_oneof![Just("br"), Just("zstd"), Just("gzip"), Just("identity"), Just("*")];
        (name, prop_oneof![Just(String::new()), "; ?q=[01](\\.[05]{0,3})?", "[;q=.0-9 ]{0,6}"])
            .prop_map(|(name, weight)| format!("{name}{weight}"))
    }

    proptest! {
        #[test]
        fn one_list_and_several_field_lines_are_equal(
            list in prop::collection::vec(member(), 0..8), cut in 0_usize..8,
        ) {
            let whole = list.join(", ");
            let (left, right) = list.split_at(cut.min(list.len()));
            let (left, right) = (left.join(","), right.join(" , "));
            prop_assert_eq!(
                AcceptEncoding::parse([whole.as_bytes()]),
                AcceptEncoding::parse([left.as_bytes(), right.as_bytes()])
            );
        }

        #[test]
        fn the_choice_is_offered_and_accepted_and_does_not_depend_on_the_order(
            value in prop::collection::vec(any::<u8>(), 0..40),
            list in prop::collection::vec(member(), 0..6),
            offered in prop::sample::subsequence(Coding::ALL.to_vec(), 0..=4),
        ) {
            let list = list.join(",");
            let accepted = AcceptEncoding::parse([list.as_bytes(), &value]);
            let chosen = accepted.choose(&offered);
            let reversed: Vec<_> = offered.iter().rev().copied().collect();
            prop_assert_eq!(chosen, accepted.choose(&reversed));
            let can = offered.iter().any(|coding| accepted.accepts(*coding));
            prop_assert_eq!(chosen.is_some(), can);
            if let Some(chosen) = chosen {
                prop_assert!(offered.contains(&chosen) && accepted.accepts(chosen));
            }
        }
    }
}
