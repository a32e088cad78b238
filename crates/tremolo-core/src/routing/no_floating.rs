//! Without the feature `regex` all patterns match from the start of the URL.

use super::RouteError;
use super::group::NewestMatch;
use super::pattern::Pattern;

#[derive(Clone, Debug)]
pub(super) enum Floating {}

impl Floating {
    pub(super) fn new(
        _: &[Pattern],
        _: Vec<usize>,
        _: &mut usize,
    ) -> Result<Option<Self>, RouteError> {
        Ok(None)
    }

    pub(super) fn find(&self, _: &[Pattern], _: (&[u8], usize), _: &mut NewestMatch) {
        match *self {}
    }
}
