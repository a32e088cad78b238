//! Downloads that `curl` resumes or fetches in ranges have the right content.

use std::fs;
use std::process::Command;

use super::{Served, pattern};

#[test]
fn curl_resumes_a_download() {
    let (served, content) = (Served::new(&pattern(3_000_000)), pattern(3_000_000));
    let got = served.folder.0.join("got");
    fs::write(&got, &content[..1_234_567]).unwrap();
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--max-time", "10", "-C", "-", "-o"]).arg(&got);
    let status = curl.arg(format!("{}/file", served.program.address())).status().unwrap();
    assert!(status.success(), "{status}");
    assert!(fs::read(&got).unwrap() == content);
}

#[test]
fn curl_fetches_several_ranges() {
    let served = Served::new(&pattern(1_000));
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--max-time", "10", "-r", "0-1,5-6"]);
    let output = curl.arg(format!("{}/file", served.program.address())).output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout.windows(15).filter(|text| text == b"Content-Range: ").count(), 2);
}
