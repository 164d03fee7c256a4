"""What a conversion says when it refuses."""

from __future__ import annotations


class ConversionError(ValueError):
    """A model that cannot be converted exactly; the message is one sentence with the reason and the fix."""
