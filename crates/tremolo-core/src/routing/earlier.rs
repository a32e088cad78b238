//! A route whose path is registered again.

use super::RouteError;
use super::error::ServedTwice;
use super::method::MethodTable;

/// A route that was removed from its table, to be merged with a later one of the same path.
#[derive(Clone, Debug)]
pub struct Earlier<T> {
    /// What it serves with.
    pub target: T,
    /// Where it was registered, if that is known.
    pub place: Option<Box<str>>,
    /// In its normal form.
    pub(super) path: String,
    pub(super) has_parameters: bool,
}

impl<T> Earlier<T> {
    /// Checks that this route and a later one for the same path serve different methods. `own` are
    /// the methods of this one; `None` if it serves all. `place` is that of the later one.
    ///
    /// An exact path and a regular expression may serve a method twice: the later target is used,
    /// and this returns what [`RouteTable::note_overridden`](super::RouteTable::note_overridden)
    /// takes.
    ///
    /// # Errors
    ///
    /// [`RouteError::ServedTwice`] for a path with parameters.
    pub fn check_merge<A, B>(
        &self,
        own: Option<&MethodTable<A>>,
        later: &MethodTable<B>,
        place: &str,
    ) -> Result<Option<ServedTwice>, RouteError> {
        let method = match own.filter(|_| !later.serves_all()) {
            Some(own) => match own.first_common(later) {
                Some(method) => Some(method.clone()),
                None => return Ok(None),
            },
            None => None,
        };
        let paths = [self.path.clone(), self.path.clone()];
        let twice = ServedTwice::new(paths, [self.place.as_deref(), Some(place)]);
        let twice = ServedTwice { method, ..twice };
        match self.has_parameters {
            true => Err(RouteError::ServedTwice(Box::new(twice))),
            false => Ok(Some(twice)),
        }
    }

    /// Both places, for the route that both are merged into.
    #[must_use]
    pub fn places(&self, later: &str) -> String {
        match &self.place {
            Some(earlier) => format!("{earlier} and {later}"),
            None => later.to_owned(),
        }
    }
}
