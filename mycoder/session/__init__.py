"""The one door of mycoder."""

from mycoder.session.session import Session

__all__ = ["Session"]
