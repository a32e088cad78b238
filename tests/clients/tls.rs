//! The encrypted example, used by curl, openssl, Chromium and sslyze.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use serde_json::json;
use tempfile::TempDir;
use tremolo_tests::{Browser, Program};

use crate::chromium::turn;

/// A server with the certificate of an authority, and a client with another one.
struct Encrypted {
    program: Program,
    folder: TempDir,
}

impl Encrypted {
    /// `asks`: clients must have a certificate of the authority.
    fn new(asks: bool) -> Self {
        let folder = TempDir::new().unwrap();
        make_certificates(&folder);
        let path = |name: &str| folder.path().join(name);
        let (cert, key, authority) = (path("server.pem"), path("server.key"), path("ca.pem"));
        let environment = [("TREMOLO_TLS_CLIENT_CA", authority.to_str().unwrap())];
        let program = Program::launch_example_in(
            env!("CARGO_BIN_EXE_tls"),
            concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/tls.py"),
            &[cert.as_os_str(), key.as_os_str()],
            if asks { &environment } else { &[] },
        );
        Self { program, folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn port(&self) -> &str {
        self.program.address().rsplit(':').next().unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port())
    }

    fn curl(&self, arguments: &[&str], path: &str) -> String {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "30", "-4", "--cacert"]);
        let output = curl.arg(self.path("ca.pem")).args(arguments).arg(self.url(path)).output();
        text(&output.unwrap())
    }

    /// Runs `openssl s_client`, which sends a request; returns everything that it prints.
    fn openssl(&self, arguments: &[&str]) -> String {
        let address = format!("127.0.0.1:{}", self.port());
        let mut child = Command::new("openssl")
            .args(["s_client", "-connect", &address, "-servername", "localhost", "-CAfile"])
            .arg(self.path("ca.pem"))
            .args(["-verify_return_error", "-ign_eof"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        child.stdin.take().unwrap().write_all(request).unwrap();
        text(&child.wait_with_output().unwrap())
    }
}

fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

fn make_certificates(folder: &TempDir) {
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name.push(DnType::CommonName, "The authority of the tests");
    let key = KeyPair::generate().unwrap();
    write("ca.pem", authority.self_signed(&key).unwrap().pem());
    let issuer = Issuer::new(authority, key);
    for (file, name, purpose) in [
        ("server", "localhost", ExtendedKeyUsagePurpose::ServerAuth),
        ("client", "alice", ExtendedKeyUsagePurpose::ClientAuth),
    ] {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().unwrap();
        write(&format!("{file}.pem"), params.signed_by(&key, &issuer).unwrap().pem());
        write(&format!("{file}.key"), key.serialize_pem());
    }
}

#[test]
fn curl_gets_and_posts_with_each_version() {
    let server = Encrypted::new(false);
    fs::write(server.path("body"), vec![b'x'; 1_500_000]).unwrap();
    let body = format!("@{}", server.path("body"));
    for (arguments, version) in [
        (["--tlsv1.2", "--tls-max", "1.2"], "TLSv1.2"),
        (["--tlsv1.3", "--tls-max", "1.3"], "TLSv1.3"),
    ] {
        assert_eq!(server.curl(&arguments, "/"), format!("Hello you over {version}"));
        let upload = [&arguments[..], &["--data-binary", &body]].concat();
        assert!(server.curl(&upload, "/echo") == "x".repeat(1_500_000));
    }
    // It offers HTTP/2, and gets what there is.
    let offered = ["--http2", "-o", "/dev/null", "-w", "%{http_version} %{ssl_verify_result}"];
    assert_eq!(server.curl(&offered, "/"), "1.1 0");
}

#[test]
fn curl_shows_its_certificate_if_it_has_one() {
    let server = Encrypted::new(true);
    let (cert, key) = (server.path("client.pem"), server.path("client.key"));
    for version in ["1.2", "1.3"] {
        let own = ["--tls-max", version, "--cert", &cert, "--key", &key];
        assert_eq!(server.curl(&own, "/"), format!("Hello alice over TLSv{version}"));
        let without = server.curl(&["--tls-max", version], "/");
        assert!(without.starts_with("curl: "), "{without}");
    }
}

#[test]
fn openssl_resumes_its_sessions() {
    let server = Encrypted::new(false);
    for version in ["-tls1_2", "-tls1_3"] {
        let session = server.path(version);
        let first = server.openssl(&[version, "-sess_out", &session]);
        assert!(first.contains("Hello you over TLSv1.") && first.contains("New, "), "{first}");
        assert!(first.contains("Verify return code: 0 (ok)"), "{first}");
        let second = server.openssl(&[version, "-sess_in", &session]);
        assert!(second.contains("Reused, "), "{second}");
    }
}

#[test]
fn chromium_opens_a_page_and_posts() {
    let (_turn, server) = (turn(), Encrypted::new(false));
    let mut browser = Browser::launch();
    browser.open(&server.url("/"));
    let shown = browser.run("return document.body.innerText", &json!([]));
    assert_eq!(shown, "Hello you over TLSv1.3");
    let script = "return fetch('/echo', {method: 'POST', body: 'x'.repeat(300000)})
        .then(answer => answer.text()).then(text => text.length)";
    assert_eq!(browser.run(script, &json!([])), 300_000);
}

#[test]
fn sslyze_finds_nothing() {
    let server = Encrypted::new(false);
    let python = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/clients/venv/bin/python");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/with_sslyze.py");
    let output = Command::new(python)
        .args([OsStr::new(script), OsStr::new(server.port())])
        .output()
        .expect("`cargo xtask clients` makes the environment");
    assert!(output.status.success(), "{}", text(&output));
}
