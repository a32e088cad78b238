//! The whole bag of one exchange.

use crate::request::Request;
use crate::response::Response;

/// Everything that belongs to one exchange, for handlers that want it in one argument.
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
}

impl Server {
    pub(crate) fn new(request: Request, response: Response) -> Self {
        Self { request, response }
    }
}
