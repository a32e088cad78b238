//! The reactor of the Python front with a host and clients that act arbitrarily, on Unix sockets.
//!
//! Each request has exactly one response, and its own. There is no lost wakeup: when neither the
//! descriptor nor the reactor requests another turn, all bytes that were sent have been passed to
//! the host, and every waiting handler has been woken. There is no busy loop either.

mod client;
mod host;

use std::time::Duration;

use self::host::World;
use crate::script::Script;

/// `[limits][step]*`.
pub fn reactor(data: &[u8]) {
    let mut script = Script::new(data);
    let mut world = World::new(2 + usize::from(script.byte() % 4), script.flag());
    for _ in 0..200 {
        if script.is_empty() {
            break;
        }
        step(&mut world, &mut script);
    }
    finish(&mut world);
}

fn step(world: &mut World, script: &mut Script<'_>) {
    let code = script.byte();
    match code % 16 {
        0 => world.connect(),
        1..=3 => world.request(script),
        4 | 5 => {
            let count = script.size();
            if let Some(client) = world.client(script) {
                client.send(count);
            }
        }
        6 => {
            let count = script.size() * 8;
            if let Some(client) = world.client(script) {
                client.receive(count);
            }
        }
        7 => {
            if let Some(client) = world.client(script) {
                client.end();
            }
        }
        8 => world.disconnect(script),
        9 | 10 => world.turn(script),
        11 | 12 => world.work(script),
        13 => world.pass(Duration::from_millis(u64::from(script.byte()))),
        14 => world.wake(),
        _ if code < 128 => world.turn(script),
        // From now on a request may be cut by its timeout, or by the shutdown.
        _ if code < 192 => world.pass_for_long(),
        _ => world.drain(script),
    }
}

/// All clients send the rest and read; then they disconnect one by one, so that queued connections
/// are accepted.
fn finish(world: &mut World) {
    let mut none = Script::new(&[]);
    loop {
        world.settle(&mut none);
        let Some(client) = world.take_served_client() else { break };
        client.check(&world.delivered, &world.responses, world.is_relaxed);
    }
    world.settle(&mut none);
    world.check_end();
}
