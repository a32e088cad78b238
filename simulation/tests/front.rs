//! The Rust front with the same scripts, and the clocks of both.

use tremolo_simulation::{
    Encryption, Frame, Kind, Limits, Link, Message, Pace, Request, Sabotage, Scenario, Script,
    Step, Summary, Work, simulate, simulate_front,
};

#[test]
fn hundreds_of_small_servers_of_the_rust_front_hold() {
    let mut total = Summary::default();
    for seed in 0..300 {
        let peers = 1 + seed as usize % 4;
        total += simulate_front(&Scenario::of_seed(seed, peers)).unwrap_or_else(|failure| {
            panic!(
                "seed {seed}: {failure}; for the shortest scenario: \
                 cargo xtask simulate --first {seed} --seeds 1 --peers {peers}"
            )
        });
    }
    assert!(total.responses > 300, "{total:?}");
}

const HOURS: u64 = 3_600_000;

const LINK: Link = Link { latency: 1, room: 200_000, most: 1 << 20, interrupts: 0 };

fn get(kind: Kind, wait: u32) -> Step {
    let work = Work { kind, pieces: 3, bytes: 100, wait };
    let request = Request::get(work);
    Step::Send(Message::Request(request), Pace::AT_ONCE)
}

/// A server whose clocks change while all kinds of connections are open.
fn scenario(freeze: Option<(u64, u64)>, walls: Vec<(u64, i64)>) -> Scenario {
    let again = [Step::Await, Step::Pause(1_500), get(Kind::Whole, 0), Step::Await];
    let scripts = [
        vec![get(Kind::Whole, 0)],
        vec![get(Kind::Whole, 2_000)],
        vec![get(Kind::Stream, 700)],
        vec![get(Kind::Never, 0)],
        vec![get(Kind::Events, 900)],
        vec![get(Kind::Socket, 900)],
        vec![Step::SendPart(Message::Malformed(0), 5)],
        vec![],
    ];
    let script = |steps: Vec<Step>| Script {
        begins: 0,
        link: LINK,
        tls: Encryption::None,
        steps: steps.into_iter().chain(again).collect(),
    };
    let peers: Vec<Script> = scripts.into_iter().map(script).collect();
    Scenario { limits: limits(), peers, pause: None, freeze, walls, drain_at: None }
}

fn limits() -> Limits {
    Limits {
        buffer: 4_096,
        body: 100_000,
        takeover: false,
        discard: 1_000,
        connections: 100,
        concurrency: 0,
        idle: 100,
        request: 0,
        upload: 0,
        download: 0,
        half_close: tremolo_simulation::HalfClose::Grace,
    }
}

fn of_scripts(limits: Limits, scripts: Vec<Vec<Step>>) -> Scenario {
    let script = |steps| Script { begins: 0, link: LINK, tls: Encryption::None, steps };
    let peers = scripts.into_iter().map(script).collect();
    Scenario { limits, peers, pause: None, freeze: None, walls: Vec::new(), drain_at: None }
}

/// The invariants have it: no deadline is forgotten, none is missed at the first turn, and no
/// connection waits forever.
#[test]
fn a_suspended_machine_meets_its_deadlines_at_the_next_turn() {
    for at in (0..4_000).step_by(100) {
        for lasts in [900, 20 * 1_000, 10 * HOURS] {
            let scenario = scenario(Some((at, lasts)), Vec::new());
            simulate(&scenario, Sabotage::None)
                .unwrap_or_else(|failure| panic!("{at} for {lasts}: {failure}"));
        }
    }
}

#[test]
fn the_rust_front_meets_its_deadlines_after_a_jump() {
    for at in (0..4_000).step_by(400) {
        for lasts in [900, 20 * 1_000, 10 * HOURS] {
            let scenario = scenario(Some((at, lasts)), Vec::new());
            simulate_front(&scenario)
                .unwrap_or_else(|failure| panic!("{at} for {lasts}: {failure}"));
        }
    }
}

/// A peer compares the date of each response with the wall clock of the server.
#[test]
fn the_date_follows_a_wall_clock_that_is_set() {
    let day = 86_400;
    for seconds in [-day, day, -3, 3, -100 * 365 * day, 7_000 * 365 * day, 20_000 * 365 * day] {
        for at in [0, 500, 1_999, 2_500] {
            let walls = vec![(at, seconds), (at + 1_200, 0)];
            let ran = simulate(&scenario(None, walls), Sabotage::None);
            ran.unwrap_or_else(|failure| panic!("{seconds} at {at}: {failure}"));
        }
    }
}

/// The server closes a silent peer after seconds: together the peers need minutes.
#[test]
fn peers_that_wait_for_the_only_place_are_not_stalled() {
    let mut scripts = vec![Vec::new(); 40];
    scripts.push(vec![get(Kind::Events, 9_000)]);
    scripts.push(vec![get(Kind::Whole, 0), Step::Await]);
    let scenario = of_scripts(Limits { connections: 1, ..limits() }, scripts);
    for ran in [simulate(&scenario, Sabotage::None), simulate_front(&scenario)] {
        assert_eq!(ran.unwrap_or_else(|failure| panic!("{failure}")).responses, 2);
    }
}

/// Its peer read as much at once as the budget of a task in tokio allows.
#[test]
fn a_link_with_short_reads_is_not_slow() {
    simulate_front(&Scenario::of_seed(28_280, 60)).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn frames_that_come_before_the_response_to_the_handshake_are_served_after_it() {
    let message = Frame::Message { is_text: true, bytes: 700, frames: 3, is_compressed: false };
    let ahead = |frame| Step::SendAhead(frame, Pace::AT_ONCE);
    for wait in [0, 900] {
        for last in [Step::Await, ahead(Frame::Close(3_000)), ahead(Frame::Malformed(0))] {
            let steps = vec![get(Kind::Socket, wait), ahead(message), ahead(Frame::Ping(9)), last];
            let scenario = of_scripts(limits(), vec![steps]);
            for ran in [simulate(&scenario, Sabotage::None), simulate_front(&scenario)] {
                ran.unwrap_or_else(|failure| panic!("{wait}, {last:?}: {failure}"));
            }
        }
    }
}

/// A handler of the front takes a message, then waits for room, and a close frame comes meanwhile.
#[test]
fn a_close_frame_overtakes_the_message_that_waits_for_room() {
    let mut scenario = Scenario::of_seed(2_468_024_688, 2_000);
    scenario.peers = vec![scenario.peers.swap_remove(1_907)];
    for ran in [simulate(&scenario, Sabotage::None), simulate_front(&scenario)] {
        ran.unwrap_or_else(|failure| panic!("{failure}"));
    }
}
