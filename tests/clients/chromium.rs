//! The pages of the examples in a real browser: video, folder, uploads, and each kind of response.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tremolo_tests::{Browser, Program};

use crate::{Files, MIB, numbered, response_object, sha256};

/// One browser at a time: each has about a dozen processes.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn a_video_seeks_in_chromium() {
    let (_turn, files) = (turn(), Files::new("file.bin", b""));
    let mut browser = Browser::launch();
    browser.open(&files.url("/"));
    let (duration, at, width) = seek(&mut browser, None, 25.0);
    assert!(
        duration > 25.0 && (24.5..=25.5).contains(&at) && width > 0.0,
        "{duration} {at} {width}"
    );
    let received = browser.received();
    let clip: Vec<_> = received.iter().filter(|one| one.url.ends_with("/clip.webm")).collect();
    assert!(clip.iter().any(|one| one.status == 206 && one.range.is_some()), "{received:?}");
}

/// Long enough that the browser has not read all of it when it seeks.
#[test]
fn a_long_recording_is_requested_in_ranges_by_chromium() {
    let (_turn, files) = (turn(), Files::new("long.wav", &silence(300)));
    let mut browser = Browser::launch();
    browser.open(&files.url("/"));
    let (duration, at, _) = seek(&mut browser, Some("/file"), 280.0);
    assert!((duration, at) == (300.0, 280.0), "{duration} {at}");
    let received = browser.received();
    let far = received.iter().filter(|one| one.url.ends_with("/file")).find(|one| {
        let range = one.range.as_deref().and_then(|range| range.strip_prefix("bytes "));
        let first = range.and_then(|range| range.split('-').next()?.parse().ok());
        one.status == 206 && first > Some(20 * MIB)
    });
    assert!(far.is_some(), "{received:?}");
}

/// Seeks in the video of the page; returns its duration, its position then, and its width.
fn seek(browser: &mut Browser, source: Option<&str>, to: f64) -> (f64, f64, f64) {
    let state = browser.run(
        "const [source, to] = arguments, video = document.querySelector('video');
         if (source) video.src = source;
         return new Promise((done, failed) => {
           video.onerror = () => failed(new Error(video.error.message));
           video.onseeked = () => done([video.duration, video.currentTime, video.videoWidth]);
           const seek = () => { video.currentTime = to; };
           if (!source && video.readyState > 0) seek(); else video.onloadedmetadata = seek;
         });",
        &json!([source, to]),
    );
    let number = |at: usize| state[at].as_f64().unwrap();
    (number(0), number(1), number(2))
}

/// This many seconds of silence: 16 bits, two channels, 44,100 Hz (RIFF WAVE).
fn silence(seconds: u32) -> Vec<u8> {
    let (rate, frame) = (44_100_u32, 4_u32);
    let length = seconds * rate * frame;
    let numbers = [36 + length, 16, 0x2_0001, rate, rate * frame, 0x10_0004, length];
    let [riff, format, kind, rate, bytes, bits, data] = numbers.map(u32::to_le_bytes);
    let head: [&[u8; 4]; 11] =
        [b"RIFF", &riff, b"WAVE", b"fmt ", &format, &kind, &rate, &bytes, &bits, b"data", &data];
    let mut wav = head.map(|word| *word).concat();
    wav.resize(44 + length as usize, 0);
    wav
}

#[test]
fn a_folder_is_browsed_in_chromium() {
    let (_turn, files) = (turn(), Files::new("file.bin", b""));
    let mut browser = Browser::launch();
    browser.open(&files.url("/"));
    browser.click("/static/");
    assert_eq!(location(&mut browser), files.url("/static/"));
    let names = browser.run("return [...document.links].map(a => a.textContent)", &json!([]));
    assert_eq!(names, json!(["texts/", "clip.webm", "style.css", "style.css.gz"]));
    browser.click("texts/");
    assert_eq!(location(&mut browser), files.url("/static/texts/"));
    browser.click("../");
    browser.click("texts/");
    browser.click("hello.txt");
    let wanted = fs::read_to_string(format!("{}/texts/hello.txt", crate::PUBLIC)).unwrap();
    assert_eq!(browser.run_text("return document.body.textContent", &json!([])), wanted);
    // The file is precompressed: the browser decodes it, and the transferred size shows the coding.
    let style = browser.run_text(FETCH, &json!(["/static/style.css"]));
    let wanted = fs::read_to_string(format!("{}/style.css", crate::PUBLIC)).unwrap();
    assert_eq!(style, format!("200 {wanted}"));
}

#[test]
fn two_uploads_get_their_checksums_in_chromium() {
    let (_turn, program) = (turn(), Program::launch(env!("CARGO_BIN_EXE_upload")));
    let folder = tempfile::TempDir::new().unwrap();
    let contents = [("one \"é\".bin", numbered(5 * MIB + 3)), ("two.txt", b"two".to_vec())];
    let paths = contents.each_ref().map(|(name, content)| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    });
    let mut browser = Browser::launch();
    browser.open(program.address());
    browser.choose("#files", &paths.each_ref().map(|path| path.as_path()));
    let status = browser.run_text(
        "const status = document.getElementById('status');
         const over = () => /arrived/.test(status.textContent) || status.className === 'failed';
         return new Promise(done => {
           const look = () => { if (over()) done(status.textContent); };
           new MutationObserver(look).observe(status, { childList: true, attributes: true });
           look();
         });",
        &json!([]),
    );
    assert_eq!(status, "All files have arrived.");
    let shown = browser.run(
        "return [...document.querySelectorAll('li.done')].map(item =>
           [item.querySelector('b').textContent, item.querySelector('code').textContent])",
        &json!([]),
    );
    let wanted: Value =
        contents.iter().map(|(name, content)| json!([name, sha256(content)])).collect();
    assert_eq!(shown, wanted);
}

/// The result of `fetch` for each path.
const ROWS: &[(&str, &str)] = &[
    ("/yield", "200 Hello World!"),
    ("/return", "200 Hello, World!"),
    ("/write", "200 Hello World!"),
    ("/write-open", "200 Hello"),
    ("/write-none", "202 "),
    ("/end", "200 Hello"),
    ("/end-empty", "200 "),
    ("/write-end", "200 Hello World!"),
    ("/end-twice", "200 Hello"),
    ("/send", "200 raw"),
    ("/send-binary", "failed"),
    ("/close-keepalive", "200 Hello"),
    ("/close", "failed"),
    ("/none", "failed"),
    ("/leave-open", "200 later"),
    ("/status", "418 short and stout"),
    ("/cookies", "200 Hello"),
    ("/content-type", "200 <b>not bold</b>"),
    ("/no-content", "204 "),
    ("/error-after", "failed"),
    ("/yield", "200 Hello World!"),
];

const FETCH: &str = "return fetch(arguments[0])
    .then(answer => answer.text().then(text => `${answer.status} ${text}`))
    .catch(() => 'failed')";

#[test]
fn the_page_of_the_response_object_works_in_chromium() {
    let (_turn, program) = (turn(), response_object());
    let mut browser = Browser::launch();
    browser.open(program.address());
    let paths = browser.run("return [...document.links].map(a => a.pathname)", &json!([]));
    for (path, wanted) in ROWS {
        assert!(paths.as_array().unwrap().contains(&json!(path)), "no link to {path}");
        assert_eq!(browser.run_text(FETCH, &json!([path])), *wanted, "{path}");
    }
    // The cookie without attributes is readable by scripts; the other one is `HttpOnly`.
    assert_eq!(browser.run_text("return document.cookie", &json!([])), "b=2");
    browser.click("/yield-slow");
    let pieces: String = (1..=7).map(|number| format!("piece {number}\n")).collect();
    assert_eq!(browser.run_text("return document.body.textContent", &json!([])), pieces);
}

fn location(browser: &mut Browser) -> String {
    browser.run_text("return location.href", &json!([]))
}
