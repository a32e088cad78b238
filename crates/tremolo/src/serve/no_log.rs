//! Takes the place of `log.rs` in a build without the feature `logger`: a program whose events are to
//! be seen sets up a subscriber itself.

use tremolo_core::Config;
use tremolo_net::AccessFormat;

/// Sets up nothing.
pub(super) fn init(_config: &Config, _access: &AccessFormat) {}
