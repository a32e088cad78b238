//! The table as its users see it: bounds, names, and options of one listener.

use std::time::Duration;

use tremolo_config::{Config, Kind, LogLevel, OPTIONS, Reason, Value, find, nearest};

fn refused(name: &str, text: &str) -> String {
    Config::default().set_text(name, text).expect_err("a bad value").to_string()
}

#[test]
fn the_defaults_are_valid_and_survive_their_own_values() {
    let default = Config::default();
    assert_eq!(default.validate(), Ok(()));
    let mut copy = default.clone();
    for option in OPTIONS {
        option.set(&mut copy, option.get(&default)).unwrap();
    }
    assert_eq!(copy, default);
}

#[test]
fn names_are_unique_and_have_documentation() {
    for (at, option) in OPTIONS.iter().enumerate() {
        assert!(OPTIONS[..at].iter().all(|other| other.name != option.name), "{}", option.name);
        assert!(option.about.contains("Default"), "{}", option.name);
        assert!(
            option.name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()),
            "{}",
            option.name
        );
    }
}

#[test]
fn values_are_read_from_text() {
    let mut config = Config::default();
    for (name, text) in [
        ("client_max_body_size", "10MiB"),
        ("keepalive_timeout", "500ms"),
        ("reuse_port", "off"),
        ("unix_socket_mode", "600"),
        ("log_level", "WARN"),
        ("trusted_proxies", "10.0.0.0/8, unix"),
        ("max_connections", "7"),
        ("server_name", "me"),
    ] {
        config.set_text(name, text).unwrap();
    }
    let wanted = Config {
        client_max_body_size: 10 << 20,
        keepalive_timeout: Duration::from_millis(500),
        reuse_port: false,
        unix_socket_mode: 0o600,
        log_level: LogLevel::Warn,
        trusted_proxies: "10.0.0.0/8,unix".parse().unwrap(),
        max_connections: Some(7),
        server_name: "me".to_owned(),
        ..Config::default()
    };
    assert_eq!(config, wanted);
}

#[test]
fn code_that_sets_another_type_is_refused_and_changes_nothing() {
    for option in OPTIONS {
        let wrong = match option.kind {
            Kind::Switch => Value::Number(1),
            Kind::Number { .. } | Kind::Time => Value::Switch(true),
            Kind::Text | Kind::List | Kind::Choice(_) | Kind::Networks => Value::Number(1),
        };
        let mut config = Config::default();
        let error = config.set(option.name, wrong).unwrap_err();
        assert_eq!((&*error.name, config), (option.name, Config::default()));
    }
}

#[test]
fn a_refusal_names_the_option_and_what_would_be_right() {
    for (name, text, wanted) in [
        ("buffer_size", "1023", "buffer_size: must be at least 1024"),
        ("client_max_header_size", "17MiB", "client_max_header_size: must be at most 16777216"),
        ("thread_pool_size", "0", "thread_pool_size: must be at least 1"),
        ("thread_pool_size", "10001", "thread_pool_size: must be at most 10000"),
        ("backlog", "4294967296", "backlog: must be at most 4294967295"),
        ("unix_socket_mode", "1000", "unix_socket_mode: must be an octal number up to 777"),
        ("write_timeout", "900000h", "write_timeout: must be at most a hundred years"),
        ("write_timeout", "soon", "write_timeout: must be a duration, such as 15s or 500ms"),
        ("debug", "maybe", "debug: must be true or false"),
        ("log_fmt", "xml", "log_fmt: must be one of text, json"),
        ("server_name", "a\nb", "server_name: must be printable ASCII"),
        (
            "trusted_proxies",
            "unix,nonsense",
            "trusted_proxies: entry 2: neither an address nor `unix`",
        ),
        ("bufer_size", "1", "bufer_size: unknown; did you mean buffer_size?"),
        ("nothing_like_it", "1", "nothing_like_it: unknown"),
    ] {
        assert_eq!(refused(name, text), wanted);
    }
}

#[test]
fn a_value_out_of_bounds_leaves_the_configuration_as_it_was() {
    let mut config = Config::default();
    config.set("buffer_size", Value::Number(1)).unwrap_err();
    config.set("buffer_size", Value::Switch(true)).unwrap_err();
    assert_eq!(config, Config::default());
}

#[test]
fn only_near_spellings_are_suggested() {
    assert_eq!(nearest("keepalive_timout"), Some("keepalive_timeout"));
    assert_eq!(nearest("client_max_bodysize"), Some("client_max_body_size"));
    assert_eq!(nearest("debog"), Some("debug"));
    for name in ["db", "bug", "workers", "relay", "secret_key"] {
        assert_eq!(nearest(name), None, "{name}");
    }
}

#[test]
fn the_rust_front_refuses_options_of_python() {
    assert_eq!(Config::default().validate_for_rust(), Ok(()));
    let config = Config { reload: true, ..Config::default() };
    let refused = config.validate_for_rust().unwrap_err();
    assert!(refused.to_string().starts_with("reload: an option of Python only"), "{refused}");
}

#[test]
fn a_listener_differs_only_in_its_own_options() {
    let server = Config::default();
    let own =
        Config { request_timeout: Duration::from_secs(5), proxy_protocol: true, ..server.clone() };
    assert_eq!(own.validate_listener(&server), Ok(()));
    let other = Config { debug: true, ..server.clone() };
    assert_eq!(other.validate_listener(&server).unwrap_err().reason, Reason::NotOfAListener);
    let small = Config { buffer_size: 1, ..server.clone() };
    assert_eq!(small.validate_listener(&server).unwrap_err().reason, Reason::TooSmall(1_024));
    assert!(find("request_timeout").is_some());
}
