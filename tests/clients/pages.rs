//! The pages of the examples and of the guide, as Chromium shows them at two widths in both schemes
//! of colours. `axe-core` finds no serious fault of accessibility, and nothing is wider than the window.
//!
//! Pictures of all pages are in `target/tmp/pages`, for people to look at.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tremolo_tests::{Browser, Program};

use crate::chromium::turn;
use crate::{Files, response_object};

const WIDTHS: [u32; 2] = [400, 1400];

/// A page: the name of its pictures, its address, and a promise that is kept when it can be judged.
struct Page {
    name: String,
    url: String,
    ready: &'static str,
}

impl Page {
    fn new(name: &str, url: String, ready: &'static str) -> Self {
        Self { name: name.to_owned(), url, ready }
    }
}

#[test]
fn the_pages_of_the_examples_are_accessible_in_chromium_with_node() {
    let _turn = turn();
    let files = Files::new("file.bin", b"");
    let programs =
        [env!("CARGO_BIN_EXE_chat"), env!("CARGO_BIN_EXE_events"), env!("CARGO_BIN_EXE_upload")]
            .map(Program::launch);
    let [chat, events, upload] = programs.each_ref().map(|program| program.address().to_owned());
    let object = response_object();
    judge(&[
        Page::new("chat", chat, CHAT),
        Page::new("events", events, EVENTS),
        Page::new("upload", upload, UPLOAD),
        Page::new("files", files.url("/"), LOADED),
        Page::new("listing", files.url("/static/"), LOADED),
        Page::new("error", files.url("/nowhere"), LOADED),
        Page::new("response-object", object.address().to_owned(), LOADED),
    ]);
}

#[test]
#[ignore = "`cargo xtask pages` builds the guide first"]
fn the_guide_is_accessible_in_chromium_with_node() {
    let _turn = turn();
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/docs");
    let docs = fs::canonicalize(docs).unwrap();
    let mut pages = vec![page_of(&docs, "index.html")];
    let mut names: Vec<_> = fs::read_dir(docs.join("guide"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".html") && !NO_CHAPTERS.contains(&&**name))
        .collect();
    names.sort();
    assert!(names.len() > 10, "the guide is not built: {names:?}");
    pages.extend(names.iter().map(|name| page_of(&docs, &format!("guide/{name}"))));
    judge(&pages);
}

/// Files of mdBook that are no chapter: a redirect, all chapters in one, the table of contents alone.
const NO_CHAPTERS: &[&str] = &["404.html", "print.html", "toc.html", "index.html"];

fn page_of(docs: &Path, path: &str) -> Page {
    let name = path.trim_end_matches(".html").replace('/', "-");
    Page::new(&name, format!("file://{}", docs.join(path).display()), LOADED)
}

/// Looks at each page in each way; panics with all faults of all pages.
#[track_caller]
fn judge(pages: &[Page]) {
    let axe = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/clients/node/node_modules/axe-core/axe.min.js"
    );
    let axe = fs::read_to_string(axe).unwrap();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    let mut browser = Browser::launch();
    let mut faults = Vec::new();
    for page in pages {
        for (width, dark) in WIDTHS.into_iter().flat_map(|width| [(width, false), (width, true)]) {
            browser.emulate(width, dark);
            browser.open(&page.url);
            browser.run(page.ready, &json!([]));
            let name = format!("{}-{width}-{}", page.name, if dark { "dark" } else { "light" });
            let picture = STANDARD.decode(browser.screenshot()).unwrap();
            fs::write(folder.join(format!("{name}.png")), picture).unwrap();
            browser.run(&axe, &json!([]));
            let found = browser.run(JUDGE, &json!([width, dark]));
            let found = found.as_array().unwrap();
            faults.extend(found.iter().map(|fault| format!("{name}: {}", line(fault))));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn line(fault: &Value) -> &str {
    fault.as_str().unwrap()
}

/// One line for each fault, with the elements that have it.
const JUDGE: &str = "const [width, dark] = arguments, root = document.documentElement, faults = [];
    const isClear = element => getComputedStyle(element).backgroundColor === 'rgba(0, 0, 0, 0)';
    // axe-core takes the colour behind a page without a background for white.
    if (isClear(root) && isClear(document.body)) root.style.background = 'Canvas';
    if (root.scrollWidth > width) faults.push(`it is ${root.scrollWidth} wide`);
    const scheme = getComputedStyle(root).colorScheme;
    if (dark && !scheme.includes('dark')) faults.push(`the scheme of its colours is ${scheme}`);
    return axe.run().then(({ violations }) => {
      for (const { id, help, impact, nodes } of violations) {
        if (!['serious', 'critical'].includes(impact)) continue;
        const places = nodes.slice(0, 5).map(({ target, any }) => `${target} ${any[0]?.message ?? ''}`);
        faults.push(`${impact} ${id} (${help}): ${places.join('; ')}`);
      }
      return faults;
    });";

/// The page is loaded already; fonts and styles are applied in the next frame.
const LOADED: &str =
    "return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))";

/// A message of one's own, one of another name, and a note.
const CHAT: &str = "const [list, form, name, text] =
      ['messages', 'form', 'name', 'text'].map(id => document.getElementById(id));
    const shown = count => new Promise(done => {
      const look = () => { if (list.children.length >= count) { observer.disconnect(); done(); } };
      const observer = new MutationObserver(look);
      observer.observe(list, { childList: true });
      look();
    });
    const opened = new Promise(done => {
      const status = document.getElementById('status');
      const look = () => { if (status.className === 'open') { observer.disconnect(); done(); } };
      const observer = new MutationObserver(look);
      observer.observe(status, { attributes: true });
      look();
    });
    return opened.then(() => {
      name.value = 'Grace';
      text.value = 'Hello, is somebody here?';
      form.requestSubmit();
      // The page compares the names when the message comes back.
      name.value = 'Ada';
      return shown(1);
    }).then(() => {
      text.value = 'Yes. A long message is wrapped where the window ends, and not before it does.';
      form.requestSubmit();
      return shown(2);
    }).then(() => show('note', [['span', 'The servers lost their connection.']]));";

const EVENTS: &str = "return new Promise(done => {
      const bars = document.getElementById('bars');
      const look = () => {
        if (bars.children.length < 5) return;
        observer.disconnect();
        toggle.click();
        done();
      };
      const observer = new MutationObserver(look);
      observer.observe(bars, { childList: true });
      look();
    });";

const UPLOAD: &str = "const status = document.getElementById('status');
    return new Promise(done => {
      const look = () => {
        if (!/arrived/.test(status.textContent) && status.className !== 'failed') return;
        observer.disconnect();
        done();
      };
      const observer = new MutationObserver(look);
      observer.observe(status, { childList: true, attributes: true });
      upload([new File(['one'], 'one.txt'), new File(['two'.repeat(1000)], 'a longer name.bin')]);
    });";
