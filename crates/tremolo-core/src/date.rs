//! The date of a response: an IMF-fixdate as bytes (RFC 9110 section 5.6.7).
//!
//! Reads no clock: `clock.rs` keeps the date for one second.

use std::fmt;
use std::io::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use httpdate::HttpDate;

/// An IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`: always 29 bytes of ASCII.
///
/// The default is the epoch, `Thu, 01 Jan 1970 00:00:00 GMT`.
///
/// ```
/// use tremolo_core::http1::response::DateLine;
///
/// let date = DateLine::from_unix(784_111_777);
/// assert_eq!(date.as_bytes(), b"Sun, 06 Nov 1994 08:49:37 GMT");
/// ```
///
/// It is kept as the field line of a response, which is written as it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateLine([u8; 37]);

impl DateLine {
    /// The epoch.
    pub(crate) const EPOCH: Self = Self(*EPOCH);

    /// The date that is `seconds` after the epoch. Dates after the year 9999, which the format
    /// cannot express, become the last second of that year.
    #[must_use]
    pub fn from_unix(seconds: u64) -> Self {
        let date = HttpDate::from(UNIX_EPOCH + Duration::from_secs(seconds.min(LAST_SECOND)));
        let mut line = *EPOCH;
        // This write fails only if the array is too short; every IMF-fixdate has 29 bytes.
        match write!(&mut line[..], "Date: {date}\r\n") {
            Ok(()) => Self(line),
            Err(_) => Self::EPOCH,
        }
    }

    /// The date as bytes, for a field value.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 29] {
        let [_, _, _, _, _, _, date @ .., _, _] = &self.0;
        date
    }

    /// The field line `Date`, with its end.
    pub(crate) fn field_line(&self) -> &[u8; 37] {
        &self.0
    }
}

impl Default for DateLine {
    fn default() -> Self {
        Self::EPOCH
    }
}

impl fmt::Debug for DateLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateLine({})", self.as_bytes().escape_ascii())
    }
}

const EPOCH: &[u8; 37] = b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

/// `Fri, 31 Dec 9999 23:59:59 GMT`: `httpdate` panics for later dates.
const LAST_SECOND: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_fixed_form() {
        for (seconds, line) in [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"),
        ] {
            assert_eq!(DateLine::from_unix(seconds).as_bytes().as_slice(), line.as_bytes());
        }
        assert_eq!(DateLine::default(), DateLine::from_unix(0));
    }

    #[test]
    fn later_dates_become_the_last_date_of_the_format() {
        let last = b"Fri, 31 Dec 9999 23:59:59 GMT";
        assert_eq!(DateLine::from_unix(LAST_SECOND).as_bytes(), last);
        assert_eq!(DateLine::from_unix(LAST_SECOND + 1).as_bytes(), last);
        assert_eq!(DateLine::from_unix(u64::MAX).as_bytes(), last);
    }

    #[test]
    fn debug_output_is_the_date_as_text() {
        let date = DateLine::default();
        assert_eq!(format!("{date:?}"), "DateLine(Thu, 01 Jan 1970 00:00:00 GMT)");
    }
}
