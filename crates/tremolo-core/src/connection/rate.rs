//! Rates: how fast bytes may pass, as a token bucket for each direction.

use std::time::{Duration, Instant};

use tremolo_config::Config;

/// How many bytes may pass, and when more may.
///
/// Of a busy time so far `t` long, `max(burst, rate × t)` bytes may pass: the first `burst` at
/// once, as an advance that is worked off, so that the average holds. It counts bytes and
/// nanoseconds since that time began, so no rounding error adds up.
#[derive(Debug)]
pub(crate) struct Bucket {
    /// Bytes per second, at least 1.
    rate: u64,
    burst: u64,
    /// When the busy time began; `None` before the first byte.
    since: Option<Instant>,
    /// Bytes that have passed in it.
    spent: u64,
}

impl Bucket {
    fn new(rate: u64, burst: u64) -> Self {
        Self { rate, burst, since: None, spent: 0 }
    }

    /// The bucket of a rate; none for 0, which is no limit.
    fn of(rate: u64, config: &Config) -> Option<Self> {
        (rate > 0).then(|| Self::new(rate, config.buffer_size.saturating_mul(4) as u64))
    }

    /// Bytes that may pass now.
    pub(crate) fn allowance(&self, now: Instant) -> u64 {
        match self.earned(now) {
            Some(earned) => earned.max(self.burst).saturating_sub(self.spent),
            None => self.burst,
        }
    }

    /// Counts bytes that have passed.
    pub(crate) fn spend(&mut self, now: Instant, bytes: u64) {
        if self.earned(now).is_none() {
            (self.since, self.spent) = (Some(now), 0);
        }
        self.spent = self.spent.saturating_add(bytes);
    }

    /// How long it takes until so many bytes may pass; at most centuries.
    pub(crate) fn wait(&self, now: Instant, bytes: u64) -> Duration {
        let needed = self.spent.saturating_add(bytes);
        if self.allowance(now) >= bytes || needed <= self.burst {
            return Duration::ZERO;
        }
        let nanos = (u128::from(needed) * NANOS).div_ceil(u128::from(self.rate));
        let passed =
            self.since.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let wait = nanos.saturating_sub(passed.as_nanos());
        Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX))
    }

    /// The fewest bytes to wake up for: those of a sixteenth of a second, but less than a burst, so
    /// that a burst that was partly used is not waited for.
    pub(crate) fn step(&self) -> u64 {
        (self.rate / 16).clamp(1, (self.burst / 2).max(1))
    }

    /// Bytes that the busy time so far has earned; `None` if none goes on, because it has not
    /// begun or because so much was saved meanwhile that a new one begins.
    fn earned(&self, now: Instant) -> Option<u64> {
        let passed = now.saturating_duration_since(self.since?).as_nanos();
        let earned = passed.saturating_mul(u128::from(self.rate)) / NANOS;
        let earned = u64::try_from(earned).unwrap_or(u64::MAX);
        // A driver that wakes late must find what was earned while it slept.
        let saved = self.burst.max(self.rate / 8);
        (earned < self.spent.saturating_add(saved)).then_some(earned)
    }
}

/// The rates of a connection; boxed, because few connections have one.
#[derive(Debug)]
pub(crate) struct Rates(Option<Box<Both>>);

/// Both directions.
#[derive(Debug)]
struct Both {
    upload: Option<Upload>,
    download: Option<Bucket>,
    /// Whether the current response, or one that is still queued, has a rate of its own.
    own: bool,
}

/// The bucket for what is read.
#[derive(Debug)]
struct Upload {
    bucket: Bucket,
    /// Bytes that may be read before the bucket is asked again.
    left: usize,
    /// What was buffered before the last read.
    buffered: usize,
}

impl From<&Config> for Rates {
    fn from(config: &Config) -> Self {
        let upload = Bucket::of(config.upload_rate, config).map(|bucket| {
            let left = usize::try_from(bucket.burst).unwrap_or(usize::MAX);
            Upload { bucket, left, buffered: 0 }
        });
        let download = Bucket::of(config.download_rate, config);
        let is_limited = upload.is_some() || download.is_some();
        Self(is_limited.then(|| Box::new(Both { upload, download, own: false })))
    }
}

impl Rates {
    fn upload(&mut self) -> Option<&mut Upload> {
        self.0.as_mut()?.upload.as_mut()
    }

    fn download(&self) -> Option<&Bucket> {
        self.0.as_ref()?.download.as_ref()
    }

    /// Whether a rate holds back what is written: then a longer queue would only wait longer.
    pub(crate) fn is_download_limited(&self) -> bool {
        self.download().is_some()
    }

    /// Whether the current response, or one that is still queued, has a rate of its own.
    pub(crate) fn is_own(&self) -> bool {
        self.0.as_ref().is_some_and(|both| both.own)
    }

    /// The rate of what is written, in bytes per second; 0 for none.
    pub(crate) fn download_rate(&self) -> u64 {
        self.download().map_or(0, |bucket| bucket.rate)
    }

    /// The current response has a rate of its own; 0 for none.
    pub(crate) fn set_own(&mut self, bytes_per_second: u64, config: &Config) {
        let none = || Box::new(Both { upload: None, download: None, own: true });
        let both = self.0.get_or_insert_with(none);
        both.download = Bucket::of(bytes_per_second, config);
        both.own = true;
    }

    /// The next response has the rate of the connection again.
    pub(crate) fn begin_response(&mut self, config: &Config) {
        if let Some(both) = &mut self.0
            && std::mem::take(&mut both.own)
        {
            both.download = Bucket::of(config.download_rate, config);
        }
    }

    /// Bytes that the next read may have; `buffered` are there already.
    #[inline]
    pub(crate) fn begin_read(&mut self, buffered: usize) -> usize {
        let Some(upload) = self.upload() else { return usize::MAX };
        upload.buffered = buffered;
        upload.left
    }

    /// Counts what was read; so much is buffered now. Returns whether there is a rate.
    pub(crate) fn spend_upload(&mut self, now: Instant, buffered: usize) -> bool {
        let Some(upload) = self.upload() else { return false };
        upload.bucket.spend(now, buffered.saturating_sub(upload.buffered) as u64);
        true
    }

    /// Sets how much may be read now. If that is next to nothing, returns the time until it is
    /// more.
    pub(crate) fn grant_upload(&mut self, now: Instant) -> Option<Duration> {
        let upload = self.upload()?;
        let (left, step) = (upload.bucket.allowance(now), upload.bucket.step());
        upload.left = usize::try_from(left).unwrap_or(usize::MAX);
        (left < step).then(|| upload.bucket.wait(now, step))
    }

    /// How much of so many queued bytes may be written now; the time until some may, if none may.
    /// Without a rate, all.
    pub(crate) fn grant_download(&self, now: Instant, queued: usize) -> Result<usize, Duration> {
        let Some(bucket) = self.download() else { return Ok(usize::MAX) };
        let wanted = bucket.step().min(queued as u64);
        let allowed = bucket.allowance(now);
        if allowed >= wanted {
            return Ok(usize::try_from(allowed).unwrap_or(usize::MAX));
        }
        Err(bucket.wait(now, wanted))
    }

    /// Counts what was written.
    pub(crate) fn spend_download(&mut self, now: Instant, count: usize) {
        if let Some(bucket) = self.0.as_mut().and_then(|both| both.download.as_mut()) {
            bucket.spend(now, count as u64);
        }
    }
}

const NANOS: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::start;

    const BURST: u64 = 65_536;

    #[test]
    fn the_burst_is_an_advance_that_is_worked_off() {
        let (start, second) = (start(), Duration::from_secs(1));
        let mut bucket = Bucket::new(16_384, BURST);
        assert_eq!((bucket.allowance(start), bucket.wait(start, BURST)), (BURST, Duration::ZERO));
        bucket.spend(start, BURST);
        assert_eq!((bucket.allowance(start), bucket.wait(start, 16_384)), (0, second * 5));
        assert_eq!(bucket.allowance(start + second * 4), 0);
        assert_eq!(bucket.allowance(start + second * 5), 16_384);
        assert_eq!(bucket.wait(start + second * 5, 16_384), Duration::ZERO);
        assert_eq!(bucket.wait(start + second * 5, 16_385), Duration::from_nanos(61_036));
    }

    #[test]
    fn a_burst_that_was_saved_may_be_sent_at_once() {
        let (start, second) = (start(), Duration::from_secs(1));
        let mut bucket = Bucket::new(16_384, BURST);
        bucket.spend(start, BURST);
        assert_eq!(bucket.allowance(start + second * 7), BURST - 16_384);
        assert_eq!(bucket.allowance(start + second * 3_600), BURST);
        bucket.spend(start + second * 3_600, BURST);
        assert_eq!(bucket.allowance(start + second * 3_604), 0);
    }

    #[test]
    fn no_number_is_too_large_or_too_small() {
        let (start, century) = (start(), Duration::from_secs(3_155_760_000));
        for rate in [1, u64::MAX] {
            for burst in [1, u64::MAX] {
                let mut bucket = Bucket::new(rate, burst);
                bucket.spend(start, u64::MAX);
                bucket.spend(start, u64::MAX);
                assert!(bucket.step() > 0);
                assert_eq!(bucket.allowance(start + century) > 0, rate > 1);
                assert!(bucket.wait(start, u64::MAX) <= Duration::from_nanos(u64::MAX));
            }
        }
        assert!(Bucket::of(0, &Config::default()).is_none());
    }

    proptest! {
        /// However it is drawn from, and however late the driver wakes, no busy time passes more
        /// than its rate, and none that wants more gets less.
        #[test]
        fn keeps_its_rate(
            rate in 16_384_u64..100 << 20,
            steps in prop::collection::vec((1_u64..200_000, 0_u64..3_000), 1..200),
        ) {
            let (start, mut elapsed, mut passed) = (start(), Duration::ZERO, 0);
            let mut bucket = Bucket::new(rate, BURST);
            for (size, late) in steps {
                let size = size.min(BURST);
                elapsed += bucket.wait(start + elapsed, size);
                prop_assert!(bucket.allowance(start + elapsed) >= size);
                bucket.spend(start + elapsed, size);
                passed += size;
                let earned = elapsed.as_nanos() * u128::from(rate) / NANOS;
                prop_assert!(u128::from(passed) <= earned.max(BURST.into()));
                elapsed += Duration::from_micros(late);
            }
        }
    }
}
