"""Facts about the built-in kinds of Kubernetes, as a real API server tells them.

In: the name of a kind, as plain strings, since the nouns lie above. Out: whether it is namespaced, its plural, the versions
it is served in, the server's favourite first; later also the keys of its lists and its fields.

The facts are in `kinds.json`, which `make schema` extracts from the control plane of the tests; what differs in other releases
is in `releases.json`, which `make releases` extracts from what each published. Never here: anything written by hand, a custom
kind, or what one particular cluster serves (that is discovery's).
"""

from fleet.schema.lookup import Kind, Version, kind_of, kinds, kubernetes, scope

__all__ = ["Kind", "Version", "kind_of", "kinds", "kubernetes", "scope"]
