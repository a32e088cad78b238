//! The same conversation at every split leads to the same messages, output and end.

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;

use super::client::{CLOSE, DEFLATE, FIN, PING, PLAIN, PONG, Peer, RSV1, TAKEOVER, frame};
use crate::websocket::deflate::DeflateParams;
use crate::websocket::{Delivery, Message, Violation};

/// One step of a client.
#[derive(Clone, Debug)]
enum Step {
    /// A message in fragments with control frames between them.
    Message {
        opcode: u8,
        is_compressed: bool,
        fragments: Vec<Vec<u8>>,
        ping: bool,
    },
    /// Any frame, valid or not.
    Frame(u8, Vec<u8>),
    Raw(Vec<u8>),
}

fn payload() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => "\\PC{0,20}".prop_map(String::into_bytes),
        2 => (0_usize..9_000).prop_map(|length| b"text ".repeat(length / 5)),
        1 => prop::collection::vec(any::<u8>(), 0..140),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let message = (1_u8..3, any::<bool>(), prop::collection::vec(payload(), 1..4), any::<bool>());
    let first = prop_oneof![Just(FIN | PING), Just(FIN | PONG), Just(FIN | CLOSE), any::<u8>()];
    prop_oneof![
        12 => message.prop_map(|(opcode, is_compressed, fragments, ping)| {
            Step::Message { opcode, is_compressed, fragments, ping }
        }),
        3 => (first, payload()).prop_map(|(first, payload)| Step::Frame(first, payload)),
        1 => prop::collection::vec(any::<u8>(), 0..20).prop_map(Step::Raw),
    ]
}

fn bytes(steps: &[Step], params: Option<DeflateParams>) -> Vec<u8> {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut wire = Vec::new();
    for step in steps {
        match step {
            Step::Message { opcode, is_compressed, fragments, ping } => {
                let is_compressed = *is_compressed && params.is_some();
                let mut fragments = fragments.clone();
                if is_compressed {
                    if params == DEFLATE {
                        compress.reset();
                    }
                    fragments = compressed(&mut compress, &fragments);
                }
                for (at, fragment) in fragments.iter().enumerate() {
                    let opcode = if at == 0 { *opcode } else { 0 };
                    let fin = if at + 1 == fragments.len() { FIN } else { 0 };
                    let rsv = if at == 0 && is_compressed { RSV1 } else { 0 };
                    wire.extend(frame(fin | rsv | opcode, fragment));
                    if *ping {
                        wire.extend(frame(FIN | PING, &[at as u8]));
                    }
                }
            }
            Step::Frame(first, payload) => wire.extend(frame(*first, payload)),
            Step::Raw(bytes) => wire.extend_from_slice(bytes),
        }
    }
    wire
}

/// The message in as many fragments, cut anywhere in its compressed form.
fn compressed(compress: &mut Compress, fragments: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let message = fragments.concat();
    let mut out = Vec::with_capacity(message.len() + 1_024);
    compress.compress_vec(&message, &mut out, FlushCompress::Sync).unwrap();
    out.truncate(out.len().saturating_sub(4));
    let size = out.len() / fragments.len() + 1;
    let mut cut: Vec<_> = out.chunks(size).map(<[u8]>::to_vec).collect();
    cut.resize(fragments.len(), Vec::new());
    cut
}

type Outcome = (Vec<Message>, Vec<u8>, Option<Violation>, u16, bool);

fn run(params: Option<DeflateParams>, delivery: Delivery, pieces: &[&[u8]]) -> Outcome {
    let mut peer = Peer::with(params, |options| options.max_message_size = 20_000);
    peer.session.set_delivery(delivery);
    for piece in pieces {
        peer.feed(piece);
    }
    let session = &peer.session;
    let (violation, code) = (session.violation(), session.close_code().get());
    let is_closed = session.is_closed();
    (peer.messages, peer.wire, violation, code, is_closed)
}

proptest! {
    #[test]
    fn splits_change_nothing(
        steps in prop::collection::vec(step(), 1..6),
        params in prop_oneof![Just(PLAIN), Just(DEFLATE), Just(TAKEOVER)],
        delivery in prop_oneof![Just(Delivery::Messages), Just(Delivery::Fragments)],
        sizes in prop::collection::vec(prop_oneof![1_usize..20, 1_usize..5_000], 1..30),
    ) {
        let wire = bytes(&steps, params);
        let mut rest = &wire[..];
        let mut pieces = Vec::new();
        for size in sizes.iter().cycle().take(3_000) {
            let (piece, after) = rest.split_at((*size).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        let whole = run(params, delivery, &[&wire]);
        prop_assert_eq!(run(params, delivery, &pieces), whole);
    }

    /// What was compressed arrives, whatever it is.
    #[test]
    fn valid_messages_arrive(
        messages in prop::collection::vec(prop::collection::vec(payload(), 1..4), 1..5),
        params in prop_oneof![Just(PLAIN), Just(DEFLATE), Just(TAKEOVER)],
        is_compressed: bool,
    ) {
        let steps: Vec<Step> = messages
            .iter()
            .map(|fragments| Step::Message {
                opcode: 2,
                is_compressed: is_compressed && !fragments.concat().is_empty(),
                fragments: fragments.clone(),
                ping: true,
            })
            .collect();
        let mut peer = Peer::new(params);
        peer.feed(&bytes(&steps, params));
        prop_assert_eq!(peer.session.violation(), None);
        let messages: Vec<Vec<u8>> = messages.iter().map(|message| message.concat()).collect();
        prop_assert_eq!(peer.payloads(), messages);
    }
}
