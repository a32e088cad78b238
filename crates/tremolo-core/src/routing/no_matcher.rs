//! Without the feature `regex` each pattern is linear.

use super::linear_pattern::LinearPattern;

#[derive(Clone)]
pub(super) enum Matcher {
    Linear(LinearPattern),
}

impl Matcher {
    pub(super) fn is_linear(&self) -> bool {
        true
    }

    pub(super) fn literal(&self) -> &[u8] {
        let Self::Linear(linear) = self;
        linear.literal()
    }

    pub(super) fn size(&self) -> usize {
        let Self::Linear(linear) = self;
        linear.size()
    }

    pub(super) fn find(&self, url: &[u8], start: usize, slots: &mut [usize]) -> Option<()> {
        let Self::Linear(linear) = self;
        linear.find(url, start, slots)
    }
}
