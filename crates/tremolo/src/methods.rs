//! One path, several methods (RFC 9110 section 9.1): a table that is a handler itself.

mod merged;

use std::future::{Future, ready};
use std::pin::Pin;

use http::Method;
use tremolo_core::routing::MethodTable;

pub(crate) use self::merged::merged;
use crate::error::HttpError;
use crate::extract::Call;
use crate::handler::{Handler, erase};
use crate::marker;
use crate::next::SharedHandler;
use crate::reply::{Answer, Reply};
use crate::requirements::Requirements;

/// Handlers by method: made by [`get`], [`post`] and their siblings, and usable wherever a
/// handler is.
///
/// A method without a handler is a 405 whose `Allow` lists those that have one, the common ones in
/// a fixed order (RFC 9110 section 15.5.6): the last route that matches answers for all methods,
/// and none of another path that was registered before it is asked. Tables that are given to the
/// same path one after the other are merged; of two handlers for one method the later one wins, or,
/// if the path has parameters, the server does not start.
/// HEAD runs the handler of GET unless it has one of its own. A method that is given twice in one
/// table keeps the server from starting, and so does CONNECT: there are no tunnels. TRACE is served
/// only by a handler for `Method::TRACE`, because its answer repeats credentials (section 9.3.8).
///
/// ```
/// use tremolo::Application;
/// use tremolo::methods::get;
///
/// async fn list() -> &'static str {
///     "all notes"
/// }
///
/// async fn create(text: String) -> (u16, String) {
///     (201, text)
/// }
///
/// # let _ =
/// Application::new().route("/notes", get(list).post(create))
/// # ;
/// ```
#[derive(Debug, Default)]
#[must_use = "methods do nothing until they are the handler of a route"]
pub struct Methods {
    table: MethodTable<SharedHandler>,
    requirements: Vec<Requirements>,
}

/// Serves GET, and HEAD, with this handler.
pub fn get<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().get(handler)
}

/// Serves POST with this handler.
pub fn post<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().post(handler)
}

/// Serves PUT with this handler.
pub fn put<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().put(handler)
}

/// Serves PATCH with this handler.
pub fn patch<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().patch(handler)
}

/// Serves DELETE with this handler.
pub fn delete<M: 'static>(handler: impl Handler<M>) -> Methods {
    Methods::default().delete(handler)
}

/// Serves a method of any name with this handler: a [`Method`], or its name, which is
/// case-sensitive and may be any token (RFC 9110 section 9.1), such as `QUERY` or those of WebDAV.
///
/// A name that is no token is an error when the application starts.
///
/// ```
/// use tremolo::{Application, Method};
/// use tremolo::methods::on;
///
/// # let _ =
/// Application::new()
///     .route("/", on(Method::OPTIONS, async || tremolo::StatusCode::NO_CONTENT))
///     .route("/notes", on("QUERY", async |text: String| format!("notes with {text}")))
/// # ;
/// ```
pub fn on<M: 'static>(method: impl TryInto<Method>, handler: impl Handler<M>) -> Methods {
    Methods::default().on(method, handler)
}

impl Methods {
    /// Serves GET, and HEAD, with this handler.
    pub fn get<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::GET, handler)
    }

    /// Serves POST with this handler.
    pub fn post<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::POST, handler)
    }

    /// Serves PUT with this handler.
    pub fn put<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::PUT, handler)
    }

    /// Serves PATCH with this handler.
    pub fn patch<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::PATCH, handler)
    }

    /// Serves DELETE with this handler.
    pub fn delete<M: 'static>(self, handler: impl Handler<M>) -> Self {
        self.on(Method::DELETE, handler)
    }

    /// Serves a method of any name with this handler: see [`on`].
    pub fn on<M: 'static>(
        mut self,
        method: impl TryInto<Method>,
        handler: impl Handler<M>,
    ) -> Self {
        let handler = self.checked(handler);
        match method.try_into() {
            Ok(method) => self.table = self.table.on(method, handler),
            Err(_) => self.refuse_name(),
        }
        self
    }

    /// Serves every method that has no handler of its own with this one, except TRACE.
    pub fn any<M: 'static>(mut self, handler: impl Handler<M>) -> Self {
        let handler = self.checked(handler);
        self.table = self.table.any(handler);
        self
    }

    /// Records that a name was given that is not the name of a method.
    fn refuse_name(&mut self) {
        let mut requirements = Requirements::default();
        requirements.flaw("the name of a method is not a token");
        self.requirements.push(requirements);
    }

    fn checked<M: 'static>(&mut self, handler: impl Handler<M>) -> SharedHandler {
        let mut requirements = Requirements::default();
        handler.requires(&mut requirements);
        self.requirements.push(requirements);
        erase(handler)
    }
}

#[diagnostic::do_not_recommend]
impl Handler<marker::MethodTable> for Methods {
    async fn call(&self, call: Call) -> Answer {
        Handler::<marker::MethodTable>::start(self, call).await
    }

    fn start<'a>(&'a self, call: Call) -> Pin<Box<dyn Future<Output = Answer> + 'a>>
    where
        marker::MethodTable: 'a,
    {
        match self.table.choose(call.head().method()) {
            Ok(handler) => handler.call(call),
            Err(refused) => {
                Box::pin(ready(HttpError::method_not_allowed(refused.allow).into_answer()))
            }
        }
    }

    fn prepare(&self, call: &mut Call) {
        if let Ok(handler) = self.table.choose(call.head().method()) {
            handler.prepare(call);
        }
    }

    fn methods(&self) -> Option<MethodTable<()>> {
        Some(self.table.map(|_| ()))
    }

    fn requires(&self, requirements: &mut Requirements) {
        if let Err(error) = self.table.check() {
            requirements.flaw(error.to_string());
        }
        self.requirements.iter().for_each(|of_one| requirements.add(of_one));
    }
}
