//! `examples/server`: what the files of `deploy/` and the runs of `cargo xtask production` rely on.

use tremolo_tests::{Message, Program};

fn server(environment: &[(&str, &str)]) -> Program {
    Program::launch_example_in(
        env!("CARGO_BIN_EXE_server"),
        concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/server.py"),
        &[],
        environment,
    )
}

#[test]
fn the_server_for_production_has_all_its_paths() {
    let program = server(&[]);
    let mut client = program.connect();
    for (path, status, text) in [
        ("/hello", 200, "Hello World!".to_owned()),
        ("/sleep?ms=1", 200, "slept 1 ms\n".to_owned()),
        ("/stream?pieces=3&ms=0", 200, ".".repeat(3 << 10)),
        ("/health", 200, "alive\n".to_owned()),
        ("/ready", 200, "ready\n".to_owned()),
    ] {
        assert_eq!(client.ask(path).status_and_text(), (status, text), "{path}");
    }
    for path in ["/sleep", "/sleep?ms=x", "/stream?pieces=3"] {
        assert!((400..500).contains(&client.ask(path).status()), "{path}");
    }
    // More than the limit of the other paths.
    let upload = Message::post("/upload").body(vec![b'x'; 5 << 20]);
    assert_eq!(client.exchange(&upload).status_and_text(), (200, format!("{}\n", 5 << 20)));
    let stats = client.ask("/stats");
    assert_eq!(stats.field("Content-Type"), Some("application/json"));
    assert!(stats.text().contains("\"connections_open\""), "{stats:?}");
    assert!(client.ask("/metrics").text().contains("tremolo_connections_open"));
}

#[test]
fn the_server_for_production_is_configured_by_environment_and_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("server.toml");
    std::fs::write(&file, "server_name = \"of the file\"\nkeepalive_timeout = \"20s\"\n").unwrap();
    let file = file.to_str().unwrap();
    let program = server(&[("TREMOLO_CONFIG", file), ("TREMOLO_KEEPALIVE_TIMEOUT", "15s")]);
    let hello = program.connect().ask("/hello");
    assert_eq!(hello.field("Server"), Some("of the file"));
}
