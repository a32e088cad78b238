//! The HTML page that lists a folder: folders first, then files, with sizes and dates.
//!
//! A file name may contain any byte, so names are percent-encoded in links and escaped in text
//! (CWE-79). Entries that cannot be requested are not listed. Reading the folder may block.

use std::borrow::Cow;
use std::fmt::Write as _;

use percent_encoding::percent_decode;
use rustix::fs::{AtFlags, Dir, FileType, statat};
use tremolo_core::escape_html;
use tremolo_core::http1::response::DateLine;

use super::{FolderOptions, reference};
use crate::path::is_name;
use crate::{OpenError, Root, SafePath};

/// Entries that are examined for each entry of the limit. Without this bound, a folder full of
/// hidden files would keep a thread busy.
const MAX_EXAMINED: usize = 4;

struct Entry {
    name: Vec<u8>,
    is_folder: bool,
    length: u64,
    /// Seconds since the epoch.
    modified: u64,
}

/// Renders the page of a folder. `shown` is the path of the folder as in the request.
pub(super) fn page(
    root: &Root,
    folder: &SafePath,
    shown: &[u8],
    options: &FolderOptions,
) -> Result<String, OpenError> {
    let mut dir = root.open_folder(folder)?;
    let mut entries = Vec::new();
    let mut is_cut = false;
    for examined in 0.. {
        let Some(next) = dir.read() else { break };
        let next = next.map_err(OpenError::waited)?;
        let name = next.file_name().to_bytes();
        if !is_name(name) || (name.starts_with(b".") && !options.dot_files) {
            is_cut = examined >= options.listing_limit.saturating_mul(MAX_EXAMINED);
        } else if entries.len() >= options.listing_limit {
            is_cut = true;
        } else {
            entries.extend(entry(root, folder, &dir, name));
        }
        if is_cut {
            break;
        }
    }
    entries.sort_by(|a, b| (!a.is_folder, &a.name).cmp(&(!b.is_folder, &b.name)));
    Ok(html(&entries, folder.is_root(), shown, is_cut))
}

/// Reads one entry; `None` if it is neither a file nor a folder, or no longer exists.
fn entry(root: &Root, folder: &SafePath, dir: &Dir, name: &[u8]) -> Option<Entry> {
    let name = name.to_vec();
    let stat = statat(dir.fd().ok()?, name.as_slice(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    match FileType::from_raw_mode(stat.st_mode) {
        kind @ (FileType::RegularFile | FileType::Directory) => Some(Entry {
            name,
            is_folder: kind == FileType::Directory,
            length: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: u64::try_from(stat.st_mtime).unwrap_or_default(),
        }),
        FileType::Symlink if root.follows_symlinks() => {
            let target = root.follow(&folder.join(&name)).ok()?;
            (target.is_file() || target.is_dir()).then(|| Entry {
                name,
                is_folder: target.is_dir(),
                length: target.len(),
                modified: target.modified().ok().map_or(0, seconds),
            })
        }
        _ => None,
    }
}

fn seconds(time: std::time::SystemTime) -> u64 {
    time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn html(entries: &[Entry], is_root: bool, shown: &[u8], is_cut: bool) -> String {
    let decoded = Cow::from(percent_decode(shown));
    let title = text(&decoded);
    let mut page = String::with_capacity(2048 + entries.len() * 160);
    page.push_str(HEAD);
    for part in ["<title>", &title, "</title>", STYLE, "<main><h1>", &title, "</h1><table>"] {
        page.push_str(part);
    }
    page.push_str("<thead><tr><th>Name<th>Size<th>Modified (UTC)</thead><tbody>");
    if !is_root {
        page.push_str("<tr><td><a href=\"../\">../</a><td><td>");
    }
    for entry in entries {
        row(&mut page, entry);
    }
    page.push_str("</tbody></table>");
    if is_cut {
        page.push_str("<p>There is more here than this page shows.</p>");
    } else if entries.is_empty() {
        page.push_str("<p>This folder is empty.</p>");
    }
    page.push_str("</main></body></html>");
    page
}

fn row(page: &mut String, entry: &Entry) {
    let slash = if entry.is_folder { "/" } else { "" };
    for part in [
        // `to_entry` returns only characters that need no escaping.
        "<tr><td><a href=\"",
        &reference::to_entry(&entry.name, entry.is_folder),
        "\">",
        &text(&entry.name),
        slash,
        "</a><td>",
    ] {
        page.push_str(part);
    }
    if !entry.is_folder {
        push_size(page, entry.length);
    }
    let line = DateLine::from_unix(entry.modified);
    // `06 Nov 1994 08:49` of `Sun, 06 Nov 1994 08:49:37 GMT`.
    let date = line.as_bytes().get(5..22).and_then(|date| std::str::from_utf8(date).ok());
    page.push_str("<td>");
    page.push_str(date.unwrap_or_default());
}

/// A name as text. Control characters, and bytes that are not UTF-8, become U+FFFD.
fn text(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(name);
    escape_html(&name.replace(|c: char| c.is_control(), "\u{fffd}"))
}

/// Writes a size with up to three digits, in units of powers of 1024.
fn push_size(page: &mut String, length: u64) {
    let mut unit = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].into_iter();
    let mut tenths = length.saturating_mul(10);
    let mut name = "B";
    while tenths >= 10_240 {
        let Some(next) = unit.next() else { break };
        (name, tenths) = (next, tenths / 1024);
    }
    let (whole, tenth) = (tenths / 10, tenths % 10);
    // Writing into a string does not fail.
    let _ = if name == "B" || whole >= 10 {
        write!(page, "{whole} {name}")
    } else {
        write!(page, "{whole}.{tenth} {name}")
    };
}

/// The policy allows no scripts, images or forms: a second protection if escaping fails.
const HEAD: &str = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
    <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
    style-src 'unsafe-inline'\"><meta name=\"viewport\" \
    content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" \
    content=\"light dark\">";

const STYLE: &str = "<style>:root{color-scheme:light dark}\
    body{max-width:60em;margin:2em auto;padding:0 1em;font-family:system-ui,sans-serif;line-height:1.5}\
    h1{font-size:1.3em;overflow-wrap:anywhere}\
    table{width:100%;border-collapse:collapse}\
    th,td{text-align:left;padding:.25em .5em;border-bottom:1px solid #8884}\
    th:first-child{width:100%}td:first-child{overflow-wrap:anywhere}\
    th+th,td+td{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}\
    tbody tr:hover{background:#8882}\
    a{text-decoration:none}a:hover{text-decoration:underline}\
    @media(max-width:36em){th:last-child,td:last-child{display:none}}</style></head><body>";

#[cfg(test)]
mod tests;
