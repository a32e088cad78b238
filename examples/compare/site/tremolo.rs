//! A static site, with Tremolo: ranges, compressed siblings, a page for what is not found.

use std::path::PathBuf;

use tremolo::{Application, Response, StaticFiles};

fn main() -> tremolo::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let folder =
        arguments.next().map_or_else(|| "examples/compare/site/public".into(), PathBuf::from);
    // ANCHOR: site
    let not_found = folder.join("404.html");
    let files = StaticFiles::new(folder).precompressed(true).cache_control("max-age=3600");
    Application::new()
        .mount("/", files)
        .error(404, async move |response: Response| response.sendfile(&not_found).await)
        .run(address)
    // ANCHOR_END: site
}
