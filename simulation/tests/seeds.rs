//! Seeds in the ordinary tests, and the proof that the invariants find faults.

use tremolo_simulation::{
    Encryption, Message, Sabotage, Scenario, Step, Summary, shrink, simulate,
};

fn holds(seed: u64, peers: usize) -> Summary {
    simulate(&Scenario::of_seed(seed, peers), Sabotage::None).unwrap_or_else(|failure| {
        panic!(
            "seed {seed}: {failure}; for the shortest scenario: \
             cargo xtask simulate --first {seed} --seeds 1 --peers {peers}"
        )
    })
}

#[test]
fn thousands_of_small_servers_hold() {
    let mut responses = 0;
    for seed in 0..2_500 {
        responses += holds(seed, 1 + seed as usize % 4).responses;
    }
    assert!(responses > 2_500, "{responses} responses");
}

#[test]
fn a_server_with_a_thousand_peers_holds() {
    assert_eq!(holds(100, 1_000).conversations, 1_000);
}

/// A long read into a pooled buffer took more than four times `buffer_size`.
#[test]
fn a_pooled_buffer_is_not_filled_beyond_the_bound() {
    holds(500, 2_000);
}

/// 47 KB, 25 bytes at a time: more than 500 pings.
#[test]
fn a_message_that_is_sent_slowly_has_as_many_pings_as_it_needs() {
    holds(30_054, 20);
}

/// A connection that lingers reads 200 KB, 7 bytes at a time.
#[test]
fn a_link_with_short_reads_has_long_turns() {
    let mut scenario = Scenario::of_seed(7_002_800, 2_000);
    scenario.peers = vec![scenario.peers.swap_remove(1_152)];
    simulate(&scenario, Sabotage::None).unwrap_or_else(|failure| panic!("{failure}"));
}

#[test]
fn the_same_seed_gives_the_same_run() {
    for seed in 0..50 {
        assert_eq!(holds(seed, 5), holds(seed, 5));
    }
}

#[test]
fn each_fault_of_a_driver_is_found_and_its_scenario_is_short() {
    for sabotage in [
        Sabotage::ForgetDeadlines,
        Sabotage::LoseLines,
        Sabotage::LoseBytes,
        Sabotage::ForgetTimers,
        Sabotage::ForgetWakes,
    ] {
        let scenarios = (0..200).map(|seed| Scenario::of_seed(seed, 6));
        let failing = scenarios
            .into_iter()
            .filter(is_plain)
            .find(|scenario| simulate(scenario, sabotage).is_err());
        let failing = failing.unwrap_or_else(|| panic!("{sabotage:?} is not found"));
        let (shortest, failure) = shrink(failing, sabotage);
        assert!(failure.is_some(), "{sabotage:?} is not found again");
        let steps: Vec<&Step> = shortest.peers.iter().flat_map(|peer| &peer.steps).collect();
        assert!(shortest.peers.len() == 1 && steps.len() <= 2, "{sabotage:?}: {shortest:?}");
        assert!(shortest.drain_at.is_none() && shortest.pause.is_none(), "{shortest:?}");
    }
}

/// Whether there are requests only: a WebSocket that is not served is found late.
fn is_plain(scenario: &Scenario) -> bool {
    let is_plain = |step: &Step| match step {
        Step::Send(Message::Request(request), _) | Step::SendPart(Message::Request(request), _) => {
            (request.work.kind as u32) < 7
        }
        _ => true,
    };
    scenario.freeze.is_none()
        && scenario
            .peers
            .iter()
            .all(|peer| peer.tls == Encryption::None && peer.steps.iter().all(is_plain))
}
