//! A server as a program: it prints its addresses, and runs until a signal stops it.

use std::io::{self, Write};

use tokio::runtime::Handle;
use tremolo_core::LogLevel;
use tremolo_net::handover_is_complete;

use super::log;
use super::prepared::Prepared;
use super::run::{ServerHandle, access_format, start_with_sockets};
use super::signals::{Signals, Wanted};
use crate::error::{Error, Result};
use crate::race::{Winner, only_if, race};

pub(crate) fn run(prepare: impl FnOnce() -> Result<Prepared>) -> Result<()> {
    if Handle::try_current().is_ok() {
        return Err(Error::InsideRuntime);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Worker)?;
    runtime.block_on(async {
        // Before the server listens, so that a signal never kills the process instead of stopping
        // it.
        let mut signals = Signals::new().map_err(Error::Worker)?;
        let prepared = prepare()?;
        log::init(&prepared.config, &access_format(&prepared.config)?);
        let is_silent = prepared.config.log_level == LogLevel::Off;
        let (server, mut successor) = start_with_sockets(prepared)?;
        if !is_silent {
            announce(&server);
        }
        let mut stops = [ServerHandle::stop, ServerHandle::abort].into_iter();
        let mut is_ready = false;
        while stops.len() > 0 {
            let asked = race(signals.next(), only_if(stops.len() == 2, successor.takes_over()));
            let changed = race(only_if(!is_ready, server.ready()), server.ended());
            let wanted = match race(asked, changed).await {
                Winner::First(Winner::First(wanted)) => wanted,
                Winner::First(Winner::Second(())) => Wanted::Stop,
                Winner::Second(Winner::First(())) => {
                    is_ready = true;
                    if server.is_ready() {
                        handover_is_complete();
                    }
                    continue;
                }
                Winner::Second(Winner::Second(())) => break,
            };
            match wanted {
                Wanted::Reload => reload(&server),
                Wanted::Reopen => reopen(&server),
                Wanted::HandOver => successor.start(),
                Wanted::Stop => {
                    successor.close();
                    if let Some(stop) = stops.next() {
                        stop(&server);
                    }
                }
            }
        }
        successor.close();
        server.wait()
    })
}

fn reload(server: &ServerHandle) {
    match server.reload_certificates() {
        Ok(()) => tracing::info!("certificates were loaded again"),
        Err(error) => tracing::error!(%error, "the old certificates remain"),
    }
}

fn reopen(server: &ServerHandle) {
    if let Err(error) = server.reopen_access_log() {
        tracing::error!(%error, "the old file of the access log remains");
    }
}

/// Prints the addresses of the server: the only line on standard output.
fn announce(server: &ServerHandle) {
    let (addresses, workers) = (server.addresses().join(", "), server.worker_num());
    let mut stdout = io::stdout().lock();
    // An error is ignored: the server serves also when its standard output is closed.
    let _ = writeln!(
        stdout,
        "Tremolo {} listens on {addresses} ({workers} worker{})",
        env!("CARGO_PKG_VERSION"),
        if workers == 1 { "" } else { "s" }
    );
    let _ = stdout.flush();
}
