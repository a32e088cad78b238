//! The shortest scenario that still fails: peers, steps and troubles are removed as long as the
//! failure stays.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::scenario::{Encryption, Link, Pace, Scenario, Step};
use crate::world::World;
use crate::{Failure, Sabotage, Summary};

/// Runs a scenario. A panic is a failure as well.
pub(crate) fn run(scenario: &Scenario, sabotage: Sabotage) -> Result<Summary, Failure> {
    let run = AssertUnwindSafe(|| World::new(scenario, sabotage)?.run());
    catch_unwind(run).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let fault = format!("panic: {}", text.unwrap_or_default());
        Err(Failure { peer: None, at: 0, fault })
    })
}

/// Reduces a scenario that fails.
pub(crate) fn shrink(
    mut scenario: Scenario,
    run: impl Fn(&Scenario) -> Result<Summary, Failure>,
) -> (Scenario, Option<Failure>) {
    let fails = |scenario: &Scenario| run(scenario).err();
    let keep = |reduced: Scenario| fails(&reduced).map(|failure| (reduced, failure));
    let Some(mut failure) = fails(&scenario) else { return (scenario, None) };
    let smaller = failure.peer.and_then(|peer| around(&scenario, peer).find_map(keep));
    if let Some(smaller) = smaller {
        (scenario, failure) = smaller;
    }
    loop {
        let count = scenario.peers.len();
        remove_peers(&mut scenario, &mut failure, keep);
        let mut is_simpler = scenario.peers.len() < count;
        while let Some(simpler) = simplified(&scenario).into_iter().find_map(keep) {
            (scenario, failure, is_simpler) = (simpler.0, simpler.1, true);
        }
        if !is_simpler {
            return (scenario, Some(failure));
        }
    }
}

/// The peer alone, then with one that connects at about the same time, with three, and so on: a run
/// of few takes no time.
fn around(scenario: &Scenario, peer: usize) -> impl Iterator<Item = Scenario> {
    let begins = scenario.peers[peer].begins;
    let mut nearest: Vec<usize> = (0..scenario.peers.len()).collect();
    nearest.sort_by_key(|index| (*index != peer, scenario.peers[*index].begins.abs_diff(begins)));
    let counts = std::iter::successors(Some(1), |count| Some(count * 2));
    let all = nearest.len();
    counts.take_while(move |count| *count < all).map(move |count| {
        let mut chosen = nearest[..count].to_vec();
        chosen.sort_unstable();
        let peers = chosen.into_iter().map(|index| scenario.peers[index].clone()).collect();
        Scenario { peers, ..scenario.clone() }
    })
}

/// Removes halves of the peers, then quarters, down to single ones, as long as it fails.
fn remove_peers(
    scenario: &mut Scenario,
    failure: &mut Failure,
    keep: impl Fn(Scenario) -> Option<(Scenario, Failure)>,
) {
    let mut size = scenario.peers.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < scenario.peers.len() && size < scenario.peers.len() {
            let mut reduced = scenario.clone();
            reduced.peers.drain(from..(from + size).min(scenario.peers.len()));
            match keep(reduced) {
                Some(smaller) => (*scenario, *failure) = smaller,
                None => from += size,
            }
        }
        size /= 2;
    }
}

/// Without one step, or with a simpler trait.
fn simplified(scenario: &Scenario) -> Vec<Scenario> {
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Scenario) -> bool| {
        let mut reduced = scenario.clone();
        if change(&mut reduced) {
            all.push(reduced);
        }
    };
    with(&|reduced| reduced.drain_at.take().is_some());
    with(&|reduced| reduced.pause.take().is_some());
    with(&|reduced| reduced.freeze.take().is_some());
    with(&|reduced| reduced.walls.pop().is_some());
    for (index, script) in scenario.peers.iter().enumerate() {
        for step in (0..script.steps.len()).rev() {
            with(&|reduced| {
                reduced.peers[index].steps.remove(step);
                true
            });
            with(&|reduced| match &mut reduced.peers[index].steps[step] {
                Step::Send(_, pace) if *pace != Pace::AT_ONCE => {
                    *pace = Pace::AT_ONCE;
                    true
                }
                _ => false,
            });
        }
        with(&|reduced| std::mem::take(&mut reduced.peers[index].tls) != Encryption::None);
        let plain = Link { latency: 0, room: 200_000, most: 1 << 20, interrupts: 0 };
        with(&|reduced| std::mem::take(&mut reduced.peers[index].begins) > 0);
        for change in [
            (|link, plain| Link { latency: plain.latency, ..link }) as fn(Link, Link) -> Link,
            |link, plain| Link { room: plain.room, ..link },
            |link, plain| Link { most: plain.most, ..link },
            |link, plain| Link { interrupts: plain.interrupts, ..link },
        ] {
            with(&|reduced| {
                let link = &mut reduced.peers[index].link;
                let before = std::mem::replace(link, change(*link, plain));
                before != reduced.peers[index].link
            });
        }
    }
    all
}
