"""Why no decision could be made."""

from __future__ import annotations


class RoutingError(Exception):
    """No model may answer, or the request or catalog makes no sense: one sentence that names the fix."""
