//! Values by their type: the state of an application, the contexts of a worker, a connection and
//! a request, the options of a route. One map for all of them.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::catch_panic::catch_panic;

/// Values that belong to a request, a connection or a worker, at most one of each type; see
/// [`Request::extensions`](crate::Request::extensions),
/// [`ConnectionContext`](crate::ConnectionContext) and [`WorkerContext`](crate::WorkerContext).
///
/// ```
/// use tremolo::{Call, FromCall, HttpError, Request};
///
/// #[derive(Clone)]
/// struct User(String);
///
/// struct Authenticated;
///
/// impl FromCall for Authenticated {
///     async fn from_call(call: &mut Call) -> Result<Self, HttpError> {
///         let request = call.request();
///         let name = request.header("X-User").ok_or_else(HttpError::unauthorized)?;
///         request.extensions().insert(User(name.to_owned()));
///         Ok(Self)
///     }
/// }
///
/// async fn hello(_: Authenticated, request: Request) -> Option<String> {
///     let User(name) = request.extensions().get()?;
///     Some(format!("Hello {name}"))
/// }
/// # tremolo::Application::new().route("/", hello);
/// ```
#[derive(Default)]
pub struct Extensions {
    values: Mutex<TypeMap>,
}

/// Values by their type, without a lock: for maps that do not change any more. They are few: a sorted
/// list.
#[derive(Clone, Default)]
pub(crate) struct TypeMap(Vec<(TypeId, Value)>);

/// The extensions of an `http::Request`, as a layer has left them.
struct Layered(http::Extensions);

/// A value that several maps can share.
pub(crate) type Value = Arc<dyn Any + Send + Sync>;

impl TypeMap {
    pub(crate) fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> Option<Value> {
        self.insert_shared(TypeId::of::<T>(), Arc::new(value))
    }

    fn insert_shared(&mut self, of: TypeId, value: Value) -> Option<Value> {
        match self.place(of) {
            Ok(at) => self.0.get_mut(at).map(|(_, old)| std::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (of, value));
                None
            }
        }
    }

    fn get_shared(&self, of: TypeId) -> Option<&Value> {
        self.0.get(self.place(of).ok()?).map(|(_, value)| value)
    }

    /// Where the value of a type is, or would be.
    fn place(&self, of: TypeId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&of, |(of, _)| *of)
    }

    fn remove(&mut self, of: TypeId) -> Option<Value> {
        let at = self.place(of).ok()?;
        Some(self.0.remove(at).1)
    }

    /// Adds the values of those types that are not there yet.
    pub(crate) fn add_missing(&mut self, mut other: Self) {
        for (of, value) in std::mem::take(&mut other.0) {
            if let Err(at) = self.place(of) {
                self.0.insert(at, (of, value));
            }
        }
    }

    pub(crate) fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        self.get_shared(TypeId::of::<T>())?.downcast_ref::<T>().cloned()
    }

    pub(crate) fn contains(&self, of: TypeId) -> bool {
        self.place(of).is_ok()
    }
}

impl Drop for TypeMap {
    fn drop(&mut self) {
        // A value that panics in its `Drop` must not end its owner, nor keep the others from being
        // dropped.
        for (_, value) in std::mem::take(&mut self.0) {
            catch_panic("the Drop of a value in a context", || drop(value));
        }
    }
}

impl Extensions {
    /// Inserts a value; it replaces another one of its type.
    pub fn insert<T: Send + Sync + 'static>(&self, value: T) {
        self.insert_shared(TypeId::of::<T>(), Arc::new(value));
    }

    /// Inserts a shared value, whose type has this id.
    pub(crate) fn insert_shared(&self, of: TypeId, value: Value) {
        let replaced = self.lock().insert_shared(of, value);
        // Dropped without the lock, because the `Drop` of a value may use this map.
        drop(replaced);
    }

    /// A clone of the value of this type. In the context of a request also one that a layer has
    /// put into the extensions of its `http::Request`.
    #[must_use]
    pub fn get<T: Clone + Send + Sync + 'static>(&self) -> Option<T> {
        let value = {
            let values = self.lock();
            let own = values.get_shared(TypeId::of::<T>());
            own.or_else(|| values.get_shared(TypeId::of::<Layered>())).cloned()
        };
        let value = value?;
        match value.downcast_ref::<T>() {
            Some(value) => Some(value.clone()),
            None => value.downcast_ref::<Layered>()?.0.get::<T>().cloned(),
        }
    }

    /// Keeps the extensions of an `http::Request`, as a layer has left them.
    pub(crate) fn set_layered(&self, extensions: http::Extensions) {
        self.insert(Layered(extensions));
    }

    /// The extensions as the last layer has left them.
    pub(crate) fn layered(&self) -> http::Extensions {
        let value = self.lock().get_shared(TypeId::of::<Layered>()).cloned();
        let layered = value.as_deref().and_then(|value| value.downcast_ref::<Layered>());
        layered.map(|layered| layered.0.clone()).unwrap_or_default()
    }

    /// Removes the value of this type; returns whether there was one.
    pub fn remove<T: Send + Sync + 'static>(&self) -> bool {
        let removed = self.lock().remove(TypeId::of::<T>());
        removed.is_some()
    }

    fn lock(&self) -> MutexGuard<'_, TypeMap> {
        // No user code runs under the lock.
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Extensions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extensions({})", self.lock().0.len())
    }
}

impl fmt::Debug for TypeMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TypeMap({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_one_value_of_each_type() {
        let extensions = Extensions::default();
        assert_eq!(extensions.get::<u8>(), None);
        extensions.insert(1_u8);
        extensions.insert("one");
        extensions.insert(2_u8);
        assert_eq!((extensions.get(), extensions.get()), (Some(2_u8), Some("one")));
        assert_eq!((extensions.remove::<u8>(), extensions.remove::<u8>()), (true, false));
        assert_eq!(extensions.get::<u8>(), None);
    }

    #[test]
    fn a_value_may_use_the_context_it_is_in() {
        #[derive(Clone)]
        struct Loud(Arc<Extensions>);
        impl Drop for Loud {
            fn drop(&mut self) {
                self.0.insert("dropped");
            }
        }
        let extensions = Arc::new(Extensions::default());
        extensions.insert(Loud(Arc::clone(&extensions)));
        drop(extensions.get::<Loud>());
        assert!(extensions.remove::<Loud>());
        assert_eq!(extensions.get(), Some("dropped"));
    }
}
