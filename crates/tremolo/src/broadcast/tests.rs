//! Policies, bounds, and wake-ups of a broadcast.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_core::Stream;

use super::*;

fn poll<T: Clone>(subscription: &mut Subscription<T>) -> Poll<Option<T>> {
    Pin::new(subscription).poll_next(&mut Context::from_waker(Waker::noop()))
}

fn queued<T>(broadcast: &Broadcast<T>) -> usize {
    broadcast.shared.lock().queue.len()
}

#[test]
fn each_subscriber_gets_what_is_sent_after_it_has_subscribed() {
    let broadcast = Broadcast::<u32>::new(8);
    assert_eq!(broadcast.try_send(0_u32), Ok(0));
    let mut first = broadcast.subscribe();
    assert_eq!(broadcast.try_send(1_u32), Ok(1));
    let mut second = broadcast.subscribe();
    assert_eq!(broadcast.try_send(2_u32), Ok(2));
    assert_eq!([poll(&mut first), poll(&mut first)], [Poll::Ready(Some(1)), Poll::Ready(Some(2))]);
    assert_eq!(poll(&mut second), Poll::Ready(Some(2)));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
}

#[test]
fn a_message_is_kept_until_all_have_read_it_or_have_left() {
    let broadcast = Broadcast::<Arc<str>>::new(8);
    let (mut reads, leaves) = (broadcast.subscribe(), broadcast.subscribe());
    let message: Arc<str> = "x".into();
    assert_eq!(broadcast.try_send(Arc::clone(&message)), Ok(2));
    assert!(poll(&mut reads).is_ready());
    assert_eq!((queued(&broadcast), Arc::strong_count(&message)), (1, 2));
    drop(leaves);
    assert_eq!((queued(&broadcast), Arc::strong_count(&message)), (0, 1));
}

#[test]
fn a_slow_subscriber_misses_the_oldest_messages() {
    let broadcast = Broadcast::<u32>::new(2);
    let (mut slow, mut quick) = (broadcast.subscribe(), broadcast.subscribe());
    for number in 0..5_u32 {
        assert_eq!(broadcast.try_send(number), Ok(2));
        assert_eq!(poll(&mut quick), Poll::Ready(Some(number)));
    }
    assert_eq!(queued(&broadcast), 2);
    assert_eq!((slow.missed(), quick.missed(), slow.is_cut()), (3, 0, false));
    assert_eq!([poll(&mut slow), poll(&mut slow)], [Poll::Ready(Some(3)), Poll::Ready(Some(4))]);
}

#[test]
fn a_slow_subscriber_is_cut_and_its_messages_are_dropped() {
    let broadcast = Broadcast::<u32>::new(2).slow_subscribers(SlowSubscribers::Close);
    let (mut slow, mut quick) = (broadcast.subscribe(), broadcast.subscribe());
    let (count, waker) = waker();
    assert!(slow.poll_cut(&Context::from_waker(&waker)).is_pending());
    for (number, readers) in [(0_u32, 2), (1, 2), (2, 1), (3, 1)] {
        assert_eq!(broadcast.try_send(number), Ok(readers));
        assert_eq!(poll(&mut quick), Poll::Ready(Some(number)));
    }
    assert_eq!((queued(&broadcast), count.0.load(Ordering::SeqCst)), (0, 1));
    assert!(slow.is_cut() && !quick.is_cut());
    assert!(slow.poll_cut(&Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(poll(&mut slow), Poll::Ready(None));
    drop(slow);
    assert_eq!(broadcast.try_send(4_u32), Ok(1));
    assert_eq!(poll(&mut quick), Poll::Ready(Some(4)));
}

#[test]
fn a_sender_waits_for_a_slow_subscriber_or_for_its_end() {
    let broadcast = Broadcast::<u32>::new(1).slow_subscribers(SlowSubscribers::Wait);
    let mut slow = broadcast.subscribe();
    assert_eq!(broadcast.try_send(1_u32), Ok(1));
    assert_eq!(broadcast.try_send(2_u32), Err(2));
    let (count, waker) = waker();
    let mut cx = Context::from_waker(&waker);
    let mut send = pin!(broadcast.send(2_u32));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    assert_eq!(poll(&mut slow), Poll::Ready(Some(1)));
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(1));
    let mut send = pin!(broadcast.send(3_u32));
    assert!(send.as_mut().poll(&mut cx).is_pending());
    drop(slow);
    assert_eq!(count.0.load(Ordering::SeqCst), 2);
    assert_eq!(send.as_mut().poll(&mut cx), Poll::Ready(0));
}

#[test]
fn a_reader_is_woken_by_a_message_and_by_the_end_of_all_senders() {
    let broadcast = Broadcast::<u32>::new(1);
    let mut subscription = broadcast.subscribe();
    let (count, waker) = waker();
    let mut cx = Context::from_waker(&waker);
    assert!(Pin::new(&mut subscription).poll_next(&mut cx).is_pending());
    let clone = broadcast.clone();
    drop(broadcast);
    assert_eq!(clone.try_send(7_u32), Ok(1));
    assert_eq!(count.0.load(Ordering::SeqCst), 1);
    assert_eq!(Pin::new(&mut subscription).poll_next(&mut cx), Poll::Ready(Some(7)));
    assert!(Pin::new(&mut subscription).poll_next(&mut cx).is_pending());
    drop(clone);
    assert_eq!(count.0.load(Ordering::SeqCst), 2);
    assert_eq!(Pin::new(&mut subscription).poll_next(&mut cx), Poll::Ready(None));
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn waker() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (Arc::clone(&count), count.into())
}
