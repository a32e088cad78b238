//! Rates in virtual time (SPEC section 8): the average of ten seconds, what is not delayed, and
//! clocks that stand still while we hold the peer back ourselves.

use bytes::Bytes;

use super::Say::{End, Write};
use super::*;
use crate::connection::Cause;

const SECOND: Duration = Duration::from_secs(1);
const RATES: [u64; 6] = [16 << 10, 100_000, 1 << 20, 5 << 20, 16_777_213, 100 << 20];
const POST: &str = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000\r\n\r\n";

fn limited(upload_rate: u64, download_rate: u64) -> Wire {
    let client_max_body_size = u64::MAX;
    let shared = Config { client_max_body_size, ..Config::default() };
    Wire::with(Config { upload_rate, download_rate, ..shared })
}

fn cause(wire: &Wire) -> Option<Cause> {
    wire.connection.poll_deadline().map(|deadline| deadline.cause)
}

/// Waits for the next deadline, and a little longer, as timers do.
fn wait(wire: &mut Wire, cause: Cause, late: Duration) {
    let next = wire.connection.poll_deadline().unwrap();
    assert_eq!(next.cause, cause);
    let time = next.at - wire.now().instant;
    wire.pass(time + late);
}

/// Bytes that a handler which always has more gets through now, and the most that was queued.
fn write_on(wire: &mut Wire, piece: &Bytes) -> (usize, usize) {
    let (mut sent, mut most, now) = (0, 0, wire.now());
    loop {
        while !wire.connection.is_write_blocked() {
            wire.connection.ongoing().write(&now, piece.clone().into()).unwrap();
        }
        most = most.max(wire.connection.peek().queued());
        let written = match wire.connection.poll_transmit(&now) {
            Some(Transmit::Bytes(bytes)) => bytes.len(),
            Some(Transmit::Slices(slices)) => slices.iter().map(|slice| slice.len()).sum(),
            Some(Transmit::File(_) | Transmit::Shutdown) => unreachable!(),
            None => return (sent, most),
        };
        wire.connection.transmitted(&now, written);
        sent += written;
    }
}

/// Bytes that such a handler gets through in so much time.
fn download(wire: &mut Wire, time: Duration, late: Duration) -> usize {
    let (mut sent, piece) = (0, Bytes::from(vec![b'x'; 16_384]));
    let end = wire.elapsed + time;
    while wire.elapsed <= end {
        sent += write_on(wire, &piece).0;
        wait(wire, Cause::DownloadRate, late);
    }
    sent
}

/// Bytes that a client which always has more gets through in so much time.
fn upload(wire: &mut Wire, time: Duration, late: Duration) -> usize {
    let (mut came, end) = (0, wire.elapsed + time);
    loop {
        let now = wire.now();
        while wire.connection.peek().wants_input() {
            let mut room = wire.connection.input_buffer();
            let count = room.remaining_mut();
            room.put_bytes(b'x', count);
            came += count;
            wire.connection.handle_input(&now);
            while let Ok(Decoded::Data(_)) = wire.connection.ongoing().body().poll(&now, usize::MAX)
            {
            }
        }
        wait(wire, Cause::UploadRate, late);
        if wire.elapsed > end {
            return came;
        }
    }
}

#[track_caller]
fn assert_near(bytes: usize, rate: u64, seconds: u64) {
    let expected = (rate * seconds) as f64;
    let ratio = bytes as f64 / expected;
    assert!((0.95..1.05).contains(&ratio), "{rate}: {bytes} in {seconds} s, {ratio}");
}

#[test]
fn ten_seconds_of_download_keep_the_rate() {
    for rate in RATES {
        for late in [0, 1, 7] {
            let mut wire = limited(0, rate);
            wire.feed(GET);
            wire.serve(|_, _, _| {});
            let late = Duration::from_millis(late);
            assert_near(download(&mut wire, SECOND * 10, late), rate, 10);
            assert_near(download(&mut wire, SECOND * 10, late), rate, 10);
        }
    }
}

#[test]
fn ten_seconds_of_upload_keep_the_rate() {
    for rate in RATES {
        for late in [0, 1, 7] {
            let mut wire = limited(rate, 0);
            wire.feed(POST.as_bytes());
            wire.serve(|_, _, _| {});
            let late = Duration::from_millis(late);
            assert_near(upload(&mut wire, SECOND * 10, late), rate, 10);
            assert_near(upload(&mut wire, SECOND * 10, late), rate, 10);
        }
    }
}

/// A driver that writes in small steps, or wakes late, may write as much as another one.
#[test]
fn two_clients_with_one_limit_get_the_same() {
    let pieces = [Bytes::from(vec![b'x'; 16_384]), Bytes::from(vec![b'x'; 1_000])];
    for rate in [16 << 10, 100_000, 1 << 20, 5 << 20] {
        let mut wires = [limited(0, rate), limited(0, rate)];
        for wire in &mut wires {
            wire.feed(GET);
            wire.serve(|_, _, _| {});
        }
        let mut sent = [0; 2];
        while wires[0].elapsed < SECOND * 10 {
            let mut next = Duration::MAX;
            for ((wire, piece), sent) in wires.iter_mut().zip(&pieces).zip(&mut sent) {
                *sent += write_on(wire, piece).0;
                let due = wire.connection.poll_deadline().unwrap();
                next = next.min(due.at.saturating_duration_since(wire.now().instant));
            }
            for wire in &mut wires {
                // One timer for both, as in a loop.
                wire.pass(next + Duration::from_millis(1));
            }
        }
        let ratio = sent[0] as f64 / sent[1] as f64;
        assert!((0.95..1.05).contains(&ratio), "{rate}: {sent:?}");
        assert_near(sent[0], rate, 10);
    }
}

/// What the limit holds back waits with the application, not in memory.
#[test]
fn a_limited_connection_queues_and_buffers_no_more_than_another() {
    const BUFFER: usize = 16_384;
    let piece = Bytes::from(vec![b'x'; BUFFER]);
    for rate in RATES {
        let mut wire = limited(rate, 0);
        wire.feed(POST.as_bytes());
        wire.serve(|connection, now, _| {
            // A socket that takes all of it has a longer queue, until there is a limit.
            while !connection.is_write_blocked() {
                connection.ongoing().write(now, piece.clone().into()).unwrap();
            }
        });
        let now = wire.now();
        wire.connection.ongoing().options().set_rate(rate).unwrap();
        assert!(!wire.connection.is_write_blocked());
        wire.connection.ongoing().write(&now, piece.clone().into()).unwrap();
        while wire.elapsed < SECOND * 10 {
            let (_, most) = write_on(&mut wire, &piece);
            // Four buffers, the piece that passes the mark, and the framing of each.
            assert!(most <= 5 * BUFFER + 1_024, "{rate}: {most}");
            let now = wire.now();
            while wire.connection.peek().wants_input() {
                let mut room = wire.connection.input_buffer();
                let count = room.remaining_mut();
                room.put_bytes(b'x', count);
                wire.connection.handle_input(&now);
                let held = wire.connection.inbound.buffered();
                assert!(held <= 4 * BUFFER, "{rate}: {held}");
                while let Ok(Decoded::Data(_)) =
                    wire.connection.ongoing().body().poll(&now, usize::MAX)
                {}
            }
            let next = wire.connection.poll_deadline().unwrap();
            let time = next.at.saturating_duration_since(wire.now().instant);
            wire.pass(time + Duration::from_millis(1));
        }
    }
}

#[test]
fn the_first_four_buffers_are_not_delayed() {
    let mut wire = limited(1_024, 1_024);
    wire.feed(POST.as_bytes());
    wire.serve(|connection, now, _| {
        connection.ongoing().write(now, Piece::Slice(&[b'x'; 65_000])).unwrap();
    });
    assert_eq!(wire.connection.peek().queued(), 0);
    wire.feed(&[b'x'; 65_000]);
    assert_eq!(cause(&wire), Some(Cause::Handler));
    wire.feed(&[b'x'; 600]);
    assert_eq!(cause(&wire), Some(Cause::UploadRate));
    let now = wire.now();
    wire.connection.ongoing().write(&now, Piece::Slice(&[b'x'; 600])).unwrap();
    wire.transmit();
    assert_eq!(cause(&wire), Some(Cause::DownloadRate));
}

#[test]
fn small_answers_at_less_than_the_rate_are_never_delayed() {
    let mut wire = limited(8_192, 8_192);
    for _ in 0..1_000 {
        wire.feed(GET);
        wire.say(&[End("hello")]);
        assert_eq!(wire.fate(), "kept");
        assert!(wire.written().ends_with("hello") && wire.connection.peek().wants_input());
        wire.pass(SECOND / 20);
    }
}

#[test]
fn a_peer_that_we_hold_back_is_not_cut() {
    // To work off the burst alone takes 64 s, more than any clock.
    let mut wire = limited(0, 1_024);
    wire.feed(GET);
    wire.serve(|connection, now, _| {
        connection.ongoing().end(now, Piece::Slice(&[b'x'; 66_000])).unwrap();
        connection.ongoing().handler_done(now);
    });
    wire.transmit();
    assert!(wire.connection.peek().queued() > 0);
    while wire.connection.peek().queued() > 0 {
        let next = wire.connection.poll_deadline().unwrap();
        assert!(matches!(next.cause, Cause::DownloadRate | Cause::KeepAlive), "{next:?}");
        let time = next.at - wire.now().instant;
        wire.pass(time);
        wire.transmit();
    }
    assert_eq!(wire.fate(), "kept");
    // Only now it is idle.
    wait(&mut wire, Cause::KeepAlive, Duration::ZERO);
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::KeepAliveTimeout));
}

#[test]
fn a_peer_that_takes_nothing_is_cut_although_its_rate_is_limited() {
    let mut wire = limited(0, 1_024);
    wire.feed(GET);
    wire.room = 0;
    wire.serve(|connection, now, _| Write("hello").to(connection, now).unwrap());
    wait(&mut wire, Cause::Write, Duration::ZERO);
    assert_eq!(wire.connection.peek().close_reason(), Some(CloseReason::WriteTimeout));
}

#[test]
fn a_body_that_we_do_not_read_has_not_stalled() {
    let mut wire = limited(1_024, 0);
    wire.feed(POST.as_bytes());
    wire.serve(|_, _, _| {});
    let now = wire.now();
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), Ok(Decoded::NeedInput));
    wire.feed(&[b'x'; 65_536]);
    while let Ok(Decoded::Data(_)) = wire.connection.ongoing().body().poll(&now, usize::MAX) {}
    assert!(!wire.connection.peek().wants_input());
    wait(&mut wire, Cause::UploadRate, Duration::ZERO);
    assert!(wire.elapsed > SECOND * 60 && wire.connection.peek().wants_input());
    // From here on the client is late.
    let now = wire.now();
    assert_eq!(wire.connection.ongoing().body().poll(&now, 9), Ok(Decoded::NeedInput));
    wait(&mut wire, Cause::Body, Duration::ZERO);
    assert!(wire.elapsed >= SECOND * 90);
}

#[test]
fn a_response_has_a_rate_of_its_own_and_the_next_one_has_not() {
    let mut wire = limited(0, 0);
    wire.feed(&GET.repeat(2));
    let mut first = true;
    let mut serve = |wire: &mut Wire| {
        wire.serve(|connection, now, _| {
            if std::mem::take(&mut first) {
                connection.ongoing().options().set_rate(16_384).unwrap();
            }
            connection.ongoing().end(now, Piece::Owned(vec![b'x'; 65_536 + 16_384])).unwrap();
            assert_eq!(
                connection.ongoing().options().set_rate(1),
                Err(Error::Misuse(crate::Misuse::ResponseEnded))
            );
            connection.ongoing().handler_done(now);
        });
    };
    serve(&mut wire);
    // The second request waits until the first answer has left at its rate.
    while wire.connection.peek().queued() > 0 {
        assert_eq!(wire.urls.len(), 1);
        wait(&mut wire, Cause::DownloadRate, Duration::ZERO);
        serve(&mut wire);
    }
    assert!((SECOND * 5..SECOND * 6).contains(&wire.elapsed), "{:?}", wire.elapsed);
    serve(&mut wire);
    assert_eq!((wire.urls.len(), wire.connection.peek().queued()), (2, 0));
}

#[test]
fn small_requests_are_read_at_once_whatever_the_rate() {
    for rate in RATES {
        let mut wire = limited(rate, 0);
        // Half of what is not delayed.
        for _ in 0..32_768 / GET.len() {
            assert!(wire.connection.peek().wants_input(), "at {rate} bytes per second");
            wire.feed(GET);
            wire.say(&[End("yes")]);
        }
    }
}
