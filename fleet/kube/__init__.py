"""Everything that talks to a Kubernetes API server.

In: a registered Cluster, its secrets by reference, and what others decided to read or write. Out: live objects as they
are, or why that could not be told; answers to writes; events of what changed behind our back.

`server` is one API server and every request to it; `live` follows, reads and writes the objects of Apps there; `kept` is what we
keep there ourselves: Inventories, the Record, the Lease. `live` and `kept` stand on `server` and do not know each other. Every
request has a deadline and every write asks the lease just before it goes.

Never here: whether something should be written, what a body should hold, retries of writes, and secrets in messages.
"""
