//! All handles of one exchange in one argument.

use std::marker::PhantomData;
use std::rc::Rc;

use crate::request::Request;
use crate::response::Response;

/// Everything that belongs to one exchange, for handlers that want it in one argument.
///
/// It stays on the thread of its worker, where the tasks that it starts run; its request and its
/// response may go elsewhere.
///
/// ```
/// use tremolo::Server;
///
/// async fn whole(server: Server) -> String {
///     server.request.path().into_owned()
/// }
///
/// async fn parts(Server { request, .. }: Server) -> String {
///     request.path().into_owned()
/// }
/// # tremolo::Application::new().route("/a", whole).route("/b", parts);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Server {
    /// The request.
    pub request: Request,
    /// The response.
    pub response: Response,
    /// Its tasks need not be `Send`, so that it must not be either.
    local: PhantomData<Rc<()>>,
}

impl Server {
    /// Waits until the server shuts down ([`Request::draining`]).
    pub async fn draining(&self) {
        self.request.draining().await;
    }

    /// Whether the server shuts down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.request.is_draining()
    }

    pub(crate) fn new(request: Request, response: Response) -> Self {
        Self { request, response, local: PhantomData }
    }
}
