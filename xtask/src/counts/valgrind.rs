//! Runs a program of `tremolo-counts` under valgrind and reads what it has counted: callgrind for
//! instructions, DHAT for allocations.

use std::fs;
use std::process::Command;

use super::table::{Counts, Hundredths, ungrouped};

/// A program whose inputs are counted.
pub(super) struct Program {
    path: &'static str,
    /// Whether all that counts happens inside the repetition, on its thread: then callgrind
    /// collects there alone. Else it is the difference that so many more requests make.
    collects_repetition: bool,
}

impl Program {
    pub(super) const ALL: [&Self; 2] = [
        &Self { path: "target/measured/counts-engine", collects_repetition: true },
        &Self { path: "target/measured/counts-front", collects_repetition: false },
    ];

    /// Names, and what they are.
    pub(super) fn inputs(&self) -> Result<Vec<(String, String)>, String> {
        let output = Command::new(self.path).output();
        let output = output.map_err(|error| format!("{}: {error}", self.path))?;
        let list = String::from_utf8_lossy(&output.stdout);
        let pairs = list.lines().filter_map(|line| line.split_once('\t'));
        Ok(pairs.map(|(name, about)| (name.to_owned(), about.to_owned())).collect())
    }

    pub(super) fn count(&self, name: &str) -> Result<Counts, String> {
        let instructions = if self.collects_repetition {
            self.instructions(name, REQUESTS)?
        } else {
            let before = self.instructions(name, REQUESTS)?;
            self.instructions(name, REQUESTS * 2)?.saturating_sub(before)
        };
        let (bytes_before, blocks_before) = self.allocated(name, REQUESTS)?;
        let (bytes, blocks) = self.allocated(name, REQUESTS * 2)?;
        Ok(Counts {
            instructions: (instructions + REQUESTS / 2) / REQUESTS,
            allocations: Hundredths::of(blocks.saturating_sub(blocks_before), REQUESTS),
            bytes: Hundredths::of(bytes.saturating_sub(bytes_before), REQUESTS),
        })
    }

    fn instructions(&self, name: &str, requests: u64) -> Result<u64, String> {
        let profile = profile_of(name);
        fs::create_dir_all(PROFILES).map_err(|error| format!("{PROFILES}: {error}"))?;
        let out = format!("--callgrind-out-file={profile}");
        let mut options = vec!["--tool=callgrind", &out];
        if self.collects_repetition {
            options.push("--toggle-collect=tremolo_counts::counted");
        }
        self.run(&options, name, requests)?;
        let text = fs::read_to_string(&profile).map_err(|error| format!("{profile}: {error}"))?;
        total(&text).ok_or_else(|| format!("{profile} has no total"))
    }

    fn allocated(&self, name: &str, requests: u64) -> Result<(u64, u64), String> {
        let options = ["--tool=dhat", "--dhat-out-file=/dev/null"];
        let report = self.run(&options, name, requests)?;
        bytes_and_blocks(&report).ok_or_else(|| format!("{name}: no total in\n{report}"))
    }

    /// What valgrind reports.
    fn run(&self, options: &[&str], name: &str, requests: u64) -> Result<String, String> {
        let mut command = Command::new("valgrind");
        // The environment lies on the stack and moves what is below it.
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.args(options).arg(self.path).args([name, &requests.to_string()]);
        let output = command.output().map_err(|error| format!("valgrind: {error}"))?;
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            Ok(report)
        } else {
            Err(format!("{command:?} ({}):\n{report}", output.status))
        }
    }
}

/// Where callgrind's profile of an input is kept.
pub(super) fn profile_of(name: &str) -> String {
    format!("{PROFILES}/{name}.callgrind")
}

/// The instructions of a profile, all functions together.
fn total(profile: &str) -> Option<u64> {
    profile.lines().find_map(|line| line.strip_prefix("totals: "))?.trim().parse().ok()
}

/// All that was ever allocated, in DHAT's words: `==1== Total:     1,234 bytes in 56 blocks`.
fn bytes_and_blocks(report: &str) -> Option<(u64, u64)> {
    let words = report.lines().find_map(|line| Some(line.split_once(" Total:")?.1))?;
    let [bytes, "bytes", "in", blocks, "blocks"] = *words.split_whitespace().collect::<Vec<_>>()
    else {
        return None;
    };
    Some((ungrouped(bytes)?, ungrouped(blocks)?))
}

const PROFILES: &str = "target/counts";

/// Requests of one run: a multiple of every round, and enough that what happens once in some
/// hundred requests has its share.
const REQUESTS: u64 = 4_800;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_callgrind_has_collected() {
        let profile = "version: 1\nevents: Ir\nsummary: 16185620\n\nfn=(1) main\n16 4\n\
                       totals: 16185620\n";
        assert_eq!(total(profile), Some(16_185_620));
        assert_eq!(total("events: Ir\n"), None);
    }

    #[test]
    fn reads_what_dhat_has_counted() {
        let report = "==7== DHAT, a dynamic heap analysis tool\n==7== \n\
                      ==7== Total:     541,448 bytes in 5,050 blocks\n\
                      ==7== At t-gmax: 1,024 bytes in 3 blocks\n";
        assert_eq!(bytes_and_blocks(report), Some((541_448, 5_050)));
        assert_eq!(bytes_and_blocks("==7== Total:     some\n"), None);
        assert_eq!(bytes_and_blocks(""), None);
    }

    #[test]
    fn a_program_that_fails_is_no_count() {
        let program = Program { path: "/bin/false", collects_repetition: false };
        assert!(program.run(&["--tool=none"], "x", 1).is_err());
    }
}
