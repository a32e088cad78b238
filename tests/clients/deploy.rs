//! The files of `deploy/`: nginx, Caddy and systemd use theirs; those of containers, whose programs
//! need a system of their own, are checked by `yamllint`, `kubernetes-validate`, `check-jsonschema` and
//! `hadolint`.

use std::env;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;
use tremolo_tests::{Client, Message, Nginx, Program, example, wait_until};

#[test]
fn nginx_loses_no_request_when_a_replica_stops() {
    let (first, second) = (replica(), replica());
    let servers = [&first, &second].map(|replica| format!("server {};", host(replica.address())));
    let nginx = Nginx::launch_with(|address| {
        let config = read("nginx.conf")
            .replace("server server:8000;", &servers.concat())
            .replace("listen 8080;", &format!("listen {address};"))
            // Another pool of the processes of the system, and no limit that only root may raise.
            .replace("worker_processes auto;", "daemon off; master_process off;")
            .replace("worker_rlimit_nofile 65536;", "")
            .replace("worker_connections 16384;", "worker_connections 256;");
        assert!(!config.contains("server:8000") && !config.contains("8080"), "{config}");
        config.replace("pid /tmp/", "pid ")
    });
    the_front_works(nginx.address(), first);
}

#[test]
fn caddy_loses_no_request_when_a_replica_stops() {
    let (first, second) = (replica(), replica());
    let address = free_address("127.0.0.3");
    let (interface, port) = address.split_once(':').unwrap();
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("Caddyfile");
    let bound = format!("admin off\n\tdefault_bind {interface}");
    fs::write(&file, read("Caddyfile").replace("admin off", &bound)).unwrap();
    let mut command = Command::new("caddy");
    command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&file);
    // For any host name: the clients of the tests have their own.
    command.env("SITE", format!("http://:{port}"));
    command.env("REPLICAS", format!("{} {}", host(first.address()), host(second.address())));
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
        command.env(variable, folder.path());
    }
    let _caddy = Started::new(command, &address);
    the_front_works(&address, first);
}

#[test]
fn systemd_passes_its_socket_when_a_client_connects() {
    let address = free_address("127.0.0.4");
    let mut command = Command::new("systemd-socket-activate");
    command.args(["--listen", &address, "--setenv=TREMOLO_BIND=systemd://"]);
    let server = example(SERVER.0, SERVER.1);
    command.arg(server.get_program()).args(server.get_args());
    let _systemd = Started::new(command, &address);
    assert_eq!(Client::connect(&address).ask("/hello").text(), "Hello World!");
}

/// Their syntax, and names of options that systemd does not know.
#[test]
fn systemd_accepts_the_units() {
    let folder = TempDir::new().unwrap();
    let service = read("tremolo.service").replace("/usr/local/bin/server", SERVER.0);
    fs::write(folder.path().join("tremolo.service"), service).unwrap();
    fs::write(folder.path().join("tremolo.socket"), read("tremolo.socket")).unwrap();
    let units = ["tremolo.service", "tremolo.socket"].map(|name| folder.path().join(name));
    let output = Command::new("systemd-analyze").arg("verify").args(units).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    // It also checks the units of the system that ours depend on.
    assert!(output.status.success() && !text.contains("tremolo"), "{text}");
}

#[test]
fn linters_accept_the_files_for_containers_and_kubernetes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/clients/venv/bin");
    let rows: [(&str, &[&str], &[&str]); 4] = [
        (
            "yamllint",
            &["--strict", "--config-file"],
            &["yamllint.yaml", "compose.yaml", "kubernetes.yaml"],
        ),
        ("kubernetes-validate", &["--strict"], &["kubernetes.yaml"]),
        ("check-jsonschema", &["--builtin-schema", "vendor.compose-spec"], &["compose.yaml"]),
        ("hadolint", &[], &["Dockerfile"]),
    ];
    for (program, options, files) in rows {
        let mut command = Command::new(folder.join(program));
        let output = command.args(options).args(files.iter().map(|name| path(name))).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{program}: {output:?}");
    }
}

/// What a front has to pass: hello, a body without a length, an upload, and the stop of one replica.
fn the_front_works(address: &str, replica: Program) {
    let mut client = Client::connect(address);
    assert_eq!(client.ask("/hello").text(), "Hello World!");
    assert_eq!(client.ask("/stream?pieces=3&ms=0").text().len(), 3 << 10);
    let upload = Message::post("/upload").body(vec![b'x'; 3 << 20]);
    assert_eq!(client.exchange(&upload).text(), format!("{}\n", 3 << 20));
    assert_eq!(client.ask("/metrics").status(), 404);

    let (served, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::connect(address);
                    while !is_over.load(Ordering::Relaxed) {
                        assert_eq!(client.ask("/sleep?ms=2").status(), 200);
                        served.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        let more = |number| {
            let before = served.load(Ordering::Relaxed);
            wait_until("more requests are served", || {
                served.load(Ordering::Relaxed) >= before + number
                    || clients.iter().any(thread::ScopedJoinHandle::is_finished)
            });
        };
        more(100);
        let log = replica.stop_and_read_log();
        more(100);
        is_over.store(true, Ordering::Relaxed);
        let failed = clients.into_iter().filter_map(|client| client.join().err()).count();
        assert_eq!(failed, 0, "clients without a response; {log}");
    });
}

fn replica() -> Program {
    Program::launch_example(SERVER.0, SERVER.1)
}

/// A program that serves at an address. Dropping this stops it.
struct Started(Child);

impl Started {
    /// Starts it, and waits until it listens.
    fn new(mut command: Command, address: &str) -> Self {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut started = Self(command.spawn().unwrap());
        wait_until("it listens", || {
            let end = started.0.try_wait().unwrap();
            assert!(end.is_none(), "{command:?} ends: {end:?}");
            TcpStream::connect(address).is_ok()
        });
        started
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// None of these programs supports port 0. No other test uses the host, so a free port stays free.
fn free_address(host: &str) -> String {
    TcpListener::bind((host, 0)).and_then(|listener| listener.local_addr()).unwrap().to_string()
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://")
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap()
}

const SERVER: (&str, &str) =
    (env!("CARGO_BIN_EXE_server"), concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/server.py"));
