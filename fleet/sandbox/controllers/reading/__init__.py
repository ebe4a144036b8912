"""Reads objects, and what belongs to which: the one vocabulary in which the controllers decide.

In: objects as the API server gives them, never changed in place. Out: their fields, owners, conditions, whether a selector
matches them, a template's hash; `Seen`, everything the controllers know of one cluster, found by kind, name, owner or label;
`Turn`, what one decision is made from, and `Outcome`, what it wants written.

Never here: a request, a clock, a decision of one kind.
"""
