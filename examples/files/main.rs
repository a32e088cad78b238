//! Files: a video to seek in, a download to resume, a folder to browse.
//!
//! `cargo run --release --features full --example files [ADDRESS [FILE [FOLDER]]]`, then open
//! <http://127.0.0.1:8000/>. `/file` sends FILE; without FILE the example creates a file of 64 MiB.
//! An interrupted download can be resumed: `curl -C - -O http://127.0.0.1:8000/file`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use tremolo::{Application, Html, HttpError, Query, Response, SendFile, StaticFiles};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let address = arguments.next().and_then(|address| address.into_string().ok());
    let address = address.unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let file = match arguments.next() {
        Some(file) => PathBuf::from(file),
        None => make_file()?,
    };
    let folder = arguments.next().unwrap_or_else(|| "examples/files/public".into());
    let (sliced, limited) = (file.clone(), file.clone());
    Application::new()
        .route("/", async || Html(include_str!("page.html")))
        .route("/file", async move |response: Response| response.sendfile(&file).await)
        .route("/slice", async move |response: Response, Query(slice): Query<Slice>| {
            let mut file = SendFile::new(&sliced).offset(slice.offset);
            if let Some(count) = slice.count {
                file = file.count(count);
            }
            response.sendfile(file).await
        })
        .route("/limited", async move |response: Response| -> Result<(), HttpError> {
            response.sendfile(SendFile::new(&limited).rate(1 << 20)).await
        })
        .mount("/static", StaticFiles::new(folder).listing(true).precompressed(true))
        .run(address.as_str())?;
    Ok(())
}

#[derive(serde::Deserialize)]
struct Slice {
    #[serde(default)]
    offset: u64,
    count: Option<u64>,
}

/// 64 MiB of numbered lines, so that each part shows its position in the file.
fn make_file() -> std::io::Result<PathBuf> {
    let path = std::env::temp_dir().join(format!("tremolo-example-{}.txt", std::process::id()));
    let mut file = BufWriter::new(File::create(&path)?);
    for line in 0..4 << 20 {
        writeln!(file, "line {line:>10}")?;
    }
    file.flush()?;
    Ok(path)
}
