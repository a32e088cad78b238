//! Without the feature `regex` a parameter has no expression.

use crate::routing::error::Fault;
use crate::routing::linear_pattern::Parts;

#[derive(Clone, Debug)]
pub(in crate::routing) enum Expression {}

impl Expression {
    pub(super) fn new(source: &str) -> Result<Self, Fault> {
        Err(format!("has the expression {source:?}, which needs the feature `regex`").into())
    }

    pub(super) fn source(&self) -> &str {
        match *self {}
    }

    pub(super) fn push_to(&self, _: &mut Parts) -> Option<()> {
        match *self {}
    }

    pub(in crate::routing) fn may_have_slash(&self) -> bool {
        match *self {}
    }
}
