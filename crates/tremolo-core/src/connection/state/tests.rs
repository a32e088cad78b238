//! The transitions of the states, as docs/states.md shows them.
