//! Options that concern the process: the pid file, and what only Python's worker processes have.

use std::{fs, process};

use tremolo::{Application, Config, Error};

use crate::start;

#[test]
fn a_pid_file_has_the_number_of_the_process_while_the_server_runs() {
    let path = std::env::temp_dir().join(format!("tremolo-front-{}.pid", process::id()));
    let config = Config { pid_file: path.to_str().unwrap().to_owned(), ..Config::default() };
    let server = start(Application::new().route("/", async || "hi").config(config));
    assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", process::id()));
    server.stop();
    server.wait().unwrap();
    assert!(!path.exists());
}

fn refused(config: Config) -> Error {
    let application = Application::new().route("/", async || "hi").config(config);
    application.listen("127.0.0.1:0").start().unwrap_err()
}

#[test]
fn a_pid_file_that_cannot_be_written_is_named() {
    let path = "/nowhere/at/all/server.pid";
    let error = refused(Config { pid_file: path.to_owned(), ..Config::default() });
    assert!(error.to_string().starts_with(&format!("cannot use the pid file {path}: ")), "{error}");
}

#[test]
fn options_of_python_are_refused() {
    let error = refused(Config { limit_memory: 1, ..Config::default() });
    let text =
        "bad configuration: limit_memory: an option of Python only, whose workers are processes";
    assert_eq!(error.to_string(), text);
}
