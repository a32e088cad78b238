//! Scenarios from seeds. Each seed also draws how likely each kind of trouble is, so that some
//! servers have only peers that behave, and others hardly any.

use tremolo_core::HalfClose;

use crate::message::{Body, Kind, MALFORMED, Message, Request, Work};
use crate::random::Random;
use crate::scenario::{Limits, Link, Pace, Scenario, Script, Step};

impl Scenario {
    /// The scenario of a seed, with so many peers.
    #[must_use]
    pub fn of_seed(seed: u64, peers: usize) -> Self {
        let mut random = Random::new(seed);
        let is_calm = random.chance(40);
        let limits = limits(&mut random, peers, is_calm);
        let trouble = random.pick(&[0, 10, 30, 60, 90]);
        let time = random.pick(&[1, 2_000, 20_000]);
        let mut scripts = Vec::with_capacity(peers);
        for _ in 0..peers {
            let begins = u64::from(random.below(time));
            let behaves = !random.chance(trouble);
            scripts.push(script(&mut random, begins, behaves));
        }
        let pause = random.chance(20).then(|| {
            let most = if is_calm { 1_500 } else { 12_000 };
            (random.below(time + 3_000).into(), random.below(most).into())
        });
        let drain_at = (!is_calm && random.chance(50)).then(|| random.below(time + 8_000).into());
        Self { limits, peers: scripts, pause, drain_at }
    }
}

fn limits(random: &mut Random, peers: usize, is_calm: bool) -> Limits {
    let few = |random: &mut Random| 1 + random.below(8) as usize;
    Limits {
        buffer: random.pick(&[1_024, 4_096, 16_384]),
        body: random.pick(&[2_000, 100_000]),
        discard: random.pick(&[0, 1_000, 50_000]),
        connections: if random.chance(40) { few(random) } else { peers + 1 },
        concurrency: if !is_calm && random.chance(40) { few(random) } else { 0 },
        idle: if !is_calm && random.chance(40) { few(random) } else { peers + 1 },
        request: if !is_calm && random.chance(20) { 4_000 } else { 0 },
        upload: if !is_calm && random.chance(15) { 5_000 } else { 0 },
        download: if !is_calm && random.chance(15) { 5_000 } else { 0 },
        half_close: random.pick(&[
            HalfClose::Grace,
            HalfClose::Grace,
            HalfClose::Allow,
            HalfClose::Close,
        ]),
    }
}

fn script(random: &mut Random, begins: u64, behaves: bool) -> Script {
    let link = Link {
        latency: if behaves { random.below(50) } else { random.below(1_200) }.into(),
        // Few, because a conversation over such a connection takes as long as many others.
        room: if random.chance(5) { 200 } else { random.pick(&[2_000, 30_000, 200_000]) },
        most: if random.chance(3) { 7 } else { random.pick(&[1 << 20, 1 << 20, 9_000, 700]) },
        interrupts: random.pick(&[0, 0, 0, 2, 5]),
    };
    let mut steps = Vec::new();
    for _ in 0..1 + random.below(4) {
        steps.push(if behaves { good_step(random) } else { bad_step(random) });
    }
    if behaves && random.chance(30) {
        steps.extend([Step::Await, Step::HalfClose]);
    }
    Script { begins, link, steps }
}

fn good_step(random: &mut Random) -> Step {
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

fn bad_step(random: &mut Random) -> Step {
    const KINDS: [Kind; 7] =
        [Kind::Whole, Kind::Stream, Kind::Echo, Kind::Never, Kind::Fail, Kind::Quiet, Kind::Later];
    let pace = Pace { piece: 1 + random.below(2_000) as usize, every: random.below(4_000).into() };
    match random.below(20) {
        0..4 => good_step(random),
        4..8 => Step::Send(Message::Request(request(random, &KINDS, 12_000)), Pace::AT_ONCE),
        8..10 => Step::Send(Message::Request(request(random, &KINDS, 3_000)), pace),
        10..12 => {
            let request = Message::Request(request(random, &KINDS, 1_000));
            Step::SendPart(request, random.below(300) as usize)
        }
        12..14 => Step::Send(
            Message::Malformed(random.below(MALFORMED.len() as u32) as usize),
            Pace::AT_ONCE,
        ),
        14 => Step::Pause(random.below(9_000).into()),
        15 => Step::Read(pace),
        16 => Step::StopReading,
        17 => Step::HalfClose,
        18 => Step::Reset,
        _ => Step::Close,
    }
}

fn request(random: &mut Random, kinds: &[Kind], longest_wait: u32) -> Request {
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
    Request { work, body, is_old, is_head, closes: random.chance(10), expects }
}
