//! Headless Chromium, controlled with chromedriver: W3C WebDriver, JSON over HTTP.
//!
//! Each browser has its own profile, which is deleted with it, and connects only to loopback. The
//! browser waits for promises of scripts, so that the tests need not poll.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::Client;
use crate::message::Message;

/// The timeout of a command: the first one starts a browser, perhaps on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A running browser. Dropping this ends it.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    /// The address of the driver, as `host:port`.
    address: String,
    /// The path of the session with a slash at the end; before the session starts, the path of all
    /// sessions.
    session: String,
    /// Kept open, because the driver may write to it until it ends.
    _stdout: BufReader<ChildStdout>,
    _folder: TempDir,
}

/// A response that a page received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The URL of the request.
    pub url: String,
    /// The status.
    pub status: u64,
    /// `Content-Range`.
    pub range: Option<String>,
}

impl Browser {
    /// Starts a browser.
    ///
    /// # Panics
    ///
    /// If Chromium or chromedriver is not installed.
    #[must_use]
    pub fn launch() -> Self {
        let folder = TempDir::new().expect("a folder can be made");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            // The browser puts its temporary files there.
            .env("TMPDIR", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver is installed");
        let mut stdout = BufReader::new(driver.stdout.take().expect("it is piped"));
        let port = read_port(&mut stdout);
        let capabilities = capabilities(&folder.path().join("profile"));
        let mut browser = Self {
            driver,
            address: format!("127.0.0.1:{}", port.unwrap_or_default()),
            session: "/session".to_owned(),
            _stdout: stdout,
            _folder: folder,
        };
        assert!(port.is_some(), "chromedriver does not print its port");
        let session = browser.command("", &capabilities);
        browser.session = format!("/session/{}/", text(&session["sessionId"]));
        browser
    }

    /// Shows pages as a window of this width would, in the dark or the light scheme of colours.
    pub fn emulate(&mut self, width: u32, dark: bool) {
        let metrics = json!({
            "width": width,
            "height": 900,
            "deviceScaleFactor": 1,
            // A narrow window is that of a telephone, whose scroll bars take no room.
            "mobile": width < 600,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": scheme },
            // Colours that change slowly are not measured half way.
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// A picture of the whole page as PNG, in Base64.
    ///
    /// # Panics
    ///
    /// If the browser makes none.
    pub fn screenshot(&mut self) -> String {
        let options = json!({ "captureBeyondViewport": true });
        text(&self.devtools("Page.captureScreenshot", &options)["data"])
    }

    /// Runs a command of the Chrome DevTools Protocol.
    fn devtools(&mut self, command: &str, parameters: &Value) -> Value {
        self.command("goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Opens a page and waits until it is loaded.
    pub fn open(&mut self, url: &str) {
        self.command("url", &json!({ "url": url }));
    }

    /// Runs the body of a function with `arguments`; returns its result. If the result is a
    /// promise, waits for it.
    ///
    /// # Panics
    ///
    /// If the script throws.
    pub fn run(&mut self, script: &str, arguments: &Value) -> Value {
        self.command("execute/sync", &json!({ "script": script, "args": arguments }))
    }

    /// Runs a script like [`run`](Self::run); returns a string.
    ///
    /// # Panics
    ///
    /// If the script throws, or does not return a string.
    pub fn run_text(&mut self, script: &str, arguments: &Value) -> String {
        text(&self.run(script, arguments))
    }

    /// Clicks the link with this text as a user would: a hidden link cannot be clicked.
    pub fn click(&mut self, link: &str) {
        let element = self.element("link text", link);
        self.command(&format!("element/{element}/click"), &json!({}));
    }

    /// Selects files in the `input` element that matches a selector.
    pub fn choose(&mut self, selector: &str, files: &[&Path]) {
        let element = self.element("css selector", selector);
        let files: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        self.command(&format!("element/{element}/value"), &json!({ "text": files.join("\n") }));
    }

    /// The responses since the last call.
    ///
    /// # Panics
    ///
    /// If the driver's log has another format.
    pub fn received(&mut self) -> Vec<Received> {
        let entries = self.command("se/log", &json!({ "type": "performance" }));
        let entries = entries.as_array().expect("a log is a list");
        entries.iter().filter_map(|entry| received(&text(&entry["message"]))).collect()
    }

    fn element(&mut self, strategy: &str, value: &str) -> String {
        let found = self.command("element", &json!({ "using": strategy, "value": value }));
        text(&found[ELEMENT])
    }

    fn command(&mut self, command: &str, content: &Value) -> Value {
        let line = format!("POST {}{command}", self.session);
        let mut client = Client::connect(&self.address).with_timeout(TIMEOUT);
        let response = client.exchange(&self.message(&line).body(content.to_string()));
        let mut answer: Value =
            serde_json::from_slice(&response.body).expect("the driver responds with JSON");
        assert_eq!(response.status(), 200, "{line} {content}: {}", answer["value"]["message"]);
        answer["value"].take()
    }

    /// The driver accepts only its own host name, so that web pages cannot use it.
    fn message(&self, line: &str) -> Message {
        Message::new(&format!("{line} HTTP/1.1")).field(&format!("Host: {}", self.address))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ends the browser; killing the driver would leave it running.
        if let Ok(client) = Client::try_connect(&self.address) {
            let message = self.message("GET /shutdown");
            let mut client = client.with_timeout(TIMEOUT);
            let _ = client.try_send(message.bytes()).and_then(|()| client.fill(1));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// `ChromeDriver was started successfully on port 12345.`
fn read_port(stdout: &mut BufReader<ChildStdout>) -> Option<u16> {
    stdout.lines().map_while(Result::ok).find_map(|line| {
        let (_, port) = line.split_once("successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    })
}

fn capabilities(profile: &Path) -> Value {
    let mut arguments: Vec<_> = ARGUMENTS.iter().map(|&argument| argument.to_owned()).collect();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    json!({ "capabilities": { "alwaysMatch": {
        "browserName": "chrome",
        // The certificates of tests are of no authority.
        "acceptInsecureCerts": true,
        "goog:chromeOptions": { "args": arguments },
        "goog:loggingPrefs": { "performance": "ALL" },
    } } })
}

fn received(message: &str) -> Option<Received> {
    let message: Value = serde_json::from_str(message).ok()?;
    let message = &message["message"];
    if message["method"] != "Network.responseReceived" {
        return None;
    }
    let response = &message["params"]["response"];
    let fields = response["headers"].as_object()?;
    let range = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-range"));
    Some(Received {
        url: text(&response["url"]),
        status: response["status"].as_u64()?,
        range: range.map(|(_, value)| text(value)),
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// Chromium's sandbox does not work for root. The other options disable background traffic.
const ARGUMENTS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
];

/// The key of an element's identifier (W3C WebDriver, section 11).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
