//! Routing as pure data: which path belongs to what. Knows nothing of connections.

use std::collections::HashMap;

use rustc_hash::FxBuildHasher;

/// Exact paths and what they lead to.
///
/// Paths are compared undecoded and with their case; leading slashes collapse into one, trailing
/// ones do not matter. The later of two registrations of one path wins.
///
/// ```
/// use tremolo_core::Router;
///
/// let mut router = Router::default();
/// router.add("/hello", 1);
/// assert_eq!(router.find(b"/hello/"), Some(&1));
/// assert_eq!(router.find(b"//hello"), Some(&1));
/// assert_eq!(router.find(b"/Hello"), None);
/// ```
#[derive(Clone, Debug)]
pub struct Router<T> {
    /// The keys are the application's own: nobody can fill this table with collisions.
    exact: HashMap<Box<[u8]>, T, FxBuildHasher>,
}

impl<T> Default for Router<T> {
    fn default() -> Self {
        Self { exact: HashMap::default() }
    }
}

impl<T> Router<T> {
    /// Adds a path, with or without its leading slash.
    pub fn add(&mut self, path: &str, target: T) {
        self.exact.insert(trim_slashes(path.as_bytes()).into(), target);
    }

    /// What the path of a request leads to.
    #[must_use]
    pub fn find(&self, path: &[u8]) -> Option<&T> {
        self.exact.get(trim_slashes(path))
    }
}

fn trim_slashes(mut path: &[u8]) -> &[u8] {
    while let [b'/', rest @ ..] = path {
        path = rest;
    }
    while let [rest @ .., b'/'] = path {
        path = rest;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_registration_wins() {
        let mut router = Router::default();
        router.add("/a", 1);
        router.add("a/", 2);
        router.add("/", 3);
        assert_eq!(router.find(b"/a"), Some(&2));
        assert_eq!(router.find(b"/"), Some(&3));
        assert_eq!(router.find(b"///"), Some(&3));
        assert_eq!(router.find(b"/a//b"), None);
    }
}
