//! Arbitrary text as a TOML file, and as values of the environment.

use std::ffi::OsString;
use std::path::Path;

use tremolo_core::config::{OPTIONS, Setting, from_toml, from_variables};
use tremolo_core::{Config, LoadError};

use crate::script::Script;

/// The input as a file; then as a script of variables. What is accepted is printed and read as the
/// same configuration, and what is refused has a reason in one line.
pub fn configuration(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    check(from_toml(Path::new("fuzzed.toml"), &text));

    let mut script = Script::new(data);
    let option = &OPTIONS[script.size() % OPTIONS.len()];
    let value = String::from_utf8_lossy(script.piece()).into_owned();
    check(from_variables([(option.variable().into(), value.clone().into())]));
    let name = format!("TREMOLO_{}", String::from_utf8_lossy(script.piece()));
    check(from_variables([(name.into(), value.into())]));
}

fn check(read: Result<Vec<Setting>, LoadError>) {
    let settings = match read {
        Ok(settings) => settings,
        Err(error) => {
            let error = error.to_string();
            assert!(!error.chars().any(char::is_control), "{error:?}");
            return;
        }
    };
    let config = with(&settings);
    assert_eq!(config.validate(), Ok(()));
    let printed = settings.iter().map(|setting| {
        let option = setting.option();
        (OsString::from(option.variable()), OsString::from(option.print(setting.value())))
    });
    let again = from_variables(printed).expect("what is printed is valid");
    assert_eq!(with(&again), config);
}

fn with(settings: &[Setting]) -> Config {
    let mut config = Config::default();
    settings.iter().for_each(|setting| setting.apply(&mut config));
    config
}
