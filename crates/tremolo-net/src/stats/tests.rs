//! Counters that are fed by an engine, and their reports.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::BufMut;
use tremolo_core::{Bounds, Config, Event, Now, Settings, Transmit};

use super::*;
use crate::handle_read;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// A connection that is served in turns.
struct Served {
    counters: Counters,
    connection: Connection,
    start: Instant,
}

impl Served {
    fn new() -> Self {
        let settings = Arc::new(Settings::new(Config::default()).unwrap());
        let start = Instant::now();
        let connection = Connection::new(settings, None, &Now::new(start, 784_111_777));
        let counters = Counters::default();
        counters.accepted();
        Self { counters, connection, start }
    }

    /// One turn, which takes this time: input, a response to each request, output.
    fn turn(&mut self, input: &[u8], statuses: &[u16], time: Duration) {
        let now = Now::new(self.start, 784_111_777);
        self.connection.turn_mut().begin(&Bounds::CONNECTION);
        self.connection.input_buffer().put_slice(input);
        handle_read(&mut self.connection, &now, &Ok(input.len()));
        let mut statuses = statuses.iter();
        while let Some(event) = self.connection.poll_event(&now) {
            if let Event::Fault(fault) = event {
                self.counters.refused(fault);
            }
            let Some(status) = statuses.next() else { continue };
            let mut exchange = self.connection.current().unwrap();
            exchange.response_mut().unwrap().set_status(*status).unwrap();
            exchange.end(&now, "body".into()).unwrap();
            exchange.handler_done(&now);
        }
        while let Some(Transmit::Bytes(bytes)) = self.connection.poll_transmit(&now) {
            let count = bytes.len();
            self.connection.transmitted(&now, count);
        }
        let began = self.start;
        self.start += time;
        let end = self.start;
        self.counters.turn_ended(&mut self.connection, began, || end);
    }

    fn stats(&self) -> Stats {
        self.counters.stats()
    }
}

const MILLISECOND: Duration = Duration::from_millis(1);

#[test]
fn each_exchange_is_counted_once_with_its_class_and_time() {
    let mut served = Served::new();
    assert_eq!((served.stats().connections_open(), served.stats().connections_idle()), (1, 1));
    served.turn(GET, &[200], MILLISECOND * 2);
    served.turn(&GET.repeat(3), &[404, 304, 503], MILLISECOND * 20);
    let stats = served.stats();
    assert_eq!((stats.requests(), stats.requests_in_progress()), (4, 0));
    assert_eq!((1..=5).map(|class| stats.responses(class)).collect::<Vec<_>>(), [0, 1, 1, 1, 1]);
    // The time of the first turn counts for those after it.
    assert_eq!(stats.request_time(), (4, MILLISECOND * 8));
    assert_eq!(stats.bytes_received(), 4 * GET.len() as u64);
    assert!(stats.bytes_sent() > 4 * 100);
}

#[test]
fn a_request_is_in_progress_until_its_response_is_complete() {
    let mut served = Served::new();
    served.turn(GET, &[], MILLISECOND);
    let stats = served.stats();
    assert_eq!((stats.requests(), stats.requests_in_progress()), (1, 1));
    assert_eq!((stats.connections_open(), stats.connections_idle()), (1, 0));
    served.connection.abort(CloseReason::Shutdown);
    served.turn(b"", &[], MILLISECOND * 7);
    served.counters.closed(served.connection.peek().close_reason());
    let stats = served.stats();
    assert_eq!((stats.requests_in_progress(), stats.connections_open()), (0, 0));
    // It ends in the turn that begins after the first one.
    assert_eq!(stats.request_time(), (1, MILLISECOND));
    assert_eq!(stats.connections_closed(CloseReason::Shutdown), 1);
    assert_eq!(stats.connections_closed(CloseReason::Finished), 0);
}

#[test]
fn refusals_and_cancellations_are_counted_by_their_cause() {
    let mut served = Served::new();
    served.turn(b"GET / HTTP/9.9\r\n\r\n", &[505], MILLISECOND);
    served.counters.cancelled(CloseReason::HandlerTimeout);
    served.counters.lost_lines(3);
    served.counters.accept_failed();
    served.counters.waited(MILLISECOND * 5);
    let stats = served.stats();
    assert_eq!((stats.responses(5), stats.handlers_cancelled(CloseReason::HandlerTimeout)), (1, 1));
    assert_eq!((stats.lost_log_lines(), stats.queue_time()), (3, (1, MILLISECOND * 5)));
    let report = stats.report(MetricsFormat::Prometheus);
    assert!(report.contains("tremolo_http_faults_total{status=\"505\"} 1\n"), "{report}");
    assert!(report.contains("tremolo_accept_failures_total 1\n"), "{report}");
}

#[test]
fn workers_add_up_and_one_continues_another() {
    let mut first = Served::new();
    first.turn(GET, &[], MILLISECOND);
    assert_eq!(first.counters.own_requests(), 1);
    let copy = Stats::from_numbers(first.stats().numbers());
    assert_eq!(copy, first.stats());
    let second = Counters::default();
    second.continue_from(&copy);
    second.accepted();
    let sum: Stats = [first.stats(), second.stats()].into_iter().sum();
    assert_eq!((sum.connections_accepted(), sum.connections_open()), (3, 2));
    assert_eq!((sum.requests(), sum.requests_in_progress()), (2, 1));
    assert_eq!((second.own_requests(), second.stats().requests()), (0, 1));
    let third = Counters::default();
    third.continue_from(&second.stats());
    assert_eq!((third.own_requests(), third.stats().requests()), (0, 1));
}

#[test]
fn a_report_has_a_help_and_a_type_for_each_family_and_no_name_twice() {
    for format in [MetricsFormat::Prometheus, MetricsFormat::OpenMetrics] {
        let report = Stats::default().report(format);
        let of = |word: &str| -> Vec<String> {
            let lines = report.lines().filter_map(|line| line.strip_prefix(word));
            lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
        };
        let (helps, types) = (of("# HELP "), of("# TYPE "));
        assert_eq!(helps, types);
        let names: HashSet<_> = helps.iter().collect();
        assert_eq!(names.len(), helps.len());
        let is_open = format == MetricsFormat::OpenMetrics;
        assert_eq!(report.ends_with("\n# EOF\n"), is_open);
        let requests =
            if is_open { "tremolo_http_requests" } else { "tremolo_http_requests_total" };
        assert!(helps.iter().any(|name| name == requests), "{helps:?}");
        let samples: Vec<_> = report.lines().filter(|line| !line.starts_with('#')).collect();
        let distinct: HashSet<_> = samples.iter().map(|line| line.rsplit_once(' ')).collect();
        assert_eq!(distinct.len(), samples.len());
    }
}

#[test]
fn a_histogram_is_cumulative() {
    let mut served = Served::new();
    served.turn(GET, &[200], MILLISECOND);
    for _ in 1..SAMPLING {
        served.turn(GET, &[200], MILLISECOND);
    }
    served.turn(GET, &[200], MILLISECOND * 30_000);
    let report = served.stats().report(MetricsFormat::Prometheus);
    let name = "tremolo_http_request_duration_seconds";
    for line in [
        "_bucket{le=\"0.0005\"} 0",
        "_bucket{le=\"0.001\"} 8",
        "_bucket{le=\"10.0\"} 8",
        "_bucket{le=\"+Inf\"} 9",
        "_sum 30.008",
        "_count 9",
    ] {
        assert!(report.contains(&format!("\n{name}{line}\n")), "{line}: {report}");
    }
}
