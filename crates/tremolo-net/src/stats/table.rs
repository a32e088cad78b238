//! The table of counters: the place of each in the memory of a worker, and what it is called in
//! reports.

use tremolo_core::{CloseReason, PeerError};

/// The number of counters of a worker.
pub(super) const COUNTERS: usize = BEGUN_BEFORE + 1;

pub(super) const ACCEPTED: usize = 0;
pub(super) const CLOSED: usize = ACCEPTED + 1;
pub(super) const BEGUN: usize = CLOSED + 1;
pub(super) const ENDED: usize = BEGUN + 1;
/// Five, by the first digit of the status.
pub(super) const RESPONSES: usize = ENDED + 1;
pub(super) const RECEIVED: usize = RESPONSES + CLASSES.len();
pub(super) const SENT: usize = RECEIVED + 1;
pub(super) const ACCEPT_FAILURES: usize = SENT + 1;
pub(super) const LOST_LINES: usize = ACCEPT_FAILURES + 1;
pub(super) const WAITED: usize = LOST_LINES + 1;
/// Nanoseconds.
pub(super) const WAITED_TIME: usize = WAITED + 1;
/// Nanoseconds.
pub(super) const HANDLER_TIME: usize = WAITED_TIME + 1;
/// One for each of [`BOUNDS`], and one for what takes longer.
pub(super) const BUCKETS: usize = HANDLER_TIME + 1;
pub(super) const FAULTS: usize = BUCKETS + BOUNDS.len() + 1;
pub(super) const CLOSED_BY: usize = FAULTS + STATUSES.len();
pub(super) const CANCELLED: usize = CLOSED_BY + REASONS.len();
/// The time of the last exchange that was timed within its turn, in nanoseconds. Of one worker.
pub(super) const SAMPLE: usize = CANCELLED + REASONS.len();
/// Of [`BEGUN`], the requests of the workers that this one continues. Of one worker.
pub(super) const BEGUN_BEFORE: usize = SAMPLE + 1;

/// The upper bounds of the histogram: nanoseconds, and seconds as text.
pub(super) const BOUNDS: [(u64, &str); 12] = [
    (500_000, "0.0005"),
    (1_000_000, "0.001"),
    (2_500_000, "0.0025"),
    (5_000_000, "0.005"),
    (10_000_000, "0.01"),
    (25_000_000, "0.025"),
    (50_000_000, "0.05"),
    (100_000_000, "0.1"),
    (250_000_000, "0.25"),
    (500_000_000, "0.5"),
    (1_000_000_000, "1.0"),
    (10_000_000_000, "10.0"),
];

pub(super) const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

const STATUSES: [&str; 10] =
    ["400", "408", "413", "414", "417", "431", "501", "503", "505", "other"];

const REASONS: [&str; 15] = [
    "finished",
    "peer_closed",
    "peer_gone",
    "fault",
    "handshake_timeout",
    "proxy",
    "response_cut",
    "file_failed",
    "keepalive_timeout",
    "write_timeout",
    "handler_timeout",
    "websocket_failed",
    "ping_timeout",
    "shutdown",
    "other",
];

/// The place of a reason in [`REASONS`].
pub(super) fn place_of_reason(reason: CloseReason) -> usize {
    match reason {
        CloseReason::Finished => 0,
        CloseReason::PeerClosed => 1,
        CloseReason::PeerGone => 2,
        CloseReason::Fault(_) => 3,
        CloseReason::HandshakeTimeout => 4,
        CloseReason::Proxy(_) => 5,
        CloseReason::ResponseCut => 6,
        CloseReason::FileFailed => 7,
        CloseReason::KeepAliveTimeout => 8,
        CloseReason::WriteTimeout => 9,
        CloseReason::HandlerTimeout => 10,
        CloseReason::WebSocketFailed => 11,
        CloseReason::PingTimeout => 12,
        CloseReason::Shutdown => 13,
        _ => REASONS.len() - 1,
    }
}

/// The place of a fault in [`STATUSES`].
pub(super) fn place_of_fault(fault: PeerError) -> usize {
    let status = fault.status();
    let place = STATUSES.iter().position(|name| *name == status.as_str());
    place.unwrap_or(STATUSES.len() - 1)
}

/// Counters with one name in reports.
#[derive(Debug)]
pub(super) struct Family {
    /// Without the suffix of its kind.
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) kind: Kind,
}

/// What the numbers of a family are, and where they are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    /// One number that only grows.
    Counter(usize),
    /// Several, with a label: its name and its values.
    Counters(usize, &'static str, &'static [&'static str]),
    /// What has begun and not ended.
    Gauge { begun: usize, ended: usize },
    /// Connections that are open and have no request in progress.
    Idle,
    /// A count, and a sum in nanoseconds.
    Summary { count: usize, sum: usize },
    /// Numbers for [`BOUNDS`], and a sum in nanoseconds.
    Histogram { buckets: usize, sum: usize },
}

/// All families, in the order of reports.
pub(super) const FAMILIES: &[Family] = &[
    Family {
        name: "connections_accepted",
        about: "Connections that were accepted.",
        kind: Kind::Counter(ACCEPTED),
    },
    Family {
        name: "connections_open",
        about: "Connections that are open.",
        kind: Kind::Gauge { begun: ACCEPTED, ended: CLOSED },
    },
    Family {
        name: "connections_idle",
        about: "Open connections without a request in progress.",
        kind: Kind::Idle,
    },
    Family {
        name: "connections_closed",
        about: "Connections that were closed, by the reason.",
        kind: Kind::Counters(CLOSED_BY, "reason", &REASONS),
    },
    Family {
        name: "http_requests",
        about: "Responses whose head was sent, by the class of the status.",
        kind: Kind::Counters(RESPONSES, "class", &CLASSES),
    },
    Family {
        name: "http_requests_begun",
        about: "Requests that were received, malformed ones included.",
        kind: Kind::Counter(BEGUN),
    },
    Family {
        name: "http_requests_in_progress",
        about: "Requests whose response is not complete.",
        kind: Kind::Gauge { begun: BEGUN, ended: ENDED },
    },
    Family {
        name: "http_request_duration_seconds",
        about: "Time from a complete request head to a complete response, as the server queues it.",
        kind: Kind::Histogram { buckets: BUCKETS, sum: HANDLER_TIME },
    },
    Family {
        name: "http_queue_seconds",
        about: "Time that requests of blocking handlers have waited for a thread.",
        kind: Kind::Summary { count: WAITED, sum: WAITED_TIME },
    },
    Family {
        name: "http_received_bytes",
        about: "Bytes that were received, without their encryption.",
        kind: Kind::Counter(RECEIVED),
    },
    Family {
        name: "http_sent_bytes",
        about: "Bytes that were sent, without their encryption.",
        kind: Kind::Counter(SENT),
    },
    Family {
        name: "http_faults",
        about: "Requests that were refused before a handler, by the status of the response.",
        kind: Kind::Counters(FAULTS, "status", &STATUSES),
    },
    Family {
        name: "http_handlers_cancelled",
        about: "Handlers that were cancelled, by the reason.",
        kind: Kind::Counters(CANCELLED, "reason", &REASONS),
    },
    Family {
        name: "accept_failures",
        about: "Calls of accept that have failed, because descriptors ran out for instance.",
        kind: Kind::Counter(ACCEPT_FAILURES),
    },
    Family {
        name: "access_log_lost_lines",
        about: "Lines of the access log that could not be written to its file.",
        kind: Kind::Counter(LOST_LINES),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_of_a_fault_has_a_place() {
        let faults = [
            (PeerError::InvalidField, "400"),
            (PeerError::HeadTimeout, "408"),
            (PeerError::BodyTooLarge, "413"),
            (PeerError::TargetTooLong, "414"),
            (PeerError::UnknownExpectation, "417"),
            (PeerError::TooManyFields, "431"),
            (PeerError::TunnelRefused, "501"),
            (PeerError::UnsupportedVersion, "505"),
        ];
        for (fault, status) in faults {
            assert_eq!(STATUSES[place_of_fault(fault)], status);
        }
    }

    #[test]
    fn reasons_have_their_own_names() {
        assert_eq!(REASONS[place_of_reason(CloseReason::Shutdown)], "shutdown");
        assert_eq!(REASONS[place_of_reason(CloseReason::PeerGone)], "peer_gone");
        let fault = CloseReason::Fault(PeerError::BodyTimeout);
        assert_eq!(REASONS[place_of_reason(fault)], "fault");
    }

    #[test]
    fn bounds_grow_and_their_texts_are_their_seconds() {
        assert!(BOUNDS.is_sorted());
        for (nanoseconds, text) in BOUNDS {
            let seconds: f64 = text.parse().unwrap();
            assert_eq!(std::time::Duration::from_secs_f64(seconds).as_nanos(), nanoseconds.into());
        }
    }
}
