//! Path parameters: what the groups of a pattern matched, as ranges of the URL.
//!
//! An exact route allocates nothing, and neither does a pattern with at most four groups.

use std::borrow::Cow;
use std::str::Utf8Error;
use std::sync::Arc;

use percent_encoding::percent_decode;

/// Path parameters: what the groups of a pattern matched, by name or by position.
///
/// If a pattern has named groups, only these are parameters. Otherwise all groups are, by position.
/// The parameters are stored as byte ranges, so each method takes the URL that was matched.
///
/// ```
/// use tremolo_core::routing::RouteTable;
///
/// let mut table = RouteTable::default();
/// table.add(r"^/users/(?P<id>\d+)(?:/(?P<tab>\w+))?$", "user")?;
/// let router = table.compile()?;
/// let url = b"/users/42?full";
/// let found = router.find(b"/users/42", url).unwrap();
/// assert_eq!(found.params.get(url, "id"), Some(&b"42"[..]));
/// assert_eq!(found.params.get(url, "tab"), None);
/// # Ok::<(), tremolo_core::routing::RouteError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Params {
    names: Option<Names>,
    ranges: Ranges,
}

impl Params {
    pub(super) fn new(
        names: Option<&Names>,
        ranges: impl ExactSizeIterator<Item = Option<(usize, usize)>>,
    ) -> Self {
        let ranges = ranges.map(Range::new);
        let count = ranges.len();
        let ranges = if count <= MAX_INLINE {
            let mut few = [Range::NONE; MAX_INLINE];
            few.iter_mut().zip(ranges).for_each(|(to, from)| *to = from);
            Ranges::Few(few, count)
        } else {
            Ranges::Many(ranges.collect())
        };
        Self { names: names.map(Arc::clone), ranges }
    }

    /// Converts the ends of each range from offsets in the normal form of the URL to offsets in the
    /// URL as sent. The function gets an offset, and whether it is the end of a range.
    pub(super) fn convert_ends(&mut self, sent: impl Fn(usize, bool) -> usize) {
        for range in self.ranges.as_mut_slice() {
            if let Some((start, end)) = range.ends() {
                *range = Range::new(Some((sent(start, false), sent(end, true))));
            }
        }
    }

    /// The number of parameters, including those that did not match.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ranges.as_slice().len()
    }

    /// Whether there are no parameters: the route is exact, a prefix, or a pattern without groups.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the parameters have names.
    #[must_use]
    pub fn is_named(&self) -> bool {
        self.names.is_some()
    }

    /// The parameter `name`, not decoded; `None` if its group did not take part in the match.
    #[must_use]
    pub fn get<'u>(&self, url: &'u [u8], name: &str) -> Option<&'u [u8]> {
        self.at(url, self.position(name)?)
    }

    /// The index of the parameter `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.names.as_deref()?.iter().position(|known| **known == *name)
    }

    /// The parameter at `index`, counted from 0, not decoded.
    #[must_use]
    pub fn at<'u>(&self, url: &'u [u8], index: usize) -> Option<&'u [u8]> {
        self.ranges.as_slice().get(index)?.of(url)
    }

    /// The parameter at `index`, percent-decoded (RFC 3986 section 2.1), as text.
    ///
    /// ```
    /// use tremolo_core::routing::RouteTable;
    ///
    /// let mut table = RouteTable::default();
    /// table.add("^/(.+)/(.+)$", "pair")?;
    /// let router = table.compile()?;
    /// let url = b"/a%2Fb+/%ff";
    /// let found = router.find(url, url).unwrap();
    /// assert_eq!(found.params.text(url, 0), Some(Ok("a/b+".into())));
    /// assert!(found.params.text(url, 1).unwrap().is_err());
    /// assert_eq!(found.params.text(url, 2), None);
    /// # Ok::<(), tremolo_core::routing::RouteError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Utf8Error`] if the decoded parameter is not UTF-8.
    #[must_use]
    pub fn text<'u>(&self, url: &'u [u8], index: usize) -> Option<Result<Cow<'u, str>, Utf8Error>> {
        Some(percent_decode(self.at(url, index)?).decode_utf8())
    }

    /// All parameters in the order of the pattern, each with its name and its value. The name is
    /// `None` if the groups have no names, the value if the group did not take part in the match.
    #[must_use]
    pub fn iter<'a>(
        &'a self,
        url: &'a [u8],
    ) -> impl ExactSizeIterator<Item = (Option<&'a str>, Option<&'a [u8]>)> {
        let names = self.names.as_deref();
        self.ranges.as_slice().iter().enumerate().map(move |(index, range)| {
            (names.and_then(|names| names.get(index)).map(|name| &**name), range.of(url))
        })
    }
}

/// The names of a pattern's parameters, in the order of the pattern.
pub(super) type Names = Arc<[Box<str>]>;

/// Parameters that are stored without an allocation.
const MAX_INLINE: usize = 4;

#[derive(Clone, Debug)]
enum Ranges {
    Few([Range; MAX_INLINE], usize),
    Many(Box<[Range]>),
}

impl Default for Ranges {
    fn default() -> Self {
        Self::Few([Range::NONE; MAX_INLINE], 0)
    }
}

impl Ranges {
    fn as_slice(&self) -> &[Range] {
        match self {
            Self::Few(few, count) => few.get(..*count).unwrap_or_default(),
            Self::Many(many) => many,
        }
    }

    fn as_mut_slice(&mut self) -> &mut [Range] {
        match self {
            Self::Few(few, count) => few.get_mut(..*count).unwrap_or_default(),
            Self::Many(many) => many,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Range {
    start: u32,
    end: u32,
}

impl Range {
    /// Out of range in every URL, so that [`Range::of`] returns `None`.
    const NONE: Self = Self { start: u32::MAX, end: 0 };

    fn new(range: Option<(usize, usize)>) -> Self {
        range
            .and_then(|(start, end)| {
                Some(Self { start: start.try_into().ok()?, end: end.try_into().ok()? })
            })
            .unwrap_or(Self::NONE)
    }

    /// `None` if the group did not take part in the match.
    fn ends(self) -> Option<(usize, usize)> {
        (self.start <= self.end).then_some((self.start as usize, self.end as usize))
    }

    fn of(self, url: &[u8]) -> Option<&[u8]> {
        url.get(self.start as usize..self.end as usize)
    }
}
