//! The peers by name: their commands, and the scenarios that they offer.

mod process;

use std::io;
use std::path::{Path, PathBuf};

pub(crate) use self::process::{PeerProcess, PeerSettings};
use crate::failure::failed;
use crate::scenarios::Scenario;
use tremolo_benches::TWO_WORKERS;
use tremolo_benches::tls::WORD;

/// The root of the repository.
pub(crate) const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Folders with programs that are not in the `PATH` of ordinary users.
const MORE_FOLDERS: [&str; 2] = ["/usr/sbin", "/usr/local/sbin"];

/// A peer with a name.
struct Known {
    name: &'static str,
    /// It offers the scenarios of the peer with this name: for a variant, another peer, else
    /// itself.
    like: &'static str,
    program: Program,
    /// The words after the address.
    words: &'static [&'static str],
}

enum Program {
    /// A binary of this crate, beside the runner.
    Own(&'static str),
    /// A binary of this crate that runs a program of the system.
    With(&'static str, &'static str),
    /// `python/peer.py`, run by the interpreter of this virtual environment.
    Python(&'static str),
}

use Program::{Own, Python, With};

const fn known(name: &'static str, program: Program, words: &'static [&'static str]) -> Known {
    Known { name, like: name, program, words }
}

const fn variant(
    name: &'static str,
    like: &'static str,
    program: Program,
    words: &'static [&'static str],
) -> Known {
    Known { name, like, program, words }
}

const KNOWN: &[Known] = &[
    known("null", Own("peer_null"), &[]),
    known("ours", Own("peer_tremolo"), &[]),
    known("hyper", Own("peer_hyper"), &[]),
    known("multer", Own("peer_hyper"), &[]),
    known("axum", Own("peer_axum"), &[]),
    known("actix", Own("peer_actix"), &[]),
    known("fastwebsockets", Own("peer_fastwebsockets"), &[]),
    known("yawc", Own("peer_yawc"), &[]),
    known("may", Own("peer_may_minihttp"), &[]),
    known("nginx", With("peer_nginx", "nginx"), &[]),
    known("ours-tls", Own("peer_tremolo"), &[WORD]),
    known("axum-tls", Own("peer_axum"), &[WORD]),
    known("nginx-tls", With("peer_nginx", "nginx"), &[WORD]),
    known("ours-two", Own("peer_tremolo"), &[TWO_WORKERS]),
    known("nginx-two", With("peer_nginx", "nginx"), &[TWO_WORKERS]),
    known("hyper-two", Own("peer_hyper"), &[TWO_WORKERS]),
    variant("hyper-timer", "hyper", Own("peer_hyper"), &["timer"]),
    variant("bare", "null", Own("peer_tokio_bare"), &["spawn"]),
    variant("bare-local", "null", Own("peer_tokio_bare"), &["local-runtime"]),
    variant("bare-set", "null", Own("peer_tokio_bare"), &["local-set"]),
    known("tremolo-asyncio", Python("ours"), &["tremolo-asyncio"]),
    known("tremolo-uvloop", Python("ours"), &["tremolo-uvloop"]),
    known("tremolo-asgi", Python("ours"), &["tremolo-asgi"]),
    variant("tremolo-asgi-asyncio", "tremolo-asgi", Python("ours"), &["tremolo-asgi-asyncio"]),
    known("granian-rsgi", Python("peers"), &["granian-rsgi"]),
    known("granian-asgi", Python("peers"), &["granian-asgi"]),
    known("granian-sockets", Python("peers"), &["granian-sockets"]),
    known("uvicorn", Python("peers"), &["uvicorn"]),
    variant("uvicorn-asyncio", "uvicorn", Python("peers"), &["uvicorn-asyncio"]),
    known("gunicorn", Python("peers"), &["gunicorn"]),
    known("fastpysgi", Python("peers"), &["fastpysgi"]),
    known("socketify", Python("peers"), &["socketify"]),
    known("original-asyncio", Python("original"), &["tremolo-asyncio"]),
    known("original-uvloop", Python("original"), &["tremolo-uvloop"]),
];

/// A server to measure: its name, and its command with a placeholder for the address.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    /// It offers the scenarios of the peer with this name; `None`: all scenarios.
    like: Option<&'static str>,
    program: PathBuf,
    /// The words after the program.
    words: Vec<String>,
    /// The program or environment that it needs, and its path if it is installed.
    needs: Option<(&'static str, Option<PathBuf>)>,
}

impl Peer {
    /// The peer with this name. The binaries of this crate are beside the runner.
    pub(crate) fn known(name: &str) -> io::Result<Self> {
        let Some(known) = KNOWN.iter().find(|known| known.name == name) else {
            let names: Vec<_> = KNOWN.iter().map(|known| known.name).collect();
            return Err(failed(format!("no peer {name:?}; there are {}", names.join(", "))));
        };
        let beside =
            |binary: &str| Ok::<_, io::Error>(std::env::current_exe()?.with_file_name(binary));
        let mut words: Vec<_> = known.words.iter().map(|&word| word.to_owned()).collect();
        let (program, needs) = match known.program {
            Own(binary) => (beside(binary)?, None),
            With(binary, needs) => (beside(binary)?, Some((needs, program_on_path(needs)))),
            Python(environment) => {
                words.insert(0, format!("{ROOT}/benches/python/peer.py"));
                words.insert(1, ADDRESS_PLACEHOLDER.to_owned());
                let python = environment_folder(environment).join("bin/python");
                (python.clone(), Some(("python", python.is_file().then_some(python))))
            }
        };
        Ok(Self { name: name.to_owned(), like: Some(known.like), program, words, needs })
    }

    /// Parses `NAME=PROGRAM WORD…`, split at spaces. The address replaces `{address}`, or follows
    /// the program.
    pub(crate) fn custom(text: &str) -> io::Result<Self> {
        let (name, command) =
            text.split_once('=').ok_or_else(|| failed(format!("{text:?} is no NAME=COMMAND")))?;
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or_else(|| failed(format!("{name:?} has no command")))?;
        Ok(Self {
            name: name.to_owned(),
            like: None,
            program: program.into(),
            words: words.collect(),
            needs: None,
        })
    }

    pub(crate) fn offers(&self, scenario: &Scenario) -> bool {
        self.like.is_none_or(|like| scenario.peers().any(|name| name == like))
    }

    /// The name of the program or environment that it needs.
    pub(crate) fn needs(&self) -> Option<&'static str> {
        self.needs.as_ref().map(|(name, _)| *name)
    }

    /// The name of what it needs, if that is not installed.
    pub(crate) fn missing(&self) -> Option<&'static str> {
        self.needs.as_ref().and_then(|(name, place)| place.is_none().then_some(*name))
    }

    /// The words after the program, with `address` for the placeholder.
    fn arguments(&self, address: &str) -> Vec<String> {
        let mut words: Vec<_> =
            self.words.iter().map(|word| word.replace(ADDRESS_PLACEHOLDER, address)).collect();
        if words == self.words {
            words.insert(0, address.to_owned());
        }
        words
    }
}

/// The placeholder for the address in the words of a command.
const ADDRESS_PLACEHOLDER: &str = "{address}";

/// The folder of a virtual environment.
pub(crate) fn environment_folder(name: &str) -> PathBuf {
    Path::new(ROOT).join("target/bench/python").join(name)
}

/// The path of a program of the system.
pub(crate) fn program_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(MORE_FOLDERS.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::{SCENARIOS, scenario};

    #[test]
    fn every_scenario_has_peers_that_are_known() {
        for scenario in SCENARIOS {
            assert!(scenario.peers().next().is_some());
            for name in scenario.peers() {
                assert!(Peer::known(name).unwrap().offers(scenario), "{name}");
            }
        }
    }

    #[test]
    fn a_variant_offers_the_scenarios_of_its_peer() {
        let browser = scenario("browser").unwrap();
        assert!(Peer::known("hyper-timer").unwrap().offers(browser));
        assert!(!Peer::known("bare").unwrap().offers(browser));
        assert!(Peer::custom("mine=/bin/server").unwrap().offers(browser));
    }

    #[test]
    fn the_placeholder_is_replaced_by_the_address() {
        let arguments = |text| Peer::custom(text).unwrap().arguments("1.2.3.4:5");
        assert_eq!(arguments("mine=server a"), ["1.2.3.4:5", "a"]);
        assert_eq!(arguments("mine=server --at={address}"), ["--at=1.2.3.4:5"]);
        assert!(Peer::custom("mine").is_err());
    }
}
