//! When the driver of a connection has to be woken for a deadline.

use std::time::Instant;

use tremolo_core::{Connection, Deadline, Now};

/// The timer of a connection. It is armed only for an earlier deadline: one that moves to later, as
/// from request to request, costs a comparison. A timer that fires too early is armed again.
///
/// The type stores the instant. To be woken then is up to the driver.
///
/// ```
/// use tremolo_core::{Connection, Now};
/// use tremolo_net::DeadlineTimer;
///
/// fn wake_at(_: std::time::Instant) {}
///
/// /// The end of a turn of a driver.
/// fn sleep(timer: &mut DeadlineTimer, connection: &mut Connection) {
///     if let Some(at) = timer.arm(connection) {
///         wake_at(at);
///     }
/// }
///
/// /// The beginning of a turn. Input that has arrived is handled first.
/// fn wake(timer: &mut DeadlineTimer, connection: &mut Connection, now: &Now) {
///     if timer.has_fired(now) {
///         connection.handle_timeout(now);
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeadlineTimer {
    /// Never later than the next deadline of the connection.
    armed: Option<Instant>,
}

impl DeadlineTimer {
    /// Arms the timer for the next deadline, unless it fires before. Returns the instant at which
    /// the driver must be woken from now on, if that has changed.
    #[inline]
    pub fn arm(&mut self, connection: &mut Connection) -> Option<Instant> {
        if self.armed.is_some_and(|armed| !connection.has_deadline_before(armed)) {
            return None;
        }
        let Deadline { at, .. } = connection.poll_deadline()?;
        self.armed = Some(at);
        self.armed
    }

    /// Whether the timer has fired; it is unarmed then.
    #[inline]
    pub fn has_fired(&mut self, now: &Now) -> bool {
        self.armed.take_if(|at| *at <= now.instant).is_some()
    }

    /// Lets [`DeadlineTimer::has_fired`] return true once more: the timeout was not handled yet.
    pub fn fire_again(&mut self, now: &Now) {
        self.armed = Some(now.instant);
    }

    /// Whether it is armed for this instant. Any other wake-up that was requested is obsolete.
    #[must_use]
    pub fn is_armed_for(&self, at: Instant) -> bool {
        self.armed == Some(at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use bytes::BufMut;
    use tremolo_core::{Config, Settings};

    use super::*;

    fn at(start: Instant, seconds: u64) -> Now {
        Now::new(start + Duration::from_secs(seconds), 784_111_777)
    }

    /// A connection whose head must be complete after 10 s, and which may be idle for 60 s.
    fn connection(start: Instant) -> Connection {
        let config = Config {
            request_timeout: Duration::from_secs(10),
            keepalive_timeout: Duration::from_secs(60),
            ..Config::default()
        };
        Connection::new(Arc::new(Settings::new(config).unwrap()), None, &at(start, 0))
    }

    #[test]
    fn is_armed_only_for_an_earlier_deadline() {
        let (start, mut timer) = (Instant::now(), DeadlineTimer::default());
        let mut connection = connection(start);
        let first = connection.poll_deadline().unwrap().at;
        assert_eq!(timer.arm(&mut connection), Some(first));
        assert_eq!(timer.arm(&mut connection), None);
        // A request and its response: the next deadline is later.
        let now = &at(start, 5);
        connection.input_buffer().put_slice(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        connection.handle_input(now);
        assert!(connection.poll_event(now).is_some());
        let mut exchange = connection.current().unwrap();
        exchange.end(now, "a".into()).unwrap();
        exchange.handler_done(now);
        while let Some(tremolo_core::Transmit::Bytes(bytes)) = connection.poll_transmit(now) {
            let count = bytes.len();
            connection.transmitted(now, count);
        }
        let second = connection.poll_deadline().unwrap().at;
        assert!(second > first);
        assert_eq!(timer.arm(&mut connection), None);
        assert!(timer.is_armed_for(first) && !timer.is_armed_for(second));
        // It fires too early, and no deadline has passed.
        let now = &Now::new(first, 784_111_777);
        assert!(timer.has_fired(now));
        connection.handle_timeout(now);
        assert!(!connection.peek().is_closed());
        assert_eq!(timer.arm(&mut connection), Some(second));
        // The beginning of another head has an earlier deadline.
        connection.input_buffer().put_slice(b"GET /");
        connection.handle_input(now);
        assert!(connection.poll_event(now).is_none());
        let third = connection.poll_deadline().unwrap().at;
        assert!(third < second);
        assert_eq!(timer.arm(&mut connection), Some(third));
        assert!(timer.is_armed_for(third));
    }

    #[test]
    fn fires_once_and_not_before() {
        let (start, mut timer) = (Instant::now(), DeadlineTimer::default());
        let mut connection = connection(start);
        assert!(!timer.has_fired(&at(start, 1_000)), "it is not armed");
        let armed = timer.arm(&mut connection).unwrap();
        let (before, then) = (armed - Duration::from_nanos(1), armed);
        let [before, then] = [before, then].map(|at| Now::new(at, 784_111_777));
        assert!(!timer.has_fired(&before) && timer.has_fired(&then) && !timer.has_fired(&then));
        timer.fire_again(&then);
        assert!(timer.has_fired(&then) && !timer.has_fired(&then));
    }

    #[test]
    fn a_connection_without_deadlines_needs_no_timer() {
        let (start, mut timer) = (Instant::now(), DeadlineTimer::default());
        let mut connection = connection(start);
        connection.handle_reset(&at(start, 0));
        assert!(connection.poll_deadline().is_none());
        assert_eq!(timer.arm(&mut connection), None);
    }
}
