"""The threads of a worker, by another name."""

from .._executor import Executor as MultiThreadExecutor
from .._executor import Thread as ThreadExecutor

__all__ = ["MultiThreadExecutor", "ThreadExecutor"]
