//! A minimal tokio server, httparse and fixed responses: a lower bound for servers on tokio.
//!
//! It only finds the ends of the heads: no bodies, limits, deadlines or dates. The word after the
//! address selects how connections are run: `spawn` (default: `current_thread` and `tokio::spawn`),
//! `local-runtime` (`LocalRuntime`) or `local-set` (`LocalSet`).

use std::io;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions};
use tokio::task::{LocalSet, spawn_local};
use tremolo_benches::{ANSWER, Arguments, ready};

const MAX_FIELDS: usize = 64;
const ROOM: usize = 16 * 1024;

/// Reads, parses all complete heads, writes once: two system calls per wake-up.
async fn serve(stream: TcpStream) -> io::Result<()> {
    let mut input = vec![0; ROOM];
    let mut filled = 0;
    let mut output = Vec::with_capacity(ROOM);
    loop {
        stream.readable().await?;
        match stream.try_read(&mut input[filled..]) {
            Ok(0) => return Ok(()),
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        let used = answer(&input[..filled], &mut output)?;
        input.copy_within(used..filled, 0);
        filled -= used;
        write(&stream, &output).await?;
        output.clear();
    }
}

/// Appends one response per complete head; returns the bytes of these heads.
fn answer(input: &[u8], output: &mut Vec<u8>) -> io::Result<usize> {
    let mut used = 0;
    while used < input.len() {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        match request.parse(&input[used..]).map_err(io::Error::other)? {
            httparse::Status::Complete(len) => used += len,
            httparse::Status::Partial => break,
        }
        if request.path != Some("/hello") {
            return Err(io::ErrorKind::Unsupported.into());
        }
        output.extend_from_slice(ANSWER);
    }
    Ok(used)
}

async fn write(stream: &TcpStream, mut rest: &[u8]) -> io::Result<()> {
    while !rest.is_empty() {
        match stream.try_write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Accepts connections in an endless loop and passes each to `spawn`.
async fn accept<S>(arguments: Arguments, spawn: S) -> io::Result<()>
where
    S: Fn(TcpStream),
{
    let listener = TcpListener::bind(arguments.address).await?;
    ready()?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        spawn(stream);
    }
}

fn main() -> io::Result<()> {
    let arguments = Arguments::read()?;
    let mut builder = Builder::new_current_thread();
    builder.enable_all();
    if arguments.has("local-runtime") {
        let runtime = builder.build_local(LocalOptions::default())?;
        runtime.block_on(accept(arguments, |stream| drop(spawn_local(serve(stream)))))
    } else if arguments.has("local-set") {
        let accepting = accept(arguments, |stream| drop(spawn_local(serve(stream))));
        builder.build()?.block_on(LocalSet::new().run_until(accepting))
    } else {
        builder.build()?.block_on(accept(arguments, |stream| drop(tokio::spawn(serve(stream)))))
    }
}
