//! Scenarios from seeds. Each seed also draws how likely each kind of trouble is, so that some
//! servers have only peers that behave, and others hardly any.

use tremolo_core::HalfClose;

use crate::message::{Kind, MALFORMED, Message};
use crate::random::Random;
use crate::realtime;
use crate::scenario::{Encryption, Limits, Pace, Scenario, Script, Step};
use crate::steps::{good_step, link, request};
use crate::tunnel::JUNK;

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
        // Other numbers, so that what is added here changes no script of an older kind.
        let mut more = Random::new(!seed);
        let share = more.pick(&[0, 0, 15, 40, 90]);
        for _ in 0..peers {
            let begins = u64::from(random.below(time));
            let behaves = !random.chance(trouble);
            let script = script(&mut random, begins, behaves);
            let is_realtime = more.chance(share);
            scripts.push(match is_realtime {
                true => realtime::script(&mut more, begins, behaves),
                false => script,
            });
        }
        let pause = random.chance(20).then(|| {
            let most = if is_calm { 1_500 } else { 12_000 };
            (random.below(time + 3_000).into(), random.below(most).into())
        });
        let drain_at = (!is_calm && random.chance(50)).then(|| random.below(time + 8_000).into());
        let mut secret = Random::new(seed.rotate_left(32));
        // A handshake takes as long as hundreds of requests.
        let share = if peers > 20 { 1 } else { secret.pick(&[0, 0, 0, 0, 0, 0, 0, 30]) };
        for script in &mut scripts {
            if secret.chance(share) {
                encrypt(&mut secret, script);
            }
        }
        let mut ahead = Random::new(seed.rotate_left(16));
        let share = ahead.pick(&[0, 0, 0, 50]);
        for script in &mut scripts {
            if ahead.chance(share) {
                realtime::send_ahead(&mut ahead, script);
            }
        }
        let freeze = more.chance(15).then(|| suspension(&mut more, time, is_calm));
        let walls = (0..more.pick(&[0, 0, 0, 1, 3])).map(|_| {
            let seconds = more.pick(&[-1_000_000_000, -86_400, -3, 2, 3_600, 5_000_000_000]);
            (more.below(time + 5_000).into(), seconds)
        });
        let mut walls: Vec<_> = walls.collect();
        walls.sort_unstable();
        let limits = Limits { takeover: more.chance(50), ..limits };
        Self { limits, peers: scripts, pause, freeze, walls, drain_at }
    }
}

/// Encrypts a connection. Of some that behave not, the session ends in another way.
fn encrypt(random: &mut Random, script: &mut Script) {
    // Nothing of a record can be read before all of it has come.
    script.link.room = script.link.room.max(30_000);
    script.tls = random.pick(&[Encryption::Old, Encryption::New, Encryption::New]);
    if random.chance(40) {
        let at = random.below(1 + script.steps.len() as u32) as usize;
        let step = match random.below(3) {
            0 => Step::Notify,
            1 => Step::Truncate,
            _ => Step::Junk(random.below(JUNK.len() as u32) as usize),
        };
        script.steps.insert(at, step);
    }
}

/// The machine is suspended for hours, or stands still for a moment.
fn suspension(random: &mut Random, time: u32, is_calm: bool) -> (u64, u64) {
    let longest = if is_calm { 1_500 } else { random.pick(&[1_500, 20_000, 10 * 3_600_000]) };
    (random.below(time + 3_000).into(), random.below(longest).into())
}

fn limits(random: &mut Random, peers: usize, is_calm: bool) -> Limits {
    let few = |random: &mut Random| 1 + random.below(8) as usize;
    Limits {
        buffer: random.pick(&[1_024, 4_096, 16_384]),
        body: random.pick(&[2_000, 100_000]),
        takeover: false,
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
    let link = link(random, behaves);
    let mut steps = Vec::new();
    for _ in 0..1 + random.below(4) {
        steps.push(if behaves { good_step(random) } else { bad_step(random) });
    }
    if behaves && random.chance(30) {
        steps.extend([Step::Await, Step::HalfClose]);
    }
    Script { begins, link, tls: Encryption::None, steps }
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
