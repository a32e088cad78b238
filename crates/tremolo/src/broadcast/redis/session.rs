//! One connection to Redis, from the login to its end. It sends and receives on the same connection,
//! which RESP3 allows: own messages come back in the order in which they were sent, and what may be
//! lost is lost at one moment.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep_until, timeout};
use tremolo_core::escape_controls;

use super::channel::Channel;
use super::fault::Fault;
use super::outbound::{Outgoing, QUEUED_PAYLOADS};
use super::resp::{Decoder, Value, write_command};
use super::target::Socket;
use crate::broadcast::RedisMessage;
use crate::catch_panic::catch_panic;

/// A subscribed connection.
pub(super) struct Session<'a, T> {
    channel: &'a Channel<T>,
    socket: Box<dyn Socket>,
    decoder: Decoder,
    input: BytesMut,
    output: BytesMut,
    /// Commands whose reply has not come.
    awaited: usize,
    /// Own messages that have not come back.
    echoes: Echoes<T>,
}

impl<'a, T: RedisMessage> Session<'a, T> {
    /// Connects, logs in, and subscribes.
    pub(super) async fn open(channel: &'a Channel<T>) -> Result<Self, Fault> {
        let opened = async {
            let socket = channel.target.connect().await?;
            let mut session = Self {
                channel,
                socket,
                decoder: Decoder::new(channel.max_payload),
                input: BytesMut::new(),
                output: BytesMut::new(),
                awaited: 0,
                echoes: Echoes {
                    messages: VecDeque::new(),
                    bytes: 0,
                    limit: channel.max_payload * QUEUED_PAYLOADS,
                },
            };
            session.subscribe().await?;
            Ok(session)
        };
        timeout(CONNECT_TIMEOUT, opened).await.unwrap_or(Err(Fault::ConnectTimeout))
    }

    async fn subscribe(&mut self) -> Result<(), Fault> {
        let mut hello: Vec<&[u8]> = vec![b"HELLO", b"3"];
        if let Some(login) = &self.channel.target.login {
            hello.extend([b"AUTH", login.user.as_bytes(), login.password.as_bytes()]);
        }
        write_command(&mut self.output, &hello);
        write_command(&mut self.output, &[b"SUBSCRIBE", self.channel.name.as_bytes()]);
        self.socket.write_all_buf(&mut self.output).await?;
        for command in ["HELLO", "SUBSCRIBE"] {
            let value = loop {
                if let Some(value) = self.decoder.decode(&mut self.input)? {
                    break value;
                }
                self.input.reserve(READ);
                if self.socket.read_buf(&mut self.input).await? == 0 {
                    return Err(Fault::Ended);
                }
            };
            match (command, value) {
                ("HELLO", Value::List(_)) | ("SUBSCRIBE", Value::Push(_)) => {}
                (_, Value::Error(text)) => return Err(Fault::Refused(printable(&text))),
                _ => return Err(Fault::UnexpectedReply),
            }
        }
        Ok(())
    }

    /// Sends and receives until no further message will be sent, or until the connection is lost.
    pub(super) async fn run(mut self) -> Result<(), Fault> {
        let silence = self.channel.idle_timeout;
        let (mut deadline, mut is_pinged) = (Instant::now() + silence, false);
        loop {
            let is_closed = self.channel.outbound.is_closed();
            self.fill();
            // If there is still room, the queue is empty.
            let may_fill = self.may_fill();
            if is_closed && may_fill && self.output.is_empty() {
                return Ok(());
            }
            let (mut reader, mut writer) = tokio::io::split(&mut self.socket);
            self.input.reserve(READ);
            tokio::select! {
                read = reader.read_buf(&mut self.input) => {
                    if read? == 0 {
                        return Err(Fault::Ended);
                    }
                    self.on_input().await?;
                    (deadline, is_pinged) = (Instant::now() + silence, false);
                }
                written = writer.write_buf(&mut self.output), if !self.output.is_empty() => {
                    written?;
                }
                () = self.channel.outbound.changed(), if may_fill => {}
                () = sleep_until(deadline) => {
                    if is_pinged {
                        return Err(Fault::Silent);
                    }
                    self.send(&[b"PING"]);
                    (deadline, is_pinged) = (Instant::now() + silence, true);
                }
            }
        }
    }

    fn may_fill(&self) -> bool {
        self.output.len() < WRITE && self.awaited < MAX_AWAITED
    }

    /// Moves messages from the queue to the output.
    fn fill(&mut self) {
        while self.may_fill() {
            let Some(outgoing) = self.channel.outbound.pop() else { return };
            self.send(&[b"PUBLISH", self.channel.name.as_bytes(), &outgoing.payload]);
            self.echoes.push(outgoing);
        }
    }

    fn send(&mut self, words: &[&[u8]]) {
        write_command(&mut self.output, words);
        self.awaited += 1;
    }

    async fn on_input(&mut self) -> Result<(), Fault> {
        while let Some(value) = self.decoder.decode(&mut self.input)? {
            match value {
                Value::Push(items) => self.on_push(items).await,
                reply => {
                    let awaited = self.awaited.checked_sub(1);
                    self.awaited = awaited.ok_or(Fault::UnexpectedReply)?;
                    if let Value::Error(text) = reply {
                        tracing::warn!("Redis refuses a message: {}", printable(&text));
                    }
                }
            }
        }
        Ok(())
    }

    async fn on_push(&mut self, items: Vec<Value>) {
        let [Value::Text(kind), Value::Text(channel), payload] = items.as_slice() else { return };
        if kind != "message" || channel != self.channel.name.as_bytes() {
            return;
        }
        match payload {
            Value::Text(payload) => {
                let message = self.echoes.take(payload).or_else(|| from_payload(payload));
                match message {
                    Some(message) => self.channel.deliver(message).await,
                    None => tracing::warn!("a message from Redis cannot be read"),
                }
            }
            _ => {
                tracing::warn!("a message from Redis is too long, and is left out");
                self.channel.interrupted().await;
            }
        }
    }
}

/// Messages that this process has sent. They are delivered when they come back, as all others, but are
/// not made again from their bytes.
struct Echoes<T> {
    messages: VecDeque<Outgoing<T>>,
    bytes: usize,
    limit: usize,
}

impl<T> Echoes<T> {
    /// The oldest ones are forgotten if there are too many: Redis has refused them, or they come back
    /// as those of other processes do.
    fn push(&mut self, outgoing: Outgoing<T>) {
        self.bytes += outgoing.payload.len();
        self.messages.push_back(outgoing);
        while self.messages.len() > MAX_AWAITED || self.bytes > self.limit {
            self.pop();
        }
    }

    /// The message with these bytes, if it is one of them. Those before it will not come back.
    fn take(&mut self, payload: &Bytes) -> Option<T> {
        let at = self.messages.iter().position(|outgoing| outgoing.payload == payload)?;
        (0..at).for_each(|_| drop(self.pop()));
        Some(self.pop()?.message)
    }

    fn pop(&mut self) -> Option<Outgoing<T>> {
        let oldest = self.messages.pop_front()?;
        self.bytes -= oldest.payload.len();
        Some(oldest)
    }
}

fn from_payload<T: RedisMessage>(payload: &Bytes) -> Option<T> {
    catch_panic("a message from Redis", || T::from_payload(payload)).flatten()
}

/// Text of Redis for the log.
fn printable(text: &[u8]) -> String {
    escape_controls(&String::from_utf8_lossy(text)).into_owned()
}

/// How long connecting may take, with the login and the subscription.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The room for one read.
const READ: usize = 16 << 10;

/// No further message is taken from the queue when so much waits for the socket.
const WRITE: usize = 64 << 10;

/// The most commands whose reply has not come.
const MAX_AWAITED: usize = 1_024;
