//! The rule of `on_response`: it runs once before the head of a response is sent, by a handler, an
//! error page or another task, and what it writes itself passes. An error page that replaces a
//! head runs it again.

use crate::routing::ScopeId;

/// Whether `on_response` has to run before the head of the current exchange is sent. `R` identifies
/// the writer that has requested the run, where another task performs it.
#[derive(Debug)]
pub struct HeadHooks<R> {
    step: Step<R>,
}

#[derive(Debug)]
enum Step<R> {
    /// No middleware has to run, or all of it has run.
    Done,
    /// The middleware of this scope has to run.
    Due(ScopeId),
    /// A writer has requested it, and waits.
    Requested(ScopeId, R),
    /// It runs.
    Running,
}

/// What the task that runs the middleware does now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// There is nothing to run any more.
    Nothing,
    /// Another task runs it: wait until the step changes.
    Wait,
    /// It runs it, and calls [`HeadHooks::finish`] at the end.
    Run(ScopeId),
}

/// A writer that is about to send a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Whether nothing of the response was sent so far.
    pub is_first: bool,
    /// Whether the writer is the middleware itself.
    pub is_inside: bool,
}

/// Whether a writer may send a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It may.
    Now,
    /// It has requested the run: notify the task that performs it, and wait.
    Requested,
    /// Wait until the step changes.
    Wait,
}

impl<R> Default for HeadHooks<R> {
    fn default() -> Self {
        Self { step: Step::Done }
    }
}

impl<R> HeadHooks<R> {
    /// A new exchange begins: with middleware to run, or without.
    pub fn arm(&mut self, scope: Option<ScopeId>) {
        self.step = scope.map_or(Step::Done, Step::Due);
    }

    /// The middleware has run for a head that an error page replaces: it runs for the page too.
    pub fn rearm(&mut self, scope: Option<ScopeId>) {
        if let (Step::Done, Some(scope)) = (&self.step, scope) {
            self.step = Step::Due(scope);
        }
    }

    /// Whether middleware has to run, or runs.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !matches!(self.step, Step::Done)
    }

    /// Begins to run the middleware. `is_first`: nothing of the response was sent so far.
    pub fn begin(&mut self, is_first: bool) -> Begin {
        match self.step {
            Step::Done => Begin::Nothing,
            Step::Running => Begin::Wait,
            Step::Due(_) | Step::Requested(..) if !is_first => Begin::Nothing,
            Step::Due(scope) | Step::Requested(scope, _) => {
                self.step = Step::Running;
                Begin::Run(scope)
            }
        }
    }

    /// Whether a writer may send a head. The first one requests the run, as `requester`.
    pub fn pass(&mut self, writer: Writer, requester: impl FnOnce() -> R) -> Pass {
        match self.step {
            Step::Done => Pass::Now,
            Step::Due(_) | Step::Requested(..) if !writer.is_first => Pass::Now,
            Step::Due(scope) => {
                self.step = Step::Requested(scope, requester());
                Pass::Requested
            }
            Step::Running if writer.is_inside => Pass::Now,
            Step::Requested(..) | Step::Running => Pass::Wait,
        }
    }

    /// Takes the request of a writer: the caller runs the middleware now. `None` from `accept`
    /// leaves the request as it is.
    pub fn take_request<T>(
        &mut self,
        accept: impl FnOnce(&R) -> Option<T>,
    ) -> Option<(ScopeId, T)> {
        let Step::Requested(scope, requester) = &self.step else { return None };
        let taken = (*scope, accept(requester)?);
        self.step = Step::Running;
        Some(taken)
    }

    /// The middleware has run, or was dropped.
    pub fn finish(&mut self) {
        self.step = Step::Done;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Writer = Writer { is_first: true, is_inside: false };
    const LATER: Writer = Writer { is_first: false, is_inside: false };
    const INSIDE: Writer = Writer { is_first: true, is_inside: true };

    fn due() -> HeadHooks<u8> {
        let mut hooks = HeadHooks::default();
        hooks.arm(Some(ScopeId::ROOT));
        hooks
    }

    #[test]
    fn the_first_writer_requests_the_run_and_the_others_wait_for_it() {
        let mut hooks = due();
        assert_eq!(hooks.pass(FIRST, || 1), Pass::Requested);
        assert_eq!(hooks.pass(FIRST, || 2), Pass::Wait);
        assert_eq!(hooks.take_request(|_| None::<u8>), None);
        assert_eq!(hooks.take_request(|writer| Some(*writer)), Some((ScopeId::ROOT, 1)));
        assert_eq!(hooks.pass(FIRST, || 3), Pass::Wait);
        assert_eq!(hooks.pass(INSIDE, || 4), Pass::Now);
        assert_eq!(hooks.begin(true), Begin::Wait);
        hooks.finish();
        assert_eq!(hooks.pass(FIRST, || 5), Pass::Now);
        assert_eq!(hooks.begin(true), Begin::Nothing);
        assert!(!hooks.is_pending());
    }

    #[test]
    fn nothing_runs_once_the_head_was_sent_otherwise() {
        let mut hooks = due();
        assert_eq!(hooks.pass(LATER, || 1), Pass::Now);
        assert_eq!(hooks.begin(false), Begin::Nothing);
        assert_eq!(hooks.begin(true), Begin::Run(ScopeId::ROOT));
    }

    #[test]
    fn a_page_that_replaces_a_head_runs_it_again() {
        let mut hooks = due();
        assert_eq!(hooks.begin(true), Begin::Run(ScopeId::ROOT));
        hooks.rearm(Some(ScopeId::ROOT));
        assert_eq!(hooks.begin(true), Begin::Wait, "it still runs");
        hooks.finish();
        hooks.rearm(Some(ScopeId::ROOT));
        assert_eq!(hooks.begin(true), Begin::Run(ScopeId::ROOT));
        hooks.arm(None);
        assert!(!hooks.is_pending());
    }
}
