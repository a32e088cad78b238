//! The environments of the Python peers.

use crate::Outcome;

/// Leaves them as they are: a peer whose environment is not there is left out by the runner.
pub(crate) fn environments() -> Outcome {
    Ok(())
}
