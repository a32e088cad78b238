//! A broadcast over Redis: what it sends, what subscribers get, and what happens when the connection
//! is lost, or Redis is something else.

mod fake_redis;

use std::time::Duration;

use bytes::Bytes;
use tokio::runtime;
use tremolo::broadcast::{RedisMessage, SlowSubscribers, Subscription};
use tremolo::{Broadcast, Error, Redis};
use tremolo_tests::TIMEOUT;

use self::fake_redis::FakeRedis;

/// A broadcast of texts whose notice is `interrupted`.
fn room(redis: &FakeRedis, capacity: usize) -> Broadcast<String> {
    over(capacity, Redis::new(redis.url(), "chat"))
}

fn over(capacity: usize, redis: Redis<String>) -> Broadcast<String> {
    Broadcast::over_redis(capacity, redis.max_payload(20).notice(|| "interrupted")).unwrap()
}

fn send<T>(room: &Broadcast<T>, message: impl Into<T>) -> usize {
    room.try_send(message).ok().unwrap()
}

fn next<T: Clone>(subscription: &mut Subscription<T>) -> Option<T> {
    let runtime = runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async { tokio::time::timeout(TIMEOUT, subscription.next()).await.unwrap() })
}

fn texts(subscription: &mut Subscription<String>, count: usize) -> Vec<String> {
    (0..count).map(|_| next(subscription).unwrap()).collect()
}

#[test]
fn messages_come_in_the_order_of_redis() {
    let redis = FakeRedis::new();
    let room = room(&redis, 8);
    let mut peer = redis.accept_subscriber();
    let mut messages = room.subscribe();
    assert_eq!([send(&room, "own"), send(&room, "second")], [1, 1]);
    assert_eq!([peer.published(), peer.published()], ["own", "second"]);
    peer.message("foreign");
    peer.send(":1\r\n:1\r\n");
    peer.message("own");
    // Another channel, another event, and a reply that is an error.
    peer.send(">3\r\n+message\r\n+other\r\n+no\r\n>2\r\n+invalidate\r\n_\r\n");
    peer.message("second");
    assert_eq!(texts(&mut messages, 3), ["foreign", "own", "second"]);
    send(&room, "refused");
    peer.published();
    peer.send("-NOPERM no\r\n");
    send(&room, "third");
    assert_eq!(peer.published(), "third");
    peer.message("third");
    assert_eq!((next(&mut messages).unwrap().as_str(), messages.interruptions()), ("third", 0));
}

#[derive(Clone, Debug, PartialEq)]
struct Framed(&'static str);

impl RedisMessage for Framed {
    fn to_payload(&self) -> Bytes {
        Bytes::from_static(self.0.as_bytes())
    }

    fn from_payload(payload: &Bytes) -> Option<Self> {
        assert_ne!(payload, "panic");
        (payload == "foreign").then_some(Self("made from bytes"))
    }
}

#[test]
fn an_own_message_is_not_made_again_from_its_bytes() {
    let redis = FakeRedis::new();
    let room = Broadcast::<Framed>::over_redis(8, Redis::new(redis.url(), "chat")).unwrap();
    let mut peer = redis.accept_subscriber();
    let mut messages = room.subscribe();
    send(&room, Framed("own"));
    assert_eq!(peer.published(), "own");
    for text in ["panic", "unreadable", "foreign", "own"] {
        peer.message(text);
    }
    assert_eq!(next(&mut messages), Some(Framed("made from bytes")));
    assert_eq!(next(&mut messages), Some(Framed("own")));
}

#[test]
fn subscribers_are_notified_when_a_lost_connection_is_there_again() {
    let redis = FakeRedis::new();
    let room = room(&redis, 8);
    let mut messages = room.subscribe();
    drop(redis.accept_subscriber());
    // It does not come back by accident: the first attempt fails too.
    drop(redis.accept());
    let mut peer = redis.accept();
    send(&room, "meanwhile");
    assert_eq!(peer.command(), ["HELLO", "3"]);
    peer.subscribe();
    assert_eq!(peer.published(), "meanwhile");
    peer.message("meanwhile");
    assert_eq!(texts(&mut messages, 2), ["interrupted", "meanwhile"]);
    assert_eq!((messages.interruptions(), room.subscribe().interruptions()), (1, 0));
}

#[test]
fn while_redis_is_away_the_oldest_messages_give_way() {
    let redis = FakeRedis::new();
    let room = room(&redis, 2);
    for message in ["a", "b", "c"] {
        assert_eq!(send(&room, message), 0);
    }
    let mut peer = redis.accept_subscriber();
    assert_eq!([peer.published(), peer.published()], ["b", "c"]);
}

#[test]
fn while_redis_is_away_a_sender_can_wait() {
    let redis = FakeRedis::new();
    let room = room(&redis, 1).slow_subscribers(SlowSubscribers::Wait);
    send(&room, "a");
    assert_eq!(room.try_send("b"), Err("b".to_owned()));
    let waiting = room.clone();
    let sender = std::thread::spawn(move || {
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(waiting.send("c"))
    });
    let mut peer = redis.accept_subscriber();
    assert_eq!([peer.published(), peer.published()], ["a", "c"]);
    assert_eq!(sender.join().unwrap(), 0);
}

#[test]
fn a_message_that_is_too_long_is_refused_in_both_directions() {
    let redis = FakeRedis::new();
    let room = room(&redis, 8);
    let mut peer = redis.accept_subscriber();
    let mut messages = room.subscribe();
    let (longest, long) = ("x".repeat(20), "x".repeat(21));
    assert_eq!([send(&room, long.as_str()), send(&room, longest.as_str())], [0, 1]);
    assert_eq!(peer.published(), longest);
    peer.message(&long);
    peer.message(&longest);
    assert_eq!(texts(&mut messages, 2), ["interrupted", longest.as_str()]);
    assert_eq!(messages.interruptions(), 1);
}

#[test]
fn a_server_that_is_not_redis_is_left_and_tried_again() {
    let redis = FakeRedis::new();
    let room = room(&redis, 8);
    let mut messages = room.subscribe();
    let refusals: &[&[u8]] = &[
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"-ERR unknown command 'HELLO'\r\n",
        b"$9223372036854775807\r\n",
        b"+OK\r\n",
    ];
    for refusal in refusals {
        let mut peer = redis.accept();
        peer.command();
        peer.send(refusal);
        if refusal[0] != b'$' {
            // It does not send anything after its first two commands.
            peer.command();
            assert!(peer.command().is_empty());
        }
    }
    // A reply without a command, and a list that is too deep.
    for fault in [":1\r\n".to_owned(), "*1\r\n".repeat(1_000)] {
        let mut peer = redis.accept_subscriber();
        assert_eq!(next(&mut messages).unwrap(), "interrupted");
        peer.send(fault);
        assert!(peer.command().is_empty());
    }
}

#[test]
fn a_silent_connection_is_tested_and_left() {
    let redis = FakeRedis::new();
    let timeout = Duration::from_millis(20);
    let room = over(8, Redis::new(redis.url(), "chat").idle_timeout(timeout));
    let mut peer = redis.accept_subscriber();
    assert_eq!(peer.command(), ["PING"]);
    assert!(peer.command().is_empty());
    redis.accept_subscriber();
    drop(room);
}

#[test]
fn it_logs_in() {
    let redis = FakeRedis::new();
    let url = redis.url().replace("redis://", "redis://me:p%20w@");
    let room = over(8, Redis::new(url, "chat"));
    let mut peer = redis.accept();
    assert_eq!(peer.command(), ["HELLO", "3", "AUTH", "me", "p w"]);
    peer.subscribe();
    drop(room);
}

#[test]
fn the_last_handle_closes_the_connection_after_the_last_message() {
    let redis = FakeRedis::new();
    let room = room(&redis, 8);
    let (local, clone) = (room.local(), room.clone());
    let mut messages = local.subscribe();
    assert_eq!(send(&local, "here"), 1);
    send(&room, "everywhere");
    drop((room, clone));
    let mut peer = redis.accept_subscriber();
    assert_eq!(peer.published(), "everywhere");
    assert!(peer.command().is_empty());
    assert_eq!(next(&mut messages).unwrap(), "here");
    drop(local);
    assert_eq!(next(&mut messages), None);
}

#[test]
fn a_url_that_is_wrong_is_an_error_at_the_start() {
    let redis = Redis::<String>::new("redis://me:secret@host:port", "chat");
    assert!(!format!("{redis:?}").contains("secret"));
    let error = Broadcast::over_redis(8, redis).unwrap_err();
    assert!(matches!(error, Error::InvalidRedisUrl(_)), "{error}");
    assert!(!error.to_string().contains("secret"));
}
