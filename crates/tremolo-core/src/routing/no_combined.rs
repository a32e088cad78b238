//! Without the feature `regex` all patterns of a group are tried one by one.

use super::RouteError;
use super::pattern::Pattern;

#[derive(Clone)]
pub(super) enum Combined {}

impl Combined {
    pub(super) fn new(
        _: &[Pattern],
        _: &[usize],
        _: &mut usize,
    ) -> Result<Option<Self>, RouteError> {
        Ok(None)
    }

    pub(super) fn find(&self, _: &[u8]) -> Option<usize> {
        match *self {}
    }
}
