//! The environment and files: every option, its units, and errors that name what would be right.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use tremolo_config::{
    Config, ConfigOption, Kind, LoadError, MAX_FILE_SIZE, OPTIONS, Setting, Unit, Value, find,
    from_toml, from_variables,
};

fn with(settings: &[Setting]) -> Config {
    let mut config = Config::default();
    settings.iter().for_each(|setting| setting.apply(&mut config));
    config
}

fn variables(pairs: &[(&str, &str)]) -> Result<Vec<Setting>, LoadError> {
    from_variables(pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

fn toml(text: &str) -> Result<Vec<Setting>, LoadError> {
    from_toml(Path::new("app.toml"), text)
}

/// A text in TOML: a basic string with escapes.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        '\t' => "\\t".to_owned(),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn networks() -> impl Strategy<Value = String> {
    let v4 = (any::<u32>(), 0..=32_u32).prop_map(|(address, prefix)| {
        let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
        format!("{}/{prefix}", std::net::Ipv4Addr::from(address & mask))
    });
    let v6 = any::<u128>().prop_map(|address| std::net::Ipv6Addr::from(address).to_string());
    let entry = prop_oneof![v4, v6, Just("unix".to_owned())];
    proptest::collection::vec(entry, 0..4).prop_map(|entries| entries.join(","))
}

/// A valid value of an option.
fn value_of(option: &ConfigOption<Config>) -> BoxedStrategy<Value> {
    let value = match option.kind {
        Kind::Switch => any::<bool>().prop_map(Value::Switch).boxed(),
        Kind::Number { least, most, .. } => prop_oneof![
            (least..=most),
            (least..=most.min(least.saturating_add(4_096))),
            (0..20_u32).prop_map(move |shift| (1_u64 << shift).clamp(least, most)),
        ]
        .prop_map(Value::Number)
        .boxed(),
        Kind::Time => (0..3_000_000_000_u64, prop_oneof![Just(0), 0..1_000_000_000_u32])
            .prop_map(|(seconds, nanoseconds)| Value::Time(Duration::new(seconds, nanoseconds)))
            .boxed(),
        Kind::Text | Kind::List => "[ -~\t]{0,20}".prop_map(Value::Text).boxed(),
        Kind::Choice(words) => {
            proptest::sample::select(words).prop_map(|word| Value::Text(word.to_owned())).boxed()
        }
        Kind::Networks => networks().prop_map(Value::Text).boxed(),
    };
    match option.get(&Config::default()) {
        Value::Unset => prop_oneof![Just(Value::Unset), value].boxed(),
        _ => value,
    }
}

fn any_setting() -> impl Strategy<Value = (&'static ConfigOption<Config>, Value)> {
    proptest::sample::select(OPTIONS.iter().collect::<Vec<_>>())
        .prop_flat_map(|option| (Just(option), value_of(option)))
}

proptest! {
    /// In the environment and in a file, what is printed is read as the same configuration.
    #[test]
    fn every_option_is_read_as_it_is_printed((option, value) in any_setting()) {
        let mut wanted = Config::default();
        // A count of 64 bits may not fit where `usize` or `u32` is the type.
        prop_assume!(option.set(&mut wanted, value).is_ok());
        let text = option.print(&option.get(&wanted));
        prop_assert_eq!(&with(&variables(&[(&option.variable(), &text)]).unwrap()), &wanted);
        let line = format!("{} = {}", option.name, quoted(&text));
        prop_assert_eq!(&with(&toml(&line).unwrap()), &wanted);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_in_one_line(
        at in 0..OPTIONS.len(),
        value in prop_oneof!["\\PC{0,40}", "[0-9.]{0,30} ?[a-zA-Z]{0,3}", ".{0,20}"],
    ) {
        let option = &OPTIONS[at];
        for read in [
            variables(&[(&option.variable(), &value)]),
            toml(&format!("{} = {value}", option.name)),
            toml(&value),
        ] {
            match read {
                Ok(settings) => prop_assert_eq!(with(&settings).validate(), Ok(())),
                Err(error) => prop_assert_eq!(error.to_string().lines().count(), 1, "{}", error),
            }
        }
    }
}

#[test]
fn values_of_toml_are_those_of_the_table() {
    let text = r#"
# A comment.
keepalive_timeout = 1.5
request_timeout = 7
client_max_body_size = 10_000
buffer_size = 0x10000
unix_socket_mode = 0o600
debug = true
trusted_proxies = ["10.0.0.0/8", "unix"]
server_name = "me"
half_close = "allow"
max_connections = "unset"
"#;
    let config = with(&toml(text).unwrap());
    let wanted = Config {
        keepalive_timeout: Duration::from_millis(1_500),
        request_timeout: Duration::from_secs(7),
        client_max_body_size: 10_000,
        buffer_size: 1 << 16,
        unix_socket_mode: 0o600,
        debug: true,
        trusted_proxies: "10.0.0.0/8,unix".parse().unwrap(),
        server_name: "me".to_owned(),
        half_close: tremolo_config::HalfClose::Allow,
        ..Config::default()
    };
    assert_eq!(config, wanted);
}

#[test]
fn a_wrong_variable_is_named_with_what_would_be_right() {
    for (name, value, wanted) in [
        (
            "TREMOLO_KEEPALIVE_TIMOUT",
            "15s",
            "TREMOLO_KEEPALIVE_TIMOUT=\"15s\": unknown; did you mean TREMOLO_KEEPALIVE_TIMEOUT?",
        ),
        ("TREMOLO_debug", "1", "TREMOLO_debug=\"1\": unknown; did you mean TREMOLO_DEBUG?"),
        ("TREMOLO_COLOUR", "red", "TREMOLO_COLOUR=\"red\": unknown"),
        ("TREMOLO_BUFFER_SIZE", "1", "TREMOLO_BUFFER_SIZE=\"1\": must be at least 1024"),
        (
            "TREMOLO_BUFFER_SIZE",
            "ten\nMiB",
            "TREMOLO_BUFFER_SIZE=\"ten\\nMiB\": must be a number of bytes, such as 65536 or 64KiB",
        ),
        (
            "TREMOLO_BACKLOG",
            "unset",
            "TREMOLO_BACKLOG=\"unset\": must be a whole number, not negative",
        ),
    ] {
        assert_eq!(variables(&[(name, value)]).unwrap_err().to_string(), wanted);
    }
}

#[test]
fn every_option_refuses_nonsense_in_one_line() {
    for option in OPTIONS {
        let variable = option.variable();
        // The value of a password is not shown.
        let is_secret = option.name.contains("password");
        let shown = |value: &'static str| if is_secret { "***" } else { value };
        let error = variables(&[(&variable, "n\u{7f}\n")]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{variable}=\"{}", shown("n"))), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        let error = toml(&format!("{} = {{ a = 1 }}", option.name)).unwrap_err().to_string();
        let value = shown("{ a = 1 }");
        let place = format!("app.toml, line 1: {} = {value}: must be ", option.name);
        assert!(error.starts_with(&place), "{error}");
    }
}

#[test]
fn variables_of_others_are_not_read() {
    let others = [
        ("PATH", "/bin"),
        ("TREMOLO", "1"),
        ("TREMOLO_CONFIG", "/etc/app.toml"),
        ("TREMOLO_PORT", "tcp://10.0.0.1:80"),
        ("TREMOLO_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("TREMOLO_SERVICE_HOST", "10.0.0.1"),
    ];
    assert!(variables(&others).unwrap().is_empty());
}

#[test]
fn a_variable_that_is_not_utf_8_is_named() {
    use std::os::unix::ffi::OsStringExt as _;
    let wrong = [("TREMOLO_SERVER_NAME".into(), OsString::from_vec(vec![0xff]))];
    let error = from_variables(wrong).unwrap_err().to_string();
    assert_eq!(error, "TREMOLO_SERVER_NAME: the value is not UTF-8");
}

#[test]
fn an_error_of_a_file_names_the_line_and_what_would_be_right() {
    for (text, wanted) in [
        (
            "debug = true\n\nkeepalive_timout = 15",
            "app.toml, line 3: keepalive_timout = 15: unknown; did you mean keepalive_timeout?",
        ),
        ("debug = 1", "app.toml, line 1: debug = 1: must be true or false"),
        (
            "write_timeout = -1",
            "app.toml, line 1: write_timeout = -1: must be a whole number, not negative",
        ),
        (
            "write_timeout = -1.5",
            "app.toml, line 1: write_timeout = -1.5: must be a duration, such as 15s or 500ms",
        ),
        (
            "unix_socket_mode = 440",
            "app.toml, line 1: unix_socket_mode = 440: must be an octal number, such as 0o660",
        ),
        ("server_name = 5", "app.toml, line 1: server_name = 5: must be text"),
        (
            "trusted_proxies = [1]",
            "app.toml, line 1: trusted_proxies = [1]: must be a list of texts",
        ),
        ("log_fmt = true", "app.toml, line 1: log_fmt = true: must be one of text, json"),
        ("ws = 1979-05-27", "app.toml, line 1: ws = 1979-05-27: must be true or false"),
    ] {
        assert_eq!(toml(text).unwrap_err().to_string(), wanted);
    }
    for text in ["debug = ", "debug = true\ndebug = true", "a\nb", "[[[", "[server]\ndebug = true"]
    {
        let error = toml(text).unwrap_err().to_string();
        assert!(error.starts_with("app.toml, line ") && error.lines().count() == 1, "{error}");
    }
}

#[test]
fn nested_values_are_refused_and_cannot_exhaust_the_stack() {
    let deep = format!("debug = {}", "[".repeat(100_000));
    assert!(toml(&deep).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.toml");
    let refused = |path: &Path| Config::from_file(path).unwrap_err().to_string();
    assert!(refused(&path).starts_with(&format!("{}: cannot be read: ", path.display())));
    fs::write(&path, [0xff]).unwrap();
    assert!(refused(&path).contains("UTF-8"));
    let length = usize::try_from(MAX_FILE_SIZE).unwrap();
    fs::write(&path, "#".repeat(length + 1)).unwrap();
    assert!(refused(&path).ends_with("it is longer than 1 MiB"));
    fs::write(&path, "#".repeat(length)).unwrap();
    assert_eq!(Config::from_file(&path).unwrap(), Config::default());
    assert!(refused(Path::new("/dev/zero")).contains("1 MiB"));
    assert!(refused(folder.path()).contains("cannot be read"));
}

#[test]
fn units_are_printed_where_they_divide_the_number() {
    for (name, text) in [
        ("client_max_body_size", "10MiB"),
        ("client_max_body_size", "1000"),
        ("client_max_body_size", "0"),
        ("keepalive_timeout", "15s"),
        ("keepalive_timeout", "500ms"),
        ("keepalive_timeout", "0.000000001s"),
        ("unix_socket_mode", "0o660"),
        ("ws_ping_interval", "unset"),
        ("backlog", "1024"),
    ] {
        let option = find(name).unwrap();
        assert_eq!(option.print(&option.parse(text).unwrap()), text);
    }
    assert!(matches!(find("backlog").unwrap().kind, Kind::Number { unit: Unit::Count, .. }));
}
