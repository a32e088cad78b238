//! What is wrong with a configuration is one line, and the program does not start. The table of options
//! is walked, so that a new option is covered by itself.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::{fs, thread};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tempfile::TempDir;
use tremolo_config::{Config, ConfigOption, Kind, OPTIONS, Unit};
use tremolo_tests::python;

/// The shortest program, which listens at the addresses of `TREMOLO_BIND`. In Python it is started by
/// the command line of the package.
fn program() -> Command {
    let Some(interpreter) = python() else { return Command::new(env!("CARGO_BIN_EXE_hello")) };
    let mut command = Command::new(interpreter);
    command.args(["-m", "tremolo", concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/hello.py")]);
    command
}

/// Runs the program with these variables; it must end with an error of one line, which is returned.
#[track_caller]
fn fault(variables: &[(&str, &str)]) -> String {
    let output = program().envs(variables.iter().copied()).output().unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let (code, stdout) = (output.status.code(), String::from_utf8(output.stdout).unwrap());
    assert_eq!((code, stdout.as_str()), (Some(1), ""), "{variables:?}: {log}");
    assert_eq!(log.lines().count(), 1, "{variables:?}: {log}");
    log
}

/// A text of another type, and the reason.
fn wrong_type(kind: Kind) -> (&'static str, String) {
    match kind {
        Kind::Switch => ("perhaps", "must be true or false".to_owned()),
        Kind::Number { unit: Unit::Count, .. } => ("many", "must be a whole number".to_owned()),
        Kind::Number { unit: Unit::Mode, .. } => ("rw-", "must be an octal number".to_owned()),
        Kind::Number { unit: Unit::Kibibytes, .. } => {
            ("1 MiBs", "must be a number of KiB".to_owned())
        }
        Kind::Number { .. } => ("1 MiBs", "must be a number of bytes".to_owned()),
        Kind::Time => ("15 apples", "must be a duration, such as 15s or 500ms".to_owned()),
        Kind::Text | Kind::List => ("\u{e9}", "must be printable ASCII".to_owned()),
        Kind::Choice(words) => ("none of them", format!("must be one of {}", words.join(", "))),
        Kind::Networks => ("300.1.1.1", "entry 1: ".to_owned()),
    }
}

/// A value for a file that is out of bounds, or of another type where there are no bounds.
fn out_of_bounds(kind: Kind) -> (String, String) {
    match kind {
        Kind::Number { unit: Unit::Mode, .. } => ("0o1000".to_owned(), "octal number".to_owned()),
        Kind::Number { least, .. } if least > 0 => {
            ((least - 1).to_string(), format!("must be at least {least}"))
        }
        Kind::Number { most, .. } if most < u64::MAX => {
            ((most + 1).to_string(), format!("must be at most {most}"))
        }
        Kind::Number { .. } => ("-1".to_owned(), "must be a whole number, not negative".to_owned()),
        Kind::Time => ("\"40000d\"".to_owned(), "must be at most a hundred years".to_owned()),
        Kind::Switch => ("1".to_owned(), "must be true or false".to_owned()),
        Kind::Choice(words) => ("1".to_owned(), format!("must be one of {}", words.join(", "))),
        Kind::Text | Kind::List | Kind::Networks => ("1".to_owned(), "must be text".to_owned()),
    }
}

fn check(option: &ConfigOption<Config>, folder: &Path) {
    let (text, reason) = wrong_type(option.kind);
    let line = fault(&[(&option.variable(), text)]);
    assert!(line.contains(&option.variable()) && line.contains(&reason), "{line}");
    let (value, reason) = out_of_bounds(option.kind);
    let path = folder.join(option.name).display().to_string();
    fs::write(&path, format!("# a line\n{} = {value}\n", option.name)).unwrap();
    let line = fault(&[("TREMOLO_CONFIG", &path)]);
    assert!(line.contains(&format!("{path}, line 2: {}", option.name)), "{line}");
    assert!(line.contains(&reason), "{line}");
    let unknown = format!("{}X", option.variable());
    let line = fault(&[(&unknown, text)]);
    assert!(line.contains(&unknown) && line.contains("unknown"), "{line}");
}

#[test]
fn every_option_has_a_type_bounds_and_a_name() {
    let folder = TempDir::new().unwrap();
    thread::scope(|scope| {
        for part in OPTIONS.chunks(OPTIONS.len().div_ceil(4)) {
            let path = folder.path();
            scope.spawn(move || part.iter().for_each(|option| check(option, path)));
        }
    });
}

/// Two pairs of a certificate and its key.
fn pairs(folder: &TempDir) -> [[String; 2]; 2] {
    ["first", "second"].map(|name| {
        let pair = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let CertifiedKey { cert, signing_key } = pair;
        [("cert", cert.pem()), ("key", signing_key.serialize_pem())].map(|(kind, pem)| {
            let path = folder.path().join(format!("{name}.{kind}"));
            fs::write(&path, pem).unwrap();
            path.display().to_string()
        })
    })
}

#[test]
fn what_cannot_be_used_is_named_and_nothing_is_half_started() {
    let folder = TempDir::new().unwrap();
    let [[cert, key], [_, other_key]] = pairs(&folder);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let listening = folder.path().join("s");
    let _listening = UnixListener::bind(&listening).unwrap();
    let (free, listening) = (folder.path().join("free"), listening.display().to_string());
    let both = format!("{},{taken}", free.display());
    let long = format!("/tmp/{}", "x".repeat(120));
    let (no_file, folder_path) = ("/no/such/file", folder.path().display().to_string());
    for (variables, parts) in [
        (&[("TREMOLO_CONFIG", folder_path.as_str())][..], [&*folder_path, "cannot be read"]),
        (&[("TREMOLO_BIND", "127.0.0.1:x")], ["127.0.0.1:x", "not an address"]),
        (&[("TREMOLO_BIND", &taken)], [&taken, "Address already in use"]),
        (&[("TREMOLO_BIND", &both)], [&taken, "Address already in use"]),
        (&[("TREMOLO_BIND", &listening)], [&listening, "in use"]),
        (&[("TREMOLO_BIND", &long)], [&long, "path must be shorter than"]),
        (&[("TREMOLO_BIND", "fd://99")], ["fd://99", "Bad file descriptor"]),
        (&[("TREMOLO_TLS_CERT", no_file)], ["tls_cert: /no/such/file", "No such file"]),
        (&[("TREMOLO_TLS_CERT", &cert)], ["tls_key: ", "has no private key"]),
        (&[("TREMOLO_TLS_CERT", &cert), ("TREMOLO_TLS_KEY", no_file)], ["tls_key: ", no_file]),
        (
            &[("TREMOLO_TLS_CERT", &cert), ("TREMOLO_TLS_KEY", &other_key)],
            [&other_key, "the key does not belong to the certificate"],
        ),
        (
            &[
                ("TREMOLO_TLS_CERT", &cert),
                ("TREMOLO_TLS_KEY", &key),
                ("TREMOLO_TLS_CLIENT_CA", &key),
            ],
            ["tls_client_ca: ", "has no certificate"],
        ),
    ] {
        for workers in ["1", "2"] {
            let variables = [&[("TREMOLO_WORKER_NUM", workers)], variables].concat();
            let line = fault(&variables);
            assert!(parts.iter().all(|part| line.contains(part)), "{variables:?}: {line}");
        }
    }
    assert!(!free.exists(), "the address before the wrong one");
}

#[test]
fn no_secret_is_printed() {
    for variable in ["TREMOLO_TLS_KEY_PASSWORD", "TREMOLO_TLS_KEY_PASSWRD"] {
        let line = fault(&[(variable, "s\u{e9}cret")]);
        assert!(line.contains(variable) && !line.contains("cret"), "{line}");
    }
}
