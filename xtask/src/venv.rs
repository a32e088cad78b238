//! Virtual environments of Python: made once, and anew when what they were made from changes.

use std::fs;
use std::process::Command;

use crate::Outcome;
use crate::runner;

/// Prints the version of the interpreter; the exit code is 0 if it is new enough.
const PROBE: &str =
    "import sys; print(sys.base_prefix, sys.version); sys.exit(sys.version_info < (3, 11))";

/// Makes the environment in `folder` with the interpreter `chosen`, and has `fill` install into it.
///
/// Nothing is done if it was made before by the same interpreter from the same `requirements`.
///
/// # Errors
///
/// That there is no such interpreter, or what failed.
pub(crate) fn make(
    folder: &str,
    chosen: &str,
    requirements: &str,
    fill: impl FnOnce() -> Outcome,
) -> Outcome {
    // Written last, so that half an environment is never taken.
    let stamp = format!("{folder}/made-from");
    let source = interpreter(chosen)? + requirements;
    if fs::read_to_string(&stamp).is_ok_and(|stamp| stamp == source) {
        return Ok(());
    }
    let make = format!("{chosen} -m venv --clear {folder}");
    runner::execute(&make).map_err(|fault| format!("no environment: {fault}"))?;
    fill()?;
    fs::write(&stamp, source).map_err(|error| format!("{stamp}: {error}"))
}

/// Which interpreter `program` is.
fn interpreter(program: &str) -> Result<String, String> {
    let output = Command::new(program)
        .args(["-c", PROBE])
        .output()
        .map_err(|error| format!("the Python front needs {program}, 3.11 or later: {error}"))?;
    let identity = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(identity);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(format!("the Python front needs {program}, 3.11 or later, not {identity}{complaint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_needed_when_there_is_no_interpreter() {
        let complaint = interpreter("no-such-python").unwrap_err();
        assert!(complaint.contains("needs no-such-python, 3.11 or later"), "{complaint}");
        // A program that runs, yet is no interpreter of the right age.
        assert!(interpreter("false").unwrap_err().contains("3.11 or later"));
    }
}
