//! Options from the environment and from a file, in the order of their weight; mistakes in them.

use tempfile::TempDir;
use tremolo_tests::{Client, Program, example};

use crate::RESPONSE_OBJECT;

#[test]
fn the_environment_weighs_more_than_the_file_of_tremolo_config() {
    let (_folder, path) = file("server_name = \"of the file\"\nclient_max_header_fields = 3");
    let environment = [("TREMOLO_CONFIG", path.as_str()), ("TREMOLO_SERVER_NAME", "of the system")];
    let (rust, script) = RESPONSE_OBJECT;
    let program = Program::launch_example_in(rust, script, &[], &environment);
    let mut client = Client::connect(program.address());
    let response = client.ask("/return");
    assert_eq!(response.field("server"), Some("of the system"));
    client.send("GET / HTTP/1.1\r\nHost: x\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n");
    assert_eq!(client.read_response().status(), 431);
}

#[test]
fn a_mistake_is_one_line_and_the_program_does_not_start() {
    let (_folder, wrong) = file("\nkeepalive_timout = 15");
    let (_other, broken) = file("keepalive_timeout = ");
    for (variable, value, expected) in [
        ("TREMOLO_KEEPALIVE_TIMOUT", "15s", "did you mean TREMOLO_KEEPALIVE_TIMEOUT?".to_owned()),
        (
            "TREMOLO_KEEPALIVE_TIMEOUT",
            "15 apples",
            "TREMOLO_KEEPALIVE_TIMEOUT=\"15 apples\": must be a duration, such as 15s or 500ms"
                .to_owned(),
        ),
        ("TREMOLO_BUFFER_SIZE", "10B", "must be at least 1024".to_owned()),
        ("TREMOLO_LOG_FMT", "xml", "must be one of text, json".to_owned()),
        ("TREMOLO_CONFIG", "/nonexistent", "/nonexistent: cannot be read: ".to_owned()),
        (
            "TREMOLO_CONFIG",
            &wrong,
            format!("{wrong}, line 2: keepalive_timout = 15: unknown; did you mean"),
        ),
        ("TREMOLO_CONFIG", &broken, format!("{broken}, line 1: not TOML: ")),
    ] {
        let mut command = example(RESPONSE_OBJECT.0, RESPONSE_OBJECT.1);
        let output = command.arg("127.0.0.1:0").env(variable, value).output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]), "{log}");
        assert!(log.contains(&expected) && log.lines().count() == 1, "{log}");
    }
}

/// A file with this text, which is removed with its folder.
fn file(text: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}
