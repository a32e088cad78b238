//! The handlers of the front: the work that the path of a request names.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::sleep;
use tremolo::{
    Application, Config, Event, HandlerResult, HttpError, LeaveOpen, Reply, Request, Response, Sse,
    WebSocket, stream,
};

use crate::events::data;
use crate::message::{Key, Kind, Work};
use crate::socket::{PUSHED, payload};

pub(super) fn new(config: Config) -> Application {
    let path = |kind: Kind| format!("^/[0-9]+/[0-9]+/{}/", kind as u32);
    Application::new()
        .config(config)
        .route(&path(Kind::Whole), whole)
        .route(&path(Kind::Stream), pieces)
        .route(&path(Kind::Echo), echo)
        .route(&path(Kind::Never), async || std::future::pending::<&str>().await)
        .route(&path(Kind::Fail), fails)
        .route(&path(Kind::Quiet), quiet)
        .route(&path(Kind::Later), later)
        .route(&path(Kind::Events), events)
        .route(&path(Kind::Socket), socket)
        .route(&path(Kind::Push), socket)
}

/// What the request asks for. The response names the exchange.
fn begin(request: &Request, response: &Response) -> HandlerResult<(Key, Work)> {
    let work = Work::of_path(request.path().as_bytes());
    let (key, work) = work.ok_or_else(HttpError::not_found)?;
    response.set_header("X-Exchange", format!("{}.{}", key.peer, key.number))?;
    Ok((key, work))
}

async fn wait(work: Work) {
    if work.wait > 0 {
        sleep(Duration::from_millis(work.wait.into())).await;
    }
}

async fn whole(request: Request, response: Response) -> HandlerResult<Bytes> {
    let (key, work) = begin(&request, &response)?;
    wait(work).await;
    Ok(key.pattern(0, work.bytes as usize))
}

async fn pieces(request: Request, response: Response) -> HandlerResult<impl Reply> {
    let (key, work) = begin(&request, &response)?;
    Ok(stream! {
        for piece in 0..work.pieces {
            wait(work).await;
            yield of_piece(key, work, piece);
        }
    })
}

fn of_piece(key: Key, work: Work, piece: u32) -> Bytes {
    key.pattern(u64::from(piece) * u64::from(work.bytes), work.bytes as usize)
}

async fn fails(request: Request, response: Response) -> HandlerResult<impl Reply> {
    let (key, work) = begin(&request, &response)?;
    Ok(stream! {
        for piece in 0..work.pieces {
            wait(work).await;
            yield Ok(of_piece(key, work, piece));
        }
        yield Err(HttpError::internal_server_error());
    })
}

async fn echo(request: Request, response: Response) -> HandlerResult<impl Reply> {
    let (_, work) = begin(&request, &response)?;
    Ok(stream! {
        wait(work).await;
        let mut body = request.stream();
        while let Some(piece) = body.next().await {
            yield piece.map_err(HttpError::from);
        }
    })
}

async fn quiet(request: Request, response: Response) -> HandlerResult<()> {
    let (_, work) = begin(&request, &response)?;
    wait(work).await;
    Ok(())
}

async fn later(request: Request, response: Response) -> HandlerResult<LeaveOpen> {
    let (key, work) = begin(&request, &response)?;
    tokio::task::spawn_local(async move {
        wait(work).await;
        // The client may have gone.
        let _ = response.end(key.pattern(0, work.bytes as usize)).await;
    });
    Ok(LeaveOpen)
}

async fn events(sse: Sse) -> HandlerResult<()> {
    let (key, work) = begin(&sse.request(), &sse.response())?;
    for number in 0..work.pieces {
        wait(work).await;
        let data = String::from_utf8(data(key, number, work.bytes));
        sse.send(Event::new(data.unwrap_or_default())).await?;
    }
    Ok(sse.close().await?)
}

async fn socket(mut socket: WebSocket) -> HandlerResult<()> {
    let (key, work) = begin(&socket.request(), &socket.response())?;
    for number in 0..work.pieces as usize {
        wait(work).await;
        socket.send(payload(key, number + PUSHED, false, work.bytes)).await?;
    }
    if work.kind == Kind::Push {
        return Ok(socket.accept().await?);
    }
    while let Some(message) = socket.next().await {
        socket.send(message?).await?;
    }
    Ok(())
}
