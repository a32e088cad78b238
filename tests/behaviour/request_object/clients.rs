//! Each path requested with curl and with Python's standard library.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use sha2::{Digest, Sha256};
use tremolo_tests::Program;

use super::{MIB, assert_serves, pattern, program};

/// Options and path, and the expected output.
const ROWS: &[(&str, &str)] = &[
    ("-d hello /echo", "hello"),
    ("--data-binary @small /count", "1000\n"),
    ("--data-binary @large /count", "3000000\n"),
    ("-T large /count", "3000000\n"),
    ("-HTransfer-Encoding:chunked -T large /count", "3000000\n"),
    ("-HExpect:100-continue --expect100-timeout 9 -T large /count", "3000000\n"),
    ("--http1.0 -T large /count", "3000000\n"),
    ("-d abcdefghij /read?n=4", "abcd|efgh|ij"),
    ("-d abcdefghij /mixed", "abcd|efghij"),
    ("-d b=2 -d a=1 --data-urlencode c=\u{e9}& /form", "a=1\nb=2\nc=\u{e9}&\n"),
    ("-Fb=2 -Fa=1 /form", "a=1\nb=2\n"),
    ("-Fa=1 -Fb=@small /files", "a,,,1,true\nb,small,application/octet-stream,1000,true\n"),
    (
        "-Fb=@small;type=text/x;filename=\"c;d\" /files?max=600",
        "b,c;d,text/x,600,false\nb,c;d,text/x,400,true\n",
    ),
    ("-d hello /ignore", "ignored\n"),
    ("-T large /ignore", "ignored\n"),
    ("/query?a=1&b=2&a=%C3%A9", "a=1\na=\u{e9}\nb=2\n"),
    ("-b b=2;a=1 /cookies", "b=2\na=1\n"),
    ("-HHost:a -HUser-Agent: -HAccept: -HX-A:1 /headers", "host: a\nx-a: 1\n"),
    ("-HHost:a -XBREW /meta?q", "BREW\n/meta\nq\nHTTP/1.1\na\n127.0.0.1\nhttp\n"),
    ("-d a /early -w%{http_code} -o/dev/null", "413"),
    ("-T huge /early -w%{http_code} -o/dev/null", "413"),
    ("-HTransfer-Encoding:chunked -T huge /early -w%{http_code} -o/dev/null", "413"),
    ("-HExpect: -T huge /early -w%{http_code} -o/dev/null", "413"),
    ("-T huge /read -w%{http_code} -o/dev/null", "413"),
    ("-HExpect: -T huge /read -w%{http_code} -o/dev/null", "413"),
    ("-HExpect: -HTransfer-Encoding:chunked -T huge /read -w%{http_code} -o/dev/null", "413"),
    ("-HExpect:x -T huge /echo -w%{http_code} -o/dev/null", "417"),
];

#[test]
fn curl_receives_the_documented_response_of_each_path() {
    let (program, files) = (program(), Files::new("curl"));
    for (arguments, printed) in ROWS {
        let output = curl(&program, &files, arguments);
        let text = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(&*text, *printed, "curl {arguments}: {error}");
        assert!(output.status.success(), "curl {arguments}: {error}");
    }
    assert_serves(&program);
}

/// From one byte, which fits into one read with its framing, to more than any buffer.
#[test]
fn curl_uploads_files_of_every_size() {
    let (program, files) = (program(), Files::new("sizes"));
    for size in [0, 1, 100, 15_000, 16_384, 20_000, 3_000_000] {
        let data = pattern(size);
        fs::write(files.folder.join("file"), &data).unwrap();
        let sha256: String =
            Sha256::digest(&data).iter().map(|byte| format!("{byte:02x}")).collect();
        let expected = format!("file,file,application/octet-stream,{size},{sha256}\n");
        for options in ["", "-HTransfer-Encoding:chunked ", "-HExpect:100-continue "] {
            let output = curl(&program, &files, &format!("{options}-Ffile=@file /parts"));
            assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{options} {size}");
        }
    }
}

#[test]
fn python_clients_receive_the_documented_responses() {
    let program = program();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/uploads.py");
    let output = Command::new("python3").args([script, program.address()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_serves(&program);
}

fn curl(program: &Program, files: &Files, arguments: &str) -> Output {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "20"]).stdin(Stdio::null());
    for argument in arguments.split(' ').filter(|argument| !argument.is_empty()) {
        match argument.strip_prefix('/') {
            Some(path) => command.arg(format!("{}/{path}", program.address())),
            None => command.arg(argument),
        };
    }
    command.current_dir(&files.folder).output().expect("curl is installed")
}

/// Files to upload; removed when dropped.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tremolo-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("small"), pattern(1_000)).unwrap();
        fs::write(folder.join("large"), pattern(3_000_000)).unwrap();
        let huge = File::create(folder.join("huge")).unwrap();
        huge.set_len(100 * MIB as u64).unwrap();
        Self { folder }
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}
