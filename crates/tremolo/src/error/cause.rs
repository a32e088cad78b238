//! The source of an [`HttpError`](crate::HttpError). It is a value of the user: its `Display`, its
//! `source` and its `Drop` may panic, and may use the handles of a request. A panic is logged. No
//! function of this file may be called while a connection is locked.

use std::error::Error as StdError;

use crate::catch_panic::catch_panic;

/// An error of the user, or none.
#[derive(Default)]
pub(crate) struct Cause(Option<Box<dyn StdError + Send + Sync>>);

impl Cause {
    pub(crate) fn get(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.as_deref()
    }

    /// The texts of the error and of all its sources, the innermost last. A text that only repeats
    /// the one before is left out.
    pub(crate) fn texts(&self) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        let mut next = self.get().map(|error| error as &(dyn StdError + 'static));
        for _ in 0..MAX_CAUSES {
            let Some(error) = next else { break };
            let text = catch_panic("the Display of an error", || error.to_string());
            let text = text.unwrap_or_else(|| "(an error without a text)".to_owned());
            if texts.last() != Some(&text) {
                texts.push(text);
            }
            next = catch_panic("the source of an error", || error.source()).flatten();
        }
        texts
    }
}

impl From<Box<dyn StdError + Send + Sync>> for Cause {
    fn from(error: Box<dyn StdError + Send + Sync>) -> Self {
        Self(Some(error))
    }
}

impl Drop for Cause {
    fn drop(&mut self) {
        if let Some(error) = self.0.take() {
            catch_panic("the Drop of an error", || drop(error));
        }
    }
}

/// The most sources that are read: an error may be its own source.
const MAX_CAUSES: usize = 32;

#[cfg(test)]
mod tests {
    use std::fmt;

    use super::*;

    #[derive(Debug)]
    struct Own;

    impl fmt::Display for Own {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("own")
        }
    }

    impl StdError for Own {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(self)
        }
    }

    #[test]
    fn a_chain_without_an_end_is_cut() {
        let boxed: Box<dyn StdError + Send + Sync> = Box::new(Own);
        assert_eq!(Cause::from(boxed).texts(), ["own"]);
    }

    #[derive(Debug)]
    struct Hostile;

    impl fmt::Display for Hostile {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("in Display")
        }
    }

    impl StdError for Hostile {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            panic!("in source")
        }
    }

    impl Drop for Hostile {
        fn drop(&mut self) {
            panic!("in Drop")
        }
    }

    #[test]
    fn a_panic_of_the_error_goes_no_further() {
        let boxed: Box<dyn StdError + Send + Sync> = Box::new(Hostile);
        let cause = Cause::from(boxed);
        assert_eq!(cause.texts(), ["(an error without a text)"]);
        drop(cause);
    }
}
