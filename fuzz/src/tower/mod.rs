//! A foreign service behind the Rust front, on a Unix socket: the service receives the request that
//! was sent, and the client reads the response of the service, or can detect that it was cut.

mod order;
mod sent;
mod service;

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tempfile::TempDir;
use tremolo::config::LogLevel;
use tremolo::{Application, Config, ServerHandle, TowerService};

use self::order::Order;
use self::sent::Sent;
use self::service::{Scripted, forget, give, seen};
use crate::reference::response::parse;
use crate::script::Script;

/// `[exchange]*`: requests in one write, and the response of the service to each.
pub fn tower(data: &[u8]) {
    // The service takes its orders from one list.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut script = Script::new(data);
    let (mut sent, mut orders, mut wire) = (Vec::new(), Vec::new(), Vec::new());
    let count = 1 + usize::from(script.byte() % 3);
    for number in 0..count {
        let request = Sent::read(&mut script, number + 1 == count);
        orders.push(Order::read(&mut script));
        wire.extend_from_slice(&request.bytes);
        sent.push(request);
    }
    give(&orders);
    let answer = converse(&wire);
    let (seen, mut rest) = (seen(), &answer[..]);
    let mut is_over = false;
    for (number, (sent, order)) in sent.iter().zip(&orders).enumerate() {
        if is_over {
            assert!(rest.is_empty(), "bytes behind the last response");
            break;
        }
        let may_be_over = number > 0 && orders[number - 1].may_be_cut();
        if rest.is_empty() && may_be_over {
            // A response cut after its last byte looks complete.
            break;
        }
        let response = parse(rest, sent.method == "HEAD").expect("each request has a response");
        rest = &rest[response.consumed..];
        is_over = response.is_last || !response.is_complete;
        sent.check(seen.get(number).expect("the service was asked"), order.read);
        order.check(&response, sent);
    }
    assert!(rest.is_empty(), "bytes behind the last response");
    forget();
}

/// Sends everything, and reads until the server closes.
fn converse(request: &[u8]) -> Vec<u8> {
    static SERVER: OnceLock<(ServerHandle, TempDir)> = OnceLock::new();
    let (_, folder) = SERVER.get_or_init(|| {
        let config = Config { worker_num: 1, log_level: LogLevel::Off, ..Config::default() };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = folder.path().join("s").to_string_lossy().into_owned();
        let application = Application::new().config(config).listen(&address);
        let application = application.mount("/api", TowerService::new(Scripted));
        (application.start().expect("a new folder"), folder)
    });
    let mut client = UnixStream::connect(folder.path().join("s")).expect("the server listens");
    client.set_read_timeout(Some(TIMEOUT)).expect("a timeout");
    client.write_all(request).expect("the server reads");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).expect("the server answers, and closes");
    answer
}

/// A wait longer than this fails.
const TIMEOUT: Duration = Duration::from_secs(9);
