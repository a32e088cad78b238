//! The parts of scripts that all kinds of peers have: links, requests, and steps of peers that behave.

use crate::message::{Body, Kind, Message, Request, Work};
use crate::random::Random;
use crate::scenario::{Link, Pace, Step};

pub(crate) fn link(random: &mut Random, behaves: bool) -> Link {
    Link {
        latency: if behaves { random.below(50) } else { random.below(1_200) }.into(),
        // Few, because a conversation over such a connection takes as long as many others.
        room: if random.chance(5) { 200 } else { random.pick(&[2_000, 30_000, 200_000]) },
        most: if random.chance(3) { 7 } else { random.pick(&[1 << 20, 1 << 20, 9_000, 700]) },
        interrupts: random.pick(&[0, 0, 0, 2, 5]),
    }
}

pub(crate) fn good_step(random: &mut Random) -> Step {
    match random.below(10) {
        0..7 => {
            let kinds = [Kind::Whole, Kind::Whole, Kind::Stream, Kind::Echo, Kind::Later];
            let request = request(random, &kinds, 1_000);
            let pace = match random.below(3) {
                0 => {
                    Pace { piece: 16 + random.below(400) as usize, every: random.below(50).into() }
                }
                _ => Pace::AT_ONCE,
            };
            Step::Send(Message::Request(request), pace)
        }
        7..9 => Step::Await,
        _ => Step::Pause(random.below(1_000).into()),
    }
}

pub(crate) fn request(random: &mut Random, kinds: &[Kind], longest_wait: u32) -> Request {
    let kind = random.pick(kinds);
    let work = Work {
        kind,
        pieces: random.below(6),
        bytes: match random.below(4) {
            0 => random.below(60_000),
            _ => random.below(1_000),
        },
        wait: if random.chance(30) { random.below(longest_wait) } else { 0 },
    };
    let is_old = random.chance(10);
    let is_head = random.chance(10);
    let body = match random.below(6) {
        _ if is_head => Body::None,
        0 => Body::Length(random.below(1_900)),
        1 => Body::Length(random.pick(&[0, 5_000, 60_000])),
        2 if !is_old => Body::Chunked(random.below(6), 1 + random.below(300)),
        3 if !is_old => Body::Chunked(random.below(20), 1 + random.below(6_000)),
        _ => Body::None,
    };
    let expects = !is_old && body != Body::None && random.chance(20);
    let closes = random.chance(10);
    Request { work, body, is_old, is_head, closes, expects, deflates: false }
}
