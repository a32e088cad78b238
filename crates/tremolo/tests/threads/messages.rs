//! WebSockets whose halves are on several threads, and broadcasts from many threads.

use std::thread;

use tokio::runtime::Builder;
use tokio::sync::mpsc::channel;
use tremolo::broadcast::SlowSubscribers;
use tremolo::testing::{TestClient, block_on};
use tremolo::websocket::PreparedMessage;
use tremolo::{Application, Broadcast, HttpError, LeaveOpen, Message, State, WebSocket};

use super::together;

#[test]
fn halves_of_a_websocket_are_used_on_several_threads() {
    let runtime = Builder::new_multi_thread().worker_threads(THREADS).build().unwrap();
    let handle = runtime.handle().clone();
    let echo = async move |socket: WebSocket| {
        let (sender, mut receiver) = socket.split();
        let (queue, mut queued) = channel::<Message>(1);
        handle.spawn(async move {
            while let Some(Ok(message)) = receiver.next().await {
                if queue.send(message).await.is_err() {
                    break;
                }
            }
        });
        handle.spawn(async move {
            while let Some(message) = queued.recv().await {
                if sender.send(message).await.is_err() {
                    break;
                }
            }
        });
        LeaveOpen
    };
    let client = TestClient::new(Application::new().route("/", echo));
    together(THREADS, |_| {
        block_on(async {
            let mut socket = client.websocket("/").connect().await;
            for number in 0..MESSAGES {
                let text = number.to_string().repeat(1 + number * 20);
                socket.send(text.as_str()).await;
                assert_eq!(socket.next().await, Some(text.into()));
            }
        });
    });
}

type Room = Broadcast<PreparedMessage>;

/// The senders wait for the subscribers, so that each of them gets each message.
#[test]
fn a_broadcast_reaches_all_websockets_from_all_threads() {
    let room = Room::new(4).slow_subscribers(SlowSubscribers::Wait);
    let chat = async |socket: WebSocket, State(room): State<Room>| {
        let messages = room.subscribe();
        socket.send("subscribed").await?;
        Ok::<_, HttpError>(socket.sender().forward(messages).await?)
    };
    let client = TestClient::new(Application::new().state(room.clone()).route("/", chat));
    thread::scope(|scope| {
        let sockets: Vec<_> = (0..THREADS)
            .map(|_| {
                block_on(async {
                    let mut socket = client.websocket("/").connect().await;
                    assert_eq!(socket.next().await, Some("subscribed".into()));
                    socket
                })
            })
            .collect();
        for mut socket in sockets {
            scope.spawn(move || {
                let next = || block_on(socket.next()).unwrap().as_text().unwrap().to_owned();
                expect_each_in_order(next);
            });
        }
        send_from_threads(&room);
    });
}

#[test]
fn subscribers_on_threads_get_what_other_threads_send() {
    let room = Broadcast::<String>::new(1).slow_subscribers(SlowSubscribers::Wait);
    thread::scope(|scope| {
        for mut messages in [(); THREADS].map(|()| room.subscribe()) {
            scope.spawn(move || expect_each_in_order(|| block_on(messages.next()).unwrap()));
        }
        send_from_threads(&room);
    });
}

fn send_from_threads<T: From<String> + Send + Sync>(room: &Broadcast<T>) {
    together(THREADS, |thread| {
        for number in 0..MESSAGES {
            block_on(room.send(format!("{thread} {number}")));
        }
    });
}

/// All messages of all threads: those of one thread in their order.
fn expect_each_in_order(mut next: impl FnMut() -> String) {
    let mut seen = [0; THREADS];
    for _ in 0..THREADS * MESSAGES {
        let message = next();
        let (thread, number) = message.split_once(' ').unwrap();
        let seen = &mut seen[thread.parse::<usize>().unwrap()];
        assert_eq!(number.parse(), Ok(*seen));
        *seen += 1;
    }
}

const THREADS: usize = 4;

const MESSAGES: usize = 40;
