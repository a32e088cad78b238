"""Modules under the names that the original has for them."""
