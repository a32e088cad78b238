//! The order of the measurements: one table for each scenario and set of peers.

use std::io;

use crate::failure::failed;
use crate::options::Options;
use crate::peers::Peer;
use crate::scenarios::{SCENARIOS, Scenario};
use crate::sets::{SETS, Set};

/// The peers that are measured in one scenario.
#[derive(Debug)]
pub(crate) struct Contest {
    pub(crate) set: Option<&'static Set>,
    pub(crate) scenario: &'static Scenario,
    pub(crate) peers: Vec<Peer>,
    pub(crate) base: String,
    /// The name of Tremolo's peer, if it takes part.
    pub(crate) ours: Option<String>,
}

/// The contests, and notes about peers that were left out.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) contests: Vec<Contest>,
    pub(crate) left_out: Vec<String>,
}

impl Plan {
    pub(crate) fn new(options: &Options) -> io::Result<Self> {
        let mut plan = Self::default();
        let scenarios: Vec<_> = match &options.scenarios[..] {
            [] => SCENARIOS.iter().collect(),
            chosen => chosen.to_vec(),
        };
        if !options.peers.is_empty() {
            for scenario in scenarios {
                plan.add(None, scenario, options.peers.clone(), options);
            }
        } else {
            let sets = match &options.sets[..] {
                [] => SETS.iter().collect(),
                chosen => chosen.to_vec(),
            };
            for set in sets {
                for scenario in &scenarios {
                    let peers = (set.names)(scenario).iter().map(|name| Peer::known(name));
                    let peers = peers.collect::<io::Result<Vec<_>>>()?;
                    plan.add(Some(set), scenario, peers, options);
                }
            }
        }
        if plan.contests.is_empty() {
            return Err(failed("none of these peers offers one of these scenarios".to_owned()));
        }
        if let Some(base) = &options.base
            && !plan.contests.iter().any(|contest| contest.base == *base)
        {
            return Err(failed(format!("the base {base:?} is not among the peers")));
        }
        Ok(plan)
    }

    fn add(
        &mut self,
        set: Option<&'static Set>,
        scenario: &'static Scenario,
        peers: Vec<Peer>,
        options: &Options,
    ) {
        let (mut there, missing): (Vec<_>, Vec<_>) =
            peers.into_iter().partition(|peer| options.needs || peer.missing().is_none());
        for peer in missing {
            let needs = peer.missing().unwrap_or_default();
            let line = format!("{}: {needs} is not installed", peer.name);
            if !self.left_out.contains(&line) {
                self.left_out.push(line);
            }
        }
        there.retain(|peer| {
            let offers = peer.offers(scenario);
            if !offers && !options.scenarios.is_empty() {
                self.left_out.push(format!("{}: has no {}", peer.name, scenario.name));
            }
            offers
        });
        // A contest with only the null server is useless.
        if set.is_some() && there.iter().all(|peer| peer.name == "null") {
            return;
        }
        let has = |name: &str| there.iter().any(|peer| peer.name == name);
        let wanted = options.base.iter().map(String::as_str);
        let mut bases =
            wanted.chain(set.map(|set| set.base)).chain(SETS.iter().map(|set| set.base));
        // Without the set's base, the first peer that is not Tremolo is the base.
        let ours = |peer: &&Peer| SETS.iter().any(|set| set.ours == peer.name);
        let other = there.iter().find(|peer| !ours(peer)).or(there.first());
        let Some(other) = other else { return };
        let base = bases.find(|name| has(name)).unwrap_or(&other.name).to_owned();
        let mut candidates = set.map_or(&SETS[..], std::slice::from_ref).iter();
        let ours = candidates.find(|set| has(set.ours)).map(|set| set.ours.to_owned());
        self.contests.push(Contest { set, scenario, peers: there, base, ours });
    }

    /// The names of all programs and environments that must be installed.
    pub(crate) fn needs(&self) -> Vec<&'static str> {
        let mut needs = vec!["wrk"];
        for contest in &self.contests {
            needs.extend(contest.peers.iter().filter_map(Peer::needs));
            if contest.scenario.name == "syscalls" {
                needs.push("strace");
            }
        }
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(words: &str) -> io::Result<Plan> {
        Plan::new(&Options::read(words.split_whitespace().map(str::to_owned))?)
    }

    #[test]
    fn the_rust_set_comes_first_and_each_has_its_base() {
        let plan = plan("c64 yield --needs").unwrap();
        let contests: Vec<_> = plan
            .contests
            .iter()
            .map(|contest| (contest.scenario.name, contest.base.as_str(), contest.ours.as_deref()))
            .collect();
        let (ours, python, asgi) = (Some("ours"), Some("tremolo-uvloop"), Some("tremolo-asgi"));
        assert_eq!(
            contests,
            [
                ("c64", "hyper", ours),
                ("yield", "hyper", ours),
                ("c64", "granian-rsgi", python),
                ("yield", "granian-rsgi", python),
                ("c64", "uvicorn", asgi),
                ("yield", "uvicorn", asgi),
            ]
        );
    }

    #[test]
    fn a_peer_takes_part_only_in_scenarios_that_it_offers() {
        let plan = plan("c64 upload --peers null,ours,may").unwrap();
        assert_eq!(plan.contests[0].peers.len(), 3);
        assert_eq!(plan.contests[1].peers.len(), 1);
        assert_eq!(plan.left_out, ["null: has no upload", "may: has no upload"]);
        assert_eq!(plan.contests[0].base, "null");
    }

    #[test]
    fn each_requirement_is_listed_once() {
        assert_eq!(plan("c64 --set rust --needs").unwrap().needs(), ["wrk"]);
        let all = plan("--needs").unwrap().needs();
        assert_eq!(all, ["nginx", "python", "strace", "wrk"]);
    }

    #[test]
    fn the_base_must_take_part() {
        assert!(plan("c64 --peers ours,hyper --base may").is_err());
        assert!(plan("multipart --peers null").is_err());
        assert_eq!(plan("c64 --peers ours,hyper --base ours").unwrap().contests[0].base, "ours");
    }
}
