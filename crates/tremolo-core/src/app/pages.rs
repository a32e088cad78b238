//! Which page of an application answers an error.

use std::ops::RangeInclusive;

/// The statuses that an application can have a page for.
pub const PAGE_STATUSES: RangeInclusive<u16> = 400..=511;

/// Which page answers an error that has none of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherPage {
    /// The built-in one.
    BuiltIn,
    /// That for 500, unless the original has a page of its own: for 400, 404 and 405.
    Internal,
}

impl OtherPage {
    /// The status whose page answers an error; `None` for the built-in page.
    ///
    /// ```
    /// use tremolo_core::app::OtherPage;
    ///
    /// let pages = [404, 500];
    /// let page_of = |rule: OtherPage, status| rule.page_of(status, |known| pages.contains(&known));
    /// assert_eq!(page_of(OtherPage::BuiltIn, 404), Some(404));
    /// assert_eq!(page_of(OtherPage::BuiltIn, 403), None);
    /// assert_eq!(page_of(OtherPage::Internal, 403), Some(500));
    /// assert_eq!(page_of(OtherPage::Internal, 400), None);
    /// ```
    #[must_use]
    pub fn page_of(self, status: u16, has_page: impl Fn(u16) -> bool) -> Option<u16> {
        if !PAGE_STATUSES.contains(&status) {
            return None;
        }
        if has_page(status) {
            return Some(status);
        }
        let is_other = self == Self::Internal && !matches!(status, 400 | 404 | 405);
        (is_other && has_page(INTERNAL)).then_some(INTERNAL)
    }
}

const INTERNAL: u16 = 500;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_for_500_serves_those_without_a_page_as_in_the_original() {
        let with = |pages: &'static [u16]| {
            move |status| OtherPage::Internal.page_of(status, |known| pages.contains(&known))
        };
        let (page_of, without) = (with(&[403, 500]), with(&[403]));
        for (status, page) in
            [(403, Some(403)), (401, Some(500)), (500, Some(500)), (511, Some(500))]
        {
            assert_eq!(page_of(status), page, "{status}");
        }
        for status in [302, 399, 400, 404, 405, 512] {
            assert_eq!(page_of(status), None, "{status}");
        }
        assert_eq!((without(401), without(500)), (None, None));
        assert_eq!(OtherPage::Internal.page_of(302, |_| true), None);
        assert_eq!(OtherPage::BuiltIn.page_of(401, |status| status == 500), None);
    }
}
