//! Options of all responses that the program has set instead of its configuration.

use tremolo_core::Config;

/// Options that the program has set; those of the configuration hold for the others.
#[derive(Debug, Default)]
pub(super) struct ResponseDefaults {
    pub(super) problem_details: bool,
    pub(super) content_type: Option<String>,
}

impl ResponseDefaults {
    pub(super) fn apply_to(self, mut config: Config) -> Config {
        config.problem_details |= self.problem_details;
        if let Some(content_type) = self.content_type {
            config.default_content_type = content_type;
        }
        config
    }
}
