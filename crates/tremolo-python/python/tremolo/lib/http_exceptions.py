"""`tremolo.exceptions`, by another name."""

from ..exceptions import *  # noqa: F403
