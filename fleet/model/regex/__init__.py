"""Regular expressions as Go's regexp has them, matched in a time that grows with the text and the expression alone.

In: an expression and a text. Out: where it matches, the leftmost and among those the first that is tried, as Go's does.

Never here: Python's own `re` on an expression of somebody else's. It goes back and tries again, and a short expression can
make it try for ever.
"""

from fleet.model.regex.matching import Match, find, matches
from fleet.model.regex.reading import compiled

__all__ = ["Match", "compiled", "find", "matches"]
