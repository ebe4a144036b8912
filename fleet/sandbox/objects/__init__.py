"""What the API server does to the content of one object.

In: a body, and at a change the object that it replaces. Out: the body as the server keeps it (pruned, with defaults), and
what the server has against it, as the causes of an Invalid in its own words.

`structural` and `structural_problems` are for custom kinds, whose schema says it all; `problems` is for built-in ones.
Values given are never changed. Never here: who owns a field, storage, or the state of a cluster.
"""
