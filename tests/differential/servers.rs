//! Starts both fronts and the other servers. `cargo xtask differential` has built and installed them.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use tremolo_tests::{Nginx, Program};

use crate::upstream;

/// A running server.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) version: String,
    pub(crate) address: SocketAddr,
    _process: Process,
}

/// Kept as long as the server is needed.
enum Process {
    Program { _program: Program },
    Nginx { _nginx: Nginx },
}

/// Our fronts come first.
pub(crate) const OURS: [&str; 2] = ["tremolo (Rust)", "tremolo (Python)"];

/// All servers but those that `without` names, separated by commas.
pub(crate) fn launch_all(without: &str) -> Vec<Server> {
    let is_wanted = |name: &str| !without.split(',').any(|other| other == name);
    let mut servers = vec![
        program(OURS[0], "", Command::new(env!("CARGO_BIN_EXE_differential"))),
        program(
            OURS[1],
            "",
            script("target/python/venv/bin/python", "tests/behaviour/differential/program.py"),
        ),
        program("hyper", &hyper_version(), Command::new(env!("CARGO_BIN_EXE_differential_hyper"))),
    ];
    if is_wanted("nginx") {
        servers.push(nginx());
    }
    if is_wanted("h11") {
        let python = "target/differential/venv/bin/python";
        let version = output(Command::new(root(python)).args(["-c", H11_VERSION]));
        let command = script(python, "tests/differential/peers/h11_server.py");
        servers.push(program("h11", &version, command));
    }
    if is_wanted("node") {
        let version = output(Command::new("node").args(["-p", NODE_VERSION]));
        let mut command = Command::new("node");
        command.arg(root("tests/differential/peers/node.mjs"));
        servers.push(program("Node", &version, command));
    }
    if is_wanted("go") {
        let version = output(Command::new("go").args(["env", "GOVERSION"]));
        let command = Command::new(root("target/differential/go_peer"));
        servers.push(program("Go", version.trim_start_matches("go"), command));
    }
    servers
}

fn program(name: &'static str, version: &str, command: Command) -> Server {
    let program = Program::launch_command(command);
    let address = parse(program.address());
    let version = version.to_owned();
    Server { name, version, address, _process: Process::Program { _program: program } }
}

/// nginx has no application: it passes each request on to ours, with the body as it has understood it.
fn nginx() -> Server {
    let upstream = upstream::start().to_string();
    let nginx = Nginx::launch_with(|address| {
        CONFIG.replace("LISTEN", address).replace("UPSTREAM", &upstream)
    });
    let address = parse(nginx.address());
    let version = output(Command::new("/usr/sbin/nginx").arg("-v"));
    let version = version.rsplit('/').next().unwrap_or_default().to_owned();
    Server { name: "nginx", version, address, _process: Process::Nginx { _nginx: nginx } }
}

fn parse(address: &str) -> SocketAddr {
    address.trim_start_matches("http://").parse().expect("a server prints its address")
}

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn script(python: &str, path: &str) -> Command {
    let mut command = Command::new(root(python));
    command.arg(root(path));
    command
}

/// What a program prints about its version, in both of its outputs.
fn output(command: &mut Command) -> String {
    let output = command.output().expect("the server is installed");
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).trim().to_owned()
}

fn hyper_version() -> String {
    let lock = include_str!("../../Cargo.lock");
    let package = lock.split("[[package]]").find(|part| part.contains("name = \"hyper\"\n"));
    let line =
        package.and_then(|part| part.lines().find_map(|line| line.strip_prefix("version = ")));
    line.unwrap_or_default().trim_matches('"').to_owned()
}

const H11_VERSION: &str = "import h11; print(h11.__version__)";
const NODE_VERSION: &str = "process.versions.node + ' (llhttp ' + process.versions.llhttp + ')'";

const CONFIG: &str = "
daemon off;
master_process off;
pid nginx.pid;
error_log error.log crit;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size 2m;
    proxy_http_version 1.1;
    proxy_set_header Connection '';
    upstream application {
        server UPSTREAM;
        keepalive 16;
    }
    server {
        listen LISTEN backlog=1024;
        location / {
            proxy_pass http://application;
        }
    }
}
";
