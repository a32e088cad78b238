//! The thread that keeps a connection to Redis: it connects again after a failure, later each time.

use std::time::Duration;
use std::{io, thread};

use tokio::runtime;
use tokio::time::{Instant, sleep};

use super::channel::Channel;
use super::fault::Fault;
use super::session::Session;
use crate::broadcast::RedisMessage;

/// Starts the thread. It ends when the outbound queue of the channel is closed.
pub(super) fn start<T: RedisMessage>(channel: Channel<T>) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let thread = thread::Builder::new().name("tremolo-redis".to_owned());
    thread.spawn(move || runtime.block_on(keep_connected(&channel)))?;
    Ok(())
}

async fn keep_connected<T: RedisMessage>(channel: &Channel<T>) {
    let (name, target) = (&channel.name, &channel.target);
    let (mut backoff, mut is_interrupted) = (Backoff::default(), false);
    loop {
        let began = Instant::now();
        let Err(fault) = connect_and_run(channel, is_interrupted).await else { return };
        is_interrupted = true;
        if began.elapsed() > MAX_DELAY {
            backoff = Backoff::default();
        }
        let delay = backoff.next_delay();
        tracing::warn!(
            "no connection to Redis at {target} for {name:?}: {fault}; next attempt in {delay:?}"
        );
        tokio::select! {
            () = sleep(delay) => {}
            () = channel.outbound.closed() => return,
        }
    }
}

async fn connect_and_run<T: RedisMessage>(
    channel: &Channel<T>,
    is_interrupted: bool,
) -> Result<(), Fault> {
    let session = Session::open(channel).await?;
    tracing::info!("connected to Redis at {} for {:?}", channel.target, channel.name);
    let dropped = channel.outbound.take_dropped();
    if dropped > 0 {
        tracing::warn!("{dropped} messages were dropped while Redis was away");
    }
    if is_interrupted {
        // After the subscription: what a subscriber reads anew now is complete.
        channel.interrupted().await;
    }
    session.run().await
}

/// Delays between attempts: doubled each time, with a ceiling, and half of each is random, so that
/// many processes do not come back at once.
#[derive(Debug, Default)]
struct Backoff {
    failures: u32,
}

impl Backoff {
    fn next_delay(&mut self) -> Duration {
        let ceiling = FIRST_DELAY.saturating_mul(1 << self.failures.min(16)).min(MAX_DELAY);
        self.failures = self.failures.saturating_add(1);
        let mut random = [0; 2];
        // Without random bytes the delay is the shortest one.
        let _ = getrandom::fill(&mut random);
        let part = f64::from(u16::from_le_bytes(random)) / f64::from(u16::MAX);
        ceiling.mul_f64(0.5 + part / 2.0)
    }
}

const FIRST_DELAY: Duration = Duration::from_millis(100);

const MAX_DELAY: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_up_to_the_ceiling() {
        let mut backoff = Backoff::default();
        for failures in 0..40 {
            let ceiling = (FIRST_DELAY * 2_u32.pow(failures.min(8))).min(MAX_DELAY);
            let delay = backoff.next_delay();
            assert!(ceiling / 2 <= delay && delay <= ceiling, "{failures}: {delay:?}");
        }
    }
}
