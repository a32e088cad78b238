//! Which content coding a client gets: `Accept-Encoding` and weights (RFC 9110 sections 12.5.3
//! and 12.4.2).
//!
//! Serves whatever has more than one coding to offer: files with precompressed siblings,
//! responses that are compressed on the way. Knows no compression.

use memchr::memchr;

use crate::http1::fields::{Fields, members};
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
    /// All of them, the preferred ones first.
    pub const ALL: [Self; 4] = [Self::Br, Self::Zstd, Self::Gzip, Self::Identity];

    /// The name, as it stands in `Content-Encoding`. [`Coding::Identity`] does not belong there.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Br => "br",
            Self::Zstd => "zstd",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The coding of that name, in any case; `x-gzip` is `gzip` (section 8.4.1.3).
    fn parse(name: &[u8]) -> Option<Self> {
        if name.eq_ignore_ascii_case(b"x-gzip") {
            return Some(Self::Gzip);
        }
        Self::ALL.into_iter().find(|coding| name.eq_ignore_ascii_case(coding.as_str().as_bytes()))
    }
}

/// What `Accept-Encoding` says about each coding.
///
/// - A coding that is not named has the weight of `*`. Without a `*` it is not acceptable, but for
///   `identity`, which then is the last resort.
/// - No field at all: only `identity`. Section 12.5.3 would allow everything, but who says nothing
///   is most often a tool that decodes nothing.
/// - A member that breaks the grammar is left out. Of a coding that is named twice, the first
///   mention counts.
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
    /// All codings, best first; the server's preference decides among equals.
    ranked: [(Weight, Coding); 4],
}

impl AcceptEncoding {
    /// What the `Accept-Encoding` lines of a request say together.
    #[must_use]
    pub fn of(fields: Fields<'_>) -> Self {
        Self::of_members(fields.list("accept-encoding"))
    }

    /// What these values of `Accept-Encoding` say together.
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

    /// The codings that are acceptable, best first: by weight, and among equal weights `br`,
    /// `zstd`, `gzip`, `identity`.
    pub fn in_order(&self) -> impl Iterator<Item = Coding> {
        self.ranked.iter().take_while(|(weight, _)| *weight > Weight::NEVER).map(|(_, c)| *c)
    }

    /// Whether the client takes that coding.
    #[must_use]
    pub fn accepts(&self, coding: Coding) -> bool {
        self.in_order().any(|accepted| accepted == coding)
    }

    /// The best of the codings on offer, in whichever order they stand. `None` if the client takes
    /// none of them: 406 then, or the plain representation against its wish (section 15.5.7 leaves
    /// that to the server).
    #[must_use]
    pub fn choose(&self, offered: &[Coding]) -> Option<Coding> {
        self.in_order().find(|coding| offered.contains(coding))
    }
}

impl Default for AcceptEncoding {
    /// Of a request without the field.
    fn default() -> Self {
        Self::of_members(std::iter::empty())
    }
}

/// How much a coding is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Weight(u16);

impl Weight {
    /// `q=0`.
    const NEVER: Self = Self(0);
    /// Acceptable, and less than anything that was asked for.
    const LAST: Self = Self(1);

    fn of(thousandths: u16) -> Self {
        if thousandths == 0 { Self::NEVER } else { Self(thousandths + Self::LAST.0) }
    }
}

/// A member of a list with weights: its name and its weight in thousandths. `None` if what follows
/// the name is no weight.
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
    fn codings_are_ranked_by_weight_and_then_by_our_preference() {
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
            // Exclusion, by name and by `*`.
            (&["identity;q=0"], &[]),
            (&["*;q=0"], &[]),
            (&["*;q=0.000, br"], &[Br]),
            (&["gzip;q=0, *"], &[Br, Zstd, Identity]),
            (&["identity, *;q=0"], &[Identity]),
            // `identity` has a rank when it is named, or when `*` names it.
            (&["gzip;q=0.5, identity"], &[Identity, Gzip]),
            (&["gzip;q=0.001"], &[Gzip, Identity]),
            (&["gzip;q=0.5, *;q=0.8"], &[Br, Zstd, Identity, Gzip]),
            // Names in any case, white space, aliases, empty members.
            (&["GZip ;\tQ=0.3 , ,BR; q=0.2"], &[Gzip, Br, Identity]),
            (&["x-gzip"], &[Gzip, Identity]),
            // The first mention counts.
            (&["gzip;q=0, gzip, x-gzip"], &[Identity]),
            // Not in the grammar: as if it were not there.
            (&["gzip;q=2, br;q=-1, zstd;q=0.1234"], &[Identity]),
            (&["gzip;q=, br;q, zstd;x=1, *;q=1.1"], &[Identity]),
            (&["gzip;q=1;x=1, br q=1, \"zstd\", gzipp"], &[Identity]),
        ] {
            let accepted = AcceptEncoding::parse(values.iter().map(|value| value.as_bytes()));
            assert_eq!(accepted.in_order().collect::<Vec<_>>(), expected, "{values:?}");
        }
        assert_eq!(AcceptEncoding::default(), AcceptEncoding::parse([]));
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
        fn lines_say_the_same_however_the_list_is_cut(
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
        fn the_choice_is_on_offer_and_accepted_and_does_not_depend_on_the_order(
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
