//! Tools that resume a download, or fetch ranges in parallel, get the right content and request no
//! byte twice (RFC 9110 section 14).

use std::path::Path;
use std::process::{Command, Output};

use crate::{Files, MIB, assert_holds, numbered};

#[test]
fn curl_resumes_where_it_stopped() {
    let content = numbered(3 * MIB);
    let files = Files::new("file.bin", &content);
    let got = files.begun(&content[..1_234_567]);
    let output = curl(&got, &files.url("/file"));
    assert_eq!(output, format!("206 {}", content.len() - 1_234_567));
    assert_holds(&got, &content);
    // The download is complete: nothing is requested, and the file is unchanged.
    assert!(curl(&got, &files.url("/file")).starts_with("416 "));
    assert_holds(&got, &content);
}

/// Status and number of bytes.
fn curl(got: &Path, url: &str) -> String {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--max-time", "30", "-w", "%{http_code} %{size_download}", "-C", "-"]);
    text(&run(curl.arg("-o").arg(got).arg(url)).stdout)
}

#[test]
fn wget_resumes_where_it_stopped() {
    let content = numbered(3 * MIB);
    let files = Files::new("file.bin", &content);
    let got = files.begun(&content[..1_234_567]);
    assert!(wget(&got, &files.url("/file")).contains("HTTP/1.1 206 "));
    assert_holds(&got, &content);
    let log = wget(&got, &files.url("/file"));
    assert!(log.contains("HTTP/1.1 416 ") && log.contains("already fully retrieved"), "{log}");
    assert_holds(&got, &content);
}

fn wget(got: &Path, url: &str) -> String {
    let mut wget = Command::new("wget");
    wget.args(["--no-config", "--tries=1", "--timeout=30", "--server-response", "-c", "-O"]);
    let output = run(wget.env("LC_ALL", "C").arg(got).arg(url));
    assert!(output.status.success(), "{output:?}");
    text(&output.stderr)
}

#[test]
fn aria2_puts_a_file_together_from_eight_connections() {
    let content = numbered(30 * MIB + 12_345);
    let files = Files::new("file.bin", &content);
    let log = files.folder.path().join("log");
    let mut aria2 = Command::new("aria2c");
    aria2.args(["--no-conf", "--quiet", "-x8", "-s8", "-k1M", "--timeout=30", "--log-level=info"]);
    aria2.args(["--file-allocation=none", "--out=got"]).arg("--dir").arg(files.folder.path());
    let output = run(aria2.arg("--log").arg(&log).arg(files.url("/file")));
    assert!(output.status.success(), "{output:?}");
    assert_holds(&files.folder.path().join("got"), &content);
    let log = std::fs::read_to_string(log).unwrap();
    let parts = log.matches("HTTP/1.1 206 ").count();
    assert!(parts >= 7, "{parts} parts");
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
