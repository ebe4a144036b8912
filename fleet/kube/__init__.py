"""Everything that talks to a Kubernetes API server.

In: a registered Cluster, its secrets by reference, and what others decided to read or write. Out: live objects as they
are, or why that could not be told; answers to writes; events of what changed behind our back.

`connect` loads ways in and credentials, `client` sends requests, `discovery` knows paths, `watch` and `cache` follow what
is ours, `lease` says whether this hub may write, `identity` tells one cluster from another; `observe`, `apply`,
`inventory` and `record` stand on these. Every request has a deadline and every write asks the lease just before it goes.

Never here: whether something should be written, what a body should hold, retries of writes, and secrets in messages.
"""
