//! Broadcasts to sockets of all workers, and clients that are too slow for them.

use tremolo::broadcast::SlowSubscribers;
use tremolo::websocket::PreparedMessage;
use tremolo::{Application, Broadcast, Config, HttpError, WebSocket};
use tremolo_tests::frames::{Frame, RSV1, Socket, handshake, opcode};
use tremolo_tests::wait_until;

use super::{connect, open, start};

type Room = Broadcast<PreparedMessage>;

/// Sends the messages of a room to each socket.
fn listening(room: &Room) -> Application {
    let room = room.clone();
    Application::new()
        .route("/", async move |socket: WebSocket| socket.forward(room.subscribe()).await)
}

#[test]
fn a_broadcast_reaches_the_sockets_of_all_workers_in_order() {
    let room = Room::new(64);
    let config = Config { worker_num: 2, ..Config::default() };
    let server = start(listening(&room).config(config));
    let mut sockets: Vec<_> = (0..8).map(|_| open(&server)).collect();
    wait_until("all have subscribed", || room.subscribers() == 8);
    for number in 0..50 {
        assert_eq!(room.try_send(format!("message {number}")).unwrap(), 8);
    }
    for socket in &mut sockets {
        for number in 0..50 {
            assert_eq!(socket.read_text(), format!("message {number}"));
        }
    }
    drop(sockets);
    wait_until("all have left", || room.subscribers() == 0);
}

#[test]
fn a_prepared_message_is_compressed_only_for_clients_that_offer_it() {
    let room = Room::new(8);
    let server = start(listening(&room));
    let offer = "Sec-WebSocket-Extensions: permessage-deflate";
    let mut plain = open(&server);
    let mut compressed = Socket::open_with(connect(&server), &handshake("/").field(offer));
    wait_until("both have subscribed", || room.subscribers() == 2);
    let text = "again and ".repeat(1_000);
    room.try_send(&*text).unwrap();
    assert_eq!(plain.read(), Frame::new(opcode::TEXT, &text));
    let frame = compressed.read();
    assert_eq!(frame.first & RSV1, RSV1);
    assert!(frame.payload.len() < 200, "{}", frame.payload.len());
}

#[test]
fn a_client_that_is_too_slow_is_closed_and_others_are_not_delayed() {
    let room = Room::new(4).slow_subscribers(SlowSubscribers::Close);
    let server = start(listening(&room));
    let (mut slow, mut quick) = (open(&server), open(&server));
    wait_until("both have subscribed", || room.subscribers() == 2);
    let piece = vec![0; 256 << 10];
    // The queues of the system take some of it.
    let mut sent = 0;
    while room.try_send(&*piece).unwrap() == 2 {
        assert_eq!(quick.read().payload.len(), piece.len());
        sent += 1;
        assert!(sent < 1_000, "a client that reads nothing keeps up");
    }
    assert_eq!(quick.read().payload.len(), piece.len());
    // The slow one gets what was queued for it, and then the code.
    assert_eq!(slow.read_close(), Some(1008));
    room.try_send("on").unwrap();
    assert_eq!(quick.read_text(), "on");
}

#[test]
fn the_end_of_the_broadcast_or_of_the_client_ends_the_handler() {
    let room = Room::new(4);
    let application = Application::new().route("/", {
        let room = room.clone();
        async move |mut socket: WebSocket| {
            let sender = socket.sender();
            let received = async { socket.next().await.transpose() };
            tokio::select! {
                sent = sender.forward(room.subscribe()) => sent?,
                received = received => assert!(received?.is_none()),
            }
            Ok::<_, HttpError>(())
        }
    });
    let server = start(application);
    let socket = open(&server);
    wait_until("it has subscribed", || room.subscribers() == 1);
    socket.close(1000);
    wait_until("it has left", || room.subscribers() == 0);
}
