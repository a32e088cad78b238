//! The loads of requests on many connections, on short ones, and beside a server of two workers.

use std::io;

use super::Loader;
use super::messages::joined;
use crate::peers::PeerProcess;
use crate::requests::Shape;
use crate::sample::{Measure, Sample};
use crate::scenarios::Unit;

/// The connections of `short`, and those that many busy connections are compared with.
const FEW: usize = 64;

impl Loader {
    /// Requests on connections that `closer` closes.
    pub(super) fn short(
        &self,
        server: &PeerProcess,
        closer: &str,
        pids: &[u32],
    ) -> io::Result<Sample> {
        self.requests(server, &["short", closer], FEW, pids)
    }

    /// Requests on few connections, and then on many.
    pub(super) fn busy(
        &self,
        server: &PeerProcess,
        connections: usize,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let few = self.requests(server, &["busy"], FEW, pids)?;
        let many = self.requests(server, &["busy"], connections, pids)?;
        let cpu = few.figure(Measure::Cpu).zip(many.figure(Measure::Cpu));
        Ok(many.with_known(Measure::CpuToFew, cpu.map(|(few, many)| many / few)))
    }

    /// Requests with server and load on their processors together.
    pub(super) fn together(
        &self,
        server: &PeerProcess,
        connections: usize,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let shared = self.shared();
        let wrk = shared.wrk("http", server, (connections, 1, Shape::Plain("/hello")))?;
        let mut sample = shared.costed(wrk, pids, Unit::Request, 1.0)?;
        // The load itself is the other process.
        sample.forget(&[Measure::Others]);
        Ok(sample)
    }

    fn requests(
        &self,
        server: &PeerProcess,
        mode: &[&str],
        connections: usize,
        pids: &[u32],
    ) -> io::Result<Sample> {
        let (connections, pids_word) = (connections.to_string(), joined(pids));
        let words = [mode, &[&connections, &pids_word]].concat();
        let loader = self.loader(server, self.seconds, &words)?;
        self.costed(loader, pids, Unit::Request, 1.0)
    }

    /// The same with server and load on all their processors together.
    fn shared(&self) -> Self {
        let cpus = format!("{},{}", self.server_cpus, self.load_cpus);
        let (perf, folder) = (self.perf, self.folder.clone());
        Self { seconds: self.seconds, server_cpus: cpus.clone(), load_cpus: cpus, perf, folder }
    }
}
