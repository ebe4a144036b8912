"""The objects of Apps as they live in a cluster: followed, read, and written one by one.

In: keys, kinds, bodies that others decided to send. Out: Observations, events of what changed behind our back, and what
the server made of a write.

`watch` follows one collection and `cache` all that carry our mark; `observe` looks before a first write; `apply` and
`ownership` write one object, once.

Never here: whether something should be written.
"""
