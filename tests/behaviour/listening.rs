//! Listeners: addresses, Unix sockets, shared ports, and the limit of connections.

use std::net::TcpListener;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tremolo::{Application, Config};
use tremolo_tests::Client;

use crate::{connect, start};

#[test]
fn connections_over_the_limit_wait_until_one_closes() {
    let config = Config { max_connections: Some(2), ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut clients = [connect(&server), connect(&server)];
    for client in &mut clients {
        assert_eq!(client.ask("/").text(), "fine");
    }
    let mut third = connect(&server);
    third.get("/");
    // Accepted connections are still served.
    for client in &mut clients {
        assert_eq!(client.ask("/").text(), "fine");
    }
    assert!(third.has_received_nothing());
    let [first, mut second] = clients;
    drop(first);
    assert_eq!(third.read_response().text(), "fine");
    assert_eq!(second.ask("/").text(), "fine");
}

#[test]
fn the_connection_that_is_idle_longest_makes_room_for_a_new_one() {
    let config = Config { keepalive_connections: 2, ..Config::default() };
    let server = start(Application::new().route("/", async || "fine").config(config));
    let mut clients = Vec::new();
    for _ in 0..4 {
        let mut client = connect(&server);
        assert_eq!(client.ask("/").text(), "fine");
        clients.push(client);
    }
    assert_eq!(clients.remove(0).read_to_end(), b"");
    for mut client in clients {
        assert_eq!(client.ask("/").text(), "fine");
    }
}

#[test]
fn a_unix_socket_is_served_and_then_removed() {
    let path = unix_path("served");
    let config = Config { unix_socket_mode: 0o600, ..Config::default() };
    let application = Application::new().route("/", async || "fine").config(config);
    let server = application.listen(path.to_str().unwrap()).start().unwrap();
    let mode = path.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let mut client = connect(&server);
    for _ in 0..2 {
        assert_eq!(client.ask("/").text(), "fine");
    }
    client.send("nonsense\r\n\r\n");
    assert_eq!(client.read_response().status(), 400);
    assert_eq!(client.read_to_end(), b"");
    drop(server);
    assert!(!path.exists());
}

#[test]
fn a_stale_unix_socket_is_replaced_and_other_files_are_not() {
    let stale = unix_path("stale");
    drop(std::os::unix::net::UnixListener::bind(&stale).unwrap());
    let listen = |path: &PathBuf| {
        Application::new().route("/", async || "fine").listen(path.to_str().unwrap()).start()
    };
    let server = listen(&stale).unwrap();
    assert_eq!(connect(&server).ask("/").text(), "fine");
    let taken = listen(&stale).unwrap_err().to_string();
    assert!(taken.contains(stale.to_str().unwrap()), "{taken}");
    assert!(taken.contains("another server listens on this socket"), "{taken}");
    assert_eq!(connect(&server).ask("/").text(), "fine");
    drop(server);
    std::fs::write(&stale, "precious").unwrap();
    assert!(listen(&stale).is_err());
    assert_eq!(std::fs::read(&stale).unwrap(), b"precious");
    std::fs::remove_file(&stale).unwrap();
}

#[test]
fn the_socket_file_of_a_successor_is_not_removed() {
    let path = unix_path("successor");
    let listen = |text: &'static str| {
        let application = Application::new().route("/", async move || text);
        application.listen(path.to_str().unwrap()).start().unwrap()
    };
    let old = listen("old");
    std::fs::remove_file(&path).unwrap();
    let new = listen("new");
    old.stop();
    old.wait().unwrap();
    assert_eq!(connect(&new).ask("/").text(), "new");
    drop(new);
    assert!(!path.exists());
}

#[test]
fn one_server_listens_on_several_addresses() {
    let path = unix_path("several");
    let application = Application::new().route("/", async || "fine").listen("127.0.0.1:0");
    let server = application.listen("[::1]:0").listen(path.to_str().unwrap()).start().unwrap();
    let addresses = server.addresses();
    assert_eq!(addresses.len(), 3);
    for address in addresses {
        assert_eq!(Client::connect(&address).ask("/").text(), "fine", "{address}");
    }
}

#[test]
fn an_address_of_all_interfaces_accepts_both_families() {
    let client = async |request: tremolo::Request| format!("{:?}", request.ip());
    let application = Application::new().route("/", client).listen("[::]:0");
    let server = application.start().unwrap();
    let address = server.addresses().remove(0);
    let (_, port) = address.rsplit_once(':').unwrap();
    for host in ["127.0.0.1", "[::1]"] {
        let mut client = Client::connect(&format!("http://{host}:{port}"));
        let ip = host.trim_matches(['[', ']']);
        assert_eq!(client.ask("/").text(), format!("Some({ip})"));
    }
}

/// The socket remains open for the process that has made it.
#[test]
fn a_socket_that_listens_already_is_served_by_all_workers() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let listen = || {
        let config = Config { worker_num: 2, ..Config::default() };
        let application = Application::new().route("/", async || "fine").config(config);
        application.listen(format!("fd://{}", socket.as_raw_fd())).start()
    };
    for _ in 0..2 {
        let server = listen().unwrap();
        assert_eq!(server.addresses(), [address.as_str()]);
        assert_eq!(Client::connect(&address).ask("/").text(), "fine");
    }
    let file = std::fs::File::open("/dev/null").unwrap();
    for (number, why) in [(file.as_raw_fd(), ""), (i32::MAX, "Bad file descriptor")] {
        let address = format!("fd://{number}");
        let error = Application::new().listen(&address).start().unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot listen on {address}: ")), "{error}");
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn sockets_of_systemd_are_served() {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    let start = |listen: &str| {
        // As systemd starts a program: with the socket as descriptor 3, and its own number.
        let script = "exec 3<&0; LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec \"$0\" \"$1\"";
        let mut command = Command::new("sh");
        command.args(["-c", script, crate::RESPONSE_OBJECT.0, listen]);
        command.stdin(OwnedFd::from(socket.try_clone().unwrap()));
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    for listen in ["systemd://", "systemd://web"] {
        let mut program = start(listen);
        let mut client = Client::connect(&address);
        assert_eq!(client.ask("/return").text(), "Hello, World!");
        program.kill().unwrap();
        program.wait().unwrap();
    }
    let output = start("systemd://admin").wait_with_output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{log}");
    let expected = "cannot listen on systemd://admin: no socket of systemd has this name";
    assert!(log.contains(expected) && log.lines().count() == 1, "{log}");
}

#[test]
fn a_path_that_is_too_long_is_an_error_of_one_line() {
    let path = format!("/tmp/{}", "x".repeat(200));
    let error = Application::new().listen(&path).start().unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen on {path}: ")), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn all_workers_accept_connections() {
    let config = Config { worker_num: 3, ..Config::default() };
    let thread = async || std::thread::current().name().unwrap_or_default().to_owned();
    let server = start(Application::new().route("/", thread).config(config));
    let mut names = std::collections::BTreeSet::new();
    tremolo_tests::wait_until("three workers have answered", || {
        names.insert(connect(&server).ask("/").text().to_owned());
        names.len() == 3
    });
}

#[test]
fn a_port_in_use_is_an_error_of_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let error = Application::new().listen(&address).start().unwrap_err().to_string();
    assert!(error.contains(&address) && error.contains("in use"), "{error}");

    let program = env!("CARGO_BIN_EXE_response_object");
    let output = Command::new(program).arg(&address).output().unwrap();
    assert_eq!((output.status.code(), &output.stdout[..]), (Some(1), &b""[..]));
    let log = String::from_utf8(output.stderr).unwrap();
    assert_eq!(log.lines().count(), 1, "{log}");
    assert!(
        log.contains(&address) && log.to_lowercase().contains("address already in use"),
        "{log}"
    );
}

/// So clients are not refused while a program is restarted.
#[test]
fn two_processes_share_a_port_only_if_both_allow_it() {
    let program = crate::response_object_program();
    let address = program.address().trim_start_matches("http://").to_owned();
    let alone = Config { reuse_port: false, ..Config::default() };
    let application = || Application::new().route("/", async || "the second");
    let error = application().config(alone).listen(&address).start().map(|_| "it was started");
    assert!(error.unwrap_err().to_string().contains("in use"));
    let second = application().listen(&address).start().unwrap();
    program.stop();
    let (status, log) = program.wait();
    assert!(status.success(), "{log}");
    assert_eq!(Client::connect(&format!("http://{address}")).ask("/").text(), "the second");
    drop(second);
}

#[test]
fn invalid_configuration_is_refused_at_start() {
    for address in ["", "localhost", "127.0.0.1", "127.0.0.1:http", "::1"] {
        assert!(Application::new().listen(address).start().is_err(), "{address:?}");
    }
    let config = Config { buffer_size: 0, ..Config::default() };
    let error = Application::new().config(config).listen("127.0.0.1:0").start().unwrap_err();
    assert!(error.to_string().contains("buffer_size"), "{error}");
}

/// A unique and short path; the length of a Unix socket's path is limited.
fn unix_path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("tremolo-{}-{name}.sock", std::process::id()))
}
