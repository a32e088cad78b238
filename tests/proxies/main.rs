//! The server behind proxies that keep their connections to it: messages that two implementations
//! could divide differently (request smuggling, RFC 9112 section 11.2), beside requests of other
//! clients.
//!
//! Run by `cargo xtask proxies`, which installs the programs. No response may reach the client of
//! another request, and no request may reach a handler that the proxy has not forwarded as one.
//! `PROXIES_FOLDER` names a folder for what became of the attacks: a file for each front and proxy.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod attacks;
mod conversation;
mod proxy;
mod tap;
mod verdict;

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use tempfile::TempDir;
use tremolo_tests::{Program, escape, python};

use self::attacks::{Attack, Step, mark};
use self::conversation::{Received, converse};
use self::proxy::{Kind, Proxy};
use self::tap::Tap;
use self::verdict::{Outcome, Record, Upstream, fault_of, fault_of_answers};

#[test]
fn answers_stay_apart_behind_nginx() {
    examine(&proxy::NGINX);
}

#[test]
fn answers_stay_apart_behind_nginx_that_buffers() {
    examine(&proxy::NGINX_BUFFERING);
}

#[test]
fn answers_stay_apart_behind_haproxy() {
    examine(&proxy::HAPROXY);
}

#[test]
fn answers_stay_apart_behind_varnish() {
    examine(&proxy::VARNISH);
}

#[test]
fn answers_stay_apart_behind_apache() {
    examine(&proxy::APACHE);
}

#[test]
fn answers_stay_apart_behind_caddy() {
    examine(&proxy::CADDY);
}

/// A server, a proxy, and what their clients have seen.
struct Scene {
    proxy: Proxy,
    tap: Tap,
    _program: Program,
    folder: TempDir,
    numbers: AtomicUsize,
    /// The victims that got a response: their marks, and the bodies that they had sent.
    served: Mutex<Vec<(String, String)>>,
    /// Victims that got an error of the proxy, or no response.
    disturbed: AtomicUsize,
    faults: Mutex<Vec<String>>,
}

fn examine(kind: &Kind) {
    let scene = Scene::new(kind);
    let attacks = attacks::all();
    let numbers: Vec<_> = attacks.iter().map(|attack| scene.attack_and_serve(attack)).collect();
    let upstream = Upstream::new(&scene.tap.passed());
    let reused = (upstream.requests(), upstream.connections());
    scene.attack_at_once(&attacks);
    scene.judge();
    let outcomes = numbers.iter().map(|number| upstream.outcome(*number));
    let rows = count(attacks.iter().map(|attack| attack.family).zip(outcomes));
    report(kind, &rows, reused, scene.disturbed.load(Ordering::Relaxed));
    let faults = scene.faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{}: {} faults:\n{}", kind.name, faults.len(), faults.join("\n"));
}

impl Scene {
    fn new(kind: &Kind) -> Self {
        let folder = TempDir::new().unwrap();
        let records = folder.path().join("records");
        let program = Program::launch_example_with(
            env!("CARGO_BIN_EXE_recorder"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/proxies/program.py"),
            &[records.as_os_str()],
        );
        let tap = Tap::new(program.address().trim_start_matches("http://"));
        Self {
            proxy: Proxy::launch(kind, tap.address()),
            tap,
            _program: program,
            folder,
            numbers: AtomicUsize::new(1),
            served: Mutex::default(),
            disturbed: AtomicUsize::new(0),
            faults: Mutex::default(),
        }
    }

    fn number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// An attack, and then two victims, which get the same connection to the server. Returns the
    /// number of the attack.
    fn attack_and_serve(&self, attack: &Attack) -> usize {
        let number = self.attack(attack);
        self.serve(attack, "GET");
        self.serve(attack, "POST");
        number
    }

    /// All attacks again, and three victims for each, from several clients at once.
    fn attack_at_once(&self, attacks: &[Attack]) {
        // Coprime with the number of attacks, so that each is taken once, far from its neighbours.
        let stride = (997..).find(|step| gcd(*step, attacks.len()) == 1).unwrap();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let (number, kind) = (at / 4, at % 4);
                if number >= attacks.len() {
                    return;
                }
                let attack = &attacks[number * stride % attacks.len()];
                match kind {
                    0 => drop(self.attack(attack)),
                    1 => self.serve(attack, "POST"),
                    _ => self.serve(attack, "GET"),
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(work);
            }
        });
    }

    fn attack(&self, attack: &Attack) -> usize {
        let number = self.number();
        let mark = follow_up_mark(number);
        let last = format!("GET /whole?{mark} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let steps = attack.steps(number);
        let received = converse(self.proxy.address(), &steps, Some(&last));
        if let Some(fault) = fault_of_answers(number, &received) {
            self.fault(&format!("{fault}; {}", shown(attack, &received)));
        }
        number
    }

    /// The request of a victim, on a connection of its own to the proxy.
    fn serve(&self, attack: &Attack, method: &str) {
        let mark = mark('v', self.number());
        let body = if method == "POST" { format!("of {mark}") } else { String::new() };
        let head =
            format!("{method} /whole?{mark} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        let text = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
        let received = converse(self.proxy.address(), &[Step::Send(text)], None);
        let (statuses, marks) = (received.statuses(), received.marks());
        if statuses == [200] && marks == [mark.as_str()] {
            self.served.lock().unwrap().push((mark, body));
        } else if marks.is_empty() && statuses.iter().all(|status| *status >= 500) {
            self.disturbed.fetch_add(1, Ordering::Relaxed);
        } else {
            self.fault(&format!("a victim, {mark}: {}", shown(attack, &received)));
        }
    }

    fn fault(&self, text: &str) {
        self.faults.lock().unwrap().push(text.to_owned());
    }

    /// After all requests: what the server and the tap have seen.
    fn judge(&self) {
        let records = fs::read_to_string(self.folder.path().join("records")).unwrap();
        let records = records.lines().map(|line| serde_json::from_str::<Record>(line).unwrap());
        let mut bodies = HashMap::<_, Vec<_>>::new();
        for record in records {
            if let Some(fault) = fault_of(&record) {
                self.fault(&fault);
            }
            let mark = record.target.rsplit('?').next().unwrap_or_default().to_owned();
            bodies.entry(mark).or_default().push(record.body.unwrap_or_default());
        }
        for (mark, body) in &*self.served.lock().unwrap() {
            let got = bodies.get(mark);
            if got.is_none_or(|got| got.iter().any(|got| got != body)) {
                self.fault(&format!("of the victim {mark} the server has {got:?}"));
            }
        }
        for fault in Upstream::new(&self.tap.passed()).faults() {
            self.fault(&fault);
        }
    }
}

/// The mark of the request behind an attack.
fn follow_up_mark(number: usize) -> String {
    mark('f', number)
}

/// How many there are at once.
const CLIENTS: usize = 6;

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

fn shown(attack: &Attack, received: &Received) -> String {
    let short = |text: &[u8]| escape(&text[..text.len().min(2_000)]);
    let steps = attack.steps.iter().map(|step| match step {
        Step::Send(text) => short(text.as_bytes()),
        Step::Await => " … ".to_owned(),
    });
    let steps: String = steps.collect();
    format!("{}: {steps}\n  received {}", attack.family, short(&received.bytes))
}

/// A family, and how many of its attacks had each outcome.
type Row = (&'static str, [usize; 3]);

fn count(outcomes: impl Iterator<Item = (&'static str, Outcome)>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for (family, outcome) in outcomes {
        let at = rows.iter().position(|row| row.0 == family).unwrap_or_else(|| {
            rows.push((family, [0; 3]));
            rows.len() - 1
        });
        rows[at].1[outcome as usize] += 1;
    }
    rows
}

/// Writes the file for the table, if there is a folder for it.
fn report(kind: &Kind, rows: &[Row], (requests, connections): (usize, usize), disturbed: usize) {
    let mut text = format!("{}\t{}\n", kind.name, kind.version());
    for (family, counts) in rows {
        let _ = writeln!(text, "{family}\t{}\t{}\t{}", counts[0], counts[1], counts[2]);
    }
    let _ = writeln!(text, "requests\t{requests}\t{connections}\t{}", disturbed);
    if let Some(folder) = std::env::var_os("PROXIES_FOLDER") {
        let front = if python().is_some() { "Python" } else { "Rust" };
        fs::write(Path::new(&folder).join(format!("{front} {}", kind.name)), text).unwrap();
    }
}
