//! Runs every saved input through its target, on stable Rust, as an ordinary test.

use std::path::{Path, PathBuf};
use std::{fs, panic};

use tremolo_fuzz::TARGETS;

fn inputs(target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

#[test]
fn saved_inputs_hold_all_invariants() {
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let paths = inputs(name);
        assert!(!paths.is_empty(), "{name} has no inputs");
        for path in paths {
            let input = fs::read(&path).unwrap();
            if panic::catch_unwind(|| target(&input)).is_err() {
                broken.push(path);
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn corpora_belong_to_targets_and_are_small() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for entry in fs::read_dir(corpus).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(TARGETS.iter().any(|(target, _)| name == *target), "{name:?} is no target");
    }
    let sizes = TARGETS.iter().flat_map(|(name, _)| inputs(name));
    let total: u64 = sizes.map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!(total < 200_000, "{total} bytes of inputs: keep those that find something");
}

#[test]
fn every_target_has_a_binary_for_libfuzzer() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = fs::read_to_string(root.join("libfuzzer/Cargo.toml")).unwrap();
    for (name, _) in TARGETS {
        let file = fs::read_to_string(root.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(file.contains(&format!("tremolo_fuzz::{name}(data)")), "{name}");
        assert!(manifest.contains(&format!("path = \"../fuzz_targets/{name}.rs\"")), "{name}");
    }
}
