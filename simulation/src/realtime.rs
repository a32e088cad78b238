//! Scripts with WebSockets and server-sent events, from seeds.

use crate::frame::{Frame, MALFORMED_FRAMES};
use crate::message::{Kind, Message, Request, Work};
use crate::random::Random;
use crate::scenario::{Encryption, Pace, Script, Step};
use crate::steps::{good_step, link};

pub(crate) fn script(random: &mut Random, begins: u64, behaves: bool) -> Script {
    let link = link(random, behaves);
    let mut steps = Vec::new();
    if random.chance(20) {
        steps.push(good_step(random));
    }
    if random.chance(30) {
        steps.push(send(events(random, behaves)));
        steps.push(if behaves { good_step(random) } else { bad_end(random) });
        return Script { begins, link, tls: Encryption::None, steps };
    }
    steps.push(send(handshake(random, behaves)));
    for _ in 0..random.below(8) {
        let is_good = behaves || random.chance(60);
        steps.push(if is_good { good_frame(random) } else { bad_frame(random) });
    }
    match random.below(4) {
        0 => steps.push(frame(Frame::Close(random.pick(&[0, 1_000, 1_001, 3_000, 4_999])))),
        1 if behaves => steps.extend([Step::Await, Step::HalfClose]),
        1 => steps.push(bad_end(random)),
        _ => {}
    }
    Script { begins, link, tls: Encryption::None, steps }
}

/// Sends frames behind the handshake, if there is one, without waiting for its response.
pub(crate) fn send_ahead(random: &mut Random, script: &mut Script) {
    let is_handshake = |step: &Step| step.request().is_some_and(|r| r.work.kind.is_socket());
    let Some(at) = script.steps.iter().position(is_handshake) else { return };
    let behaves = script.link.latency <= 50 && !script.is_slow();
    for _ in 0..1 + random.below(3) {
        let (frame, pace) = match good_frame(random) {
            _ if !behaves && random.chance(20) => (malformed(random), Pace::AT_ONCE),
            Step::Send(Message::Frame(frame), pace) => (frame, pace),
            _ => (Frame::Close(1_000), Pace::AT_ONCE),
        };
        script.steps.insert(at + 1, Step::SendAhead(frame, pace));
    }
}

fn malformed(random: &mut Random) -> Frame {
    Frame::Malformed(random.below(MALFORMED_FRAMES.len() as u32) as usize)
}

fn send(request: Request) -> Step {
    Step::Send(Message::Request(request), Pace::AT_ONCE)
}

fn frame(frame: Frame) -> Step {
    Step::Send(Message::Frame(frame), Pace::AT_ONCE)
}

fn handshake(random: &mut Random, behaves: bool) -> Request {
    let kind = if random.chance(75) { Kind::Socket } else { Kind::Push };
    Request { deflates: random.chance(50), ..request(random, kind, behaves) }
}

fn events(random: &mut Random, behaves: bool) -> Request {
    Request { is_old: random.chance(10), ..request(random, Kind::Events, behaves) }
}

fn request(random: &mut Random, kind: Kind, behaves: bool) -> Request {
    let longest = if behaves { 1_000 } else { 9_000 };
    let work = Work {
        kind,
        pieces: random.below(8),
        bytes: match random.below(10) {
            0 if kind != Kind::Events => random.below(60_000),
            _ => random.below(1_000),
        },
        wait: if random.chance(40) { random.below(longest) } else { 0 },
    };
    Request::get(work)
}

fn good_frame(random: &mut Random) -> Step {
    let pace = match random.below(3) {
        0 => Pace { piece: 16 + random.below(400) as usize, every: random.below(50).into() },
        _ => Pace::AT_ONCE,
    };
    let sent = match random.below(10) {
        0..6 => message(random),
        6 => Frame::Ping(random.below(126)),
        7 => Frame::Pong(random.below(126)),
        8 => return Step::Await,
        _ => return Step::Pause(random.below(1_000).into()),
    };
    Step::Send(Message::Frame(sent), pace)
}

fn message(random: &mut Random) -> Frame {
    let bytes = match random.below(10) {
        0 => random.below(70_000),
        1 => random.pick(&[0, 125, 126, 65_535, 65_536]),
        _ => random.below(1_000),
    };
    Frame::Message {
        is_text: random.chance(50),
        bytes,
        frames: if random.chance(40) { 1 + random.below(5) } else { 1 },
        is_compressed: random.chance(50),
    }
}

fn bad_frame(random: &mut Random) -> Step {
    let pace = Pace { piece: 1 + random.below(2_000) as usize, every: random.below(4_000).into() };
    let malformed = malformed(random);
    match random.below(10) {
        0..2 => frame(malformed),
        2 => Step::Send(Message::Frame(message(random)), pace),
        3 => Step::SendPart(Message::Frame(message(random)), random.below(300) as usize),
        // More than the limit.
        4 => {
            frame(Frame::Message { is_text: false, bytes: 99_000, frames: 60, is_compressed: true })
        }
        5 => Step::Pause(random.below(9_000).into()),
        6 => Step::Read(pace),
        7 => frame(Frame::Close(1_000)),
        _ => bad_end(random),
    }
}

fn bad_end(random: &mut Random) -> Step {
    match random.below(6) {
        0 => Step::StopReading,
        1 => Step::HalfClose,
        2 => Step::Reset,
        3 => Step::Close,
        4 => Step::Pause(random.below(9_000).into()),
        _ => Step::Await,
    }
}
