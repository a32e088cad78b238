//! The parameters of the route's path: undecoded bytes of the URL.

use std::borrow::Cow;
use std::fmt;
use std::str::Utf8Error;

use tremolo_core::routing::Params;

/// The parameters of a request's path; see [`Request::params`](crate::Request::params).
///
/// In the order of the path: `{id}` by name and by position. The parameters of a regular expression
/// are its named groups, or else all of its groups, by position.
#[derive(Clone, Copy)]
pub struct PathParams<'a> {
    params: Option<&'a Params>,
    url: &'a [u8],
}

impl<'a> PathParams<'a> {
    pub(crate) fn new(params: Option<&'a Params>, url: &'a [u8]) -> Self {
        Self { params, url }
    }

    /// The parameter of that name; `None` also if its group took no part in the match.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a [u8]> {
        self.params?.get(self.url, name)
    }

    /// The parameter at that position, from 0; `None` also if its group took no part in the match.
    #[must_use]
    pub fn at(&self, index: usize) -> Option<&'a [u8]> {
        self.params?.at(self.url, index)
    }

    /// How many parameters there are, found or not.
    #[must_use]
    pub fn len(&self) -> usize {
        self.params.map_or(0, Params::len)
    }

    /// Whether there are none: the path is exact, or an expression without groups.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All parameters in the order of the path: name, if they have names, and what was found.
    pub fn iter(&self) -> impl Iterator<Item = (Option<&'a str>, Option<&'a [u8]>)> + use<'a> {
        let url = self.url;
        self.params.into_iter().flat_map(move |params| params.iter(url))
    }

    pub(crate) fn is_named(&self) -> bool {
        self.params.is_some_and(Params::is_named)
    }

    /// The parameter at that position, decoded.
    pub(crate) fn text(&self, index: usize) -> Option<Result<Cow<'a, str>, Utf8Error>> {
        self.params?.text(self.url, index)
    }
}

impl fmt::Debug for PathParams<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |found: Option<&'_ [u8]>| found.map(|bytes| bytes.escape_ascii().to_string());
        f.debug_list().entries(self.iter().map(|(name, found)| (name, text(found)))).finish()
    }
}
