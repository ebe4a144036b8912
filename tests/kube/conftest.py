"""The sandbox clusters of the stories, for what is told of one here."""

from tests.flows.conftest import plane, pool

__all__ = ["plane", "pool"]
