//! Values that stay on their thread, behind handles that are `Send`.
//!
//! Futures and streams of handlers stay in the task of their connection, and need not be `Send`.
//! Many layers want that, because they box what they get. So they get a handle: it is used on the
//! same thread, since what polls it is a part of the same task, and on another thread it finds
//! nothing.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::thread::{self, ThreadId};

use slab::Slab;

thread_local! {
    /// `None` while a value is in use.
    static VALUES: RefCell<Slab<Option<Box<dyn Any>>>> = const { RefCell::new(Slab::new()) };
}

/// A handle to a value of this thread.
pub(super) struct Local<T> {
    key: usize,
    thread: ThreadId,
    /// A function type, so that the handle is `Send`.
    marker: PhantomData<fn() -> T>,
}

impl<T: 'static> Local<T> {
    pub(super) fn new(value: T) -> Self {
        let value: Option<Box<dyn Any>> = Some(Box::new(value));
        let key = VALUES.with_borrow_mut(|values| values.insert(value));
        Self { key, thread: thread::current().id(), marker: PhantomData }
    }

    /// Calls a function with the value; `None` on another thread, or after it has panicked. The
    /// value is taken out meanwhile, because the function is user code, which may use other values.
    pub(super) fn with<R>(&mut self, call: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut value = self.replace(None)?;
        let result = call(value.downcast_mut()?);
        self.replace(Some(value));
        Some(result)
    }

    /// The value itself.
    pub(super) fn into_inner(self) -> Option<T> {
        Some(*self.replace(None)?.downcast().ok()?)
    }
}

impl<T> Local<T> {
    fn replace(&self, value: Option<Box<dyn Any>>) -> Option<Box<dyn Any>> {
        if thread::current().id() != self.thread {
            return None;
        }
        let replace = |values: &mut Slab<Option<Box<dyn Any>>>| {
            std::mem::replace(values.get_mut(self.key)?, value)
        };
        VALUES.try_with(|values| replace(&mut values.borrow_mut())).ok()?
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if thread::current().id() != self.thread {
            tracing::error!("a layer has dropped a response on another thread: it stays in memory");
            return;
        }
        // The value is dropped after the table was used: its `Drop` is user code.
        let removed = VALUES.try_with(|values| values.borrow_mut().try_remove(self.key));
        drop(removed);
    }
}

impl<T> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Local")
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn a_value_is_used_on_its_thread_only_and_dropped_with_its_handle() {
        let counted = Rc::new(());
        let mut handle = Local::new(Rc::clone(&counted));
        assert_eq!(handle.with(|value| Rc::strong_count(value)), Some(2));
        let back = thread::spawn(move || {
            assert!(handle.with(|_| ()).is_none());
            handle
        });
        let mut handle = back.join().unwrap();
        // A value may use the table while it is in use.
        let nested = handle.with(|_| Local::new(Rc::clone(&counted)));
        assert_eq!(Rc::strong_count(&counted), 3);
        drop(handle);
        assert_eq!(Rc::strong_count(&counted), 2);
        assert!(nested.unwrap().into_inner().is_some());
        assert_eq!(Rc::strong_count(&counted), 1);
    }
}
