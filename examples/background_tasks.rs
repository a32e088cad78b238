//! Background tasks: one that ends with its connection, and one that outlives it.
//! `curl -d 'tea' http://127.0.0.1:8000/order`, then `curl http://127.0.0.1:8000/mails`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tremolo::{Application, Reply, Server, State, stream};

#[derive(Clone, Default)]
struct Mails(Arc<AtomicU64>);

/// The response does not wait for the mail. A graceful shutdown of the server waits for it.
async fn order(what: String, State(mails): State<Mails>, server: Server) -> String {
    server.spawn(async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        mails.0.fetch_add(1, Ordering::Relaxed);
    });
    format!("{what} is on its way\n")
}

/// The measuring task ends when the client closes the connection.
async fn ticks(server: Server) -> impl Reply {
    let (sender, mut receiver) = mpsc::channel(1);
    server.create_task(async move {
        let mut clock = tokio::time::interval(Duration::from_millis(100));
        for number in 1_u64.. {
            clock.tick().await;
            if sender.send(number).await.is_err() {
                break;
            }
        }
    });
    stream! {
        while let Some(number) = receiver.recv().await {
            yield format!("tick {number}\n");
        }
    }
}

fn main() -> tremolo::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    Application::new()
        .state(Mails::default())
        .route("/order", order)
        .route("/mails", async |State(mails): State<Mails>| {
            format!("{} mails were sent\n", mails.0.load(Ordering::Relaxed))
        })
        .route("/ticks", ticks)
        .run(address)
}
