//! The application behind nginx: it reports what nginx has passed on. nginx buffers bodies, so that
//! each of them has a length.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use tremolo_tests::differential::sum;

/// Serves until the process ends.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("a listener has an address");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // nginx closes connections that it does not keep.
            thread::spawn(move || drop(serve(&stream)));
        }
    });
    address
}

fn serve(stream: &TcpStream) -> io::Result<()> {
    let (mut input, mut output) = (BufReader::new(stream), stream);
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let method = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        let method = String::from_utf8_lossy(method).into_owned();
        let mut length = 0;
        loop {
            line.clear();
            input.read_until(b'\n', &mut line)?;
            let field = String::from_utf8_lossy(&line).to_ascii_lowercase();
            if field.trim().is_empty() {
                break;
            }
            if let Some(value) = field.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        input.read_exact(&mut body)?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nX-Seen: {method} {length} {}\r\nContent-Length: 0\r\n\r\n",
            sum(&body)
        );
        output.write_all(head.as_bytes())?;
    }
}
