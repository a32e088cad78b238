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
    let Some(first) = fails(&scenario) else { return (scenario, None) };
    let mut failure = first;
    // Most failures need one connection.
    if let Some(peer) = failure.peer {
        let mut alone = scenario.clone();
        alone.peers = vec![alone.peers.swap_remove(peer)];
        if let Some(same) = fails(&alone) {
            (scenario, failure) = (alone, same);
        }
    }
    let keep = |reduced: Scenario| fails(&reduced).map(|failure| (reduced, failure));
    loop {
        let shorter = peers_removed(&scenario).find_map(keep);
        match shorter.or_else(|| simplified(&scenario).into_iter().find_map(keep)) {
            Some(shorter) => (scenario, failure) = shorter,
            None => return (scenario, Some(failure)),
        }
    }
}

/// Without half of the peers, a quarter, down to one.
fn peers_removed(scenario: &Scenario) -> impl Iterator<Item = Scenario> {
    let count = scenario.peers.len();
    let sizes = std::iter::successors(Some(count / 2), |size| Some(size / 2));
    let ranges = sizes.take_while(|size| *size > 0).flat_map(move |size| {
        (0..count).step_by(size).map(move |from| from..(from + size).min(count))
    });
    ranges.map(|range| {
        let mut reduced = scenario.clone();
        reduced.peers.drain(range);
        reduced
    })
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
