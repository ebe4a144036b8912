"""What the API server has against an object of a built-in kind, in its own words.

In: a decoded and defaulted object, and at a change the one that it replaces. Out: the causes of an Invalid (reason, message,
field), in the server's order; none for an object that is fine.

The rules are those that people meet: names and labels, what a workload, a Service or a claim must have, and what must not
change. Never here: the structure of a body (decoding refuses that), custom kinds' schemas, or the state of a cluster.
"""

from fleet.sandbox.objects.problems.kinds import of_change, of_new

__all__ = ["of_change", "of_new"]
