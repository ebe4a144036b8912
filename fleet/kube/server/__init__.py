"""One API server: the way in, its credentials, its paths, and every request that goes to it.

In: a registered Cluster, its secrets by reference. Out: parsed answers, or errors that say what the server's mean.

`connect` loads ways in and credentials, `client` sends requests, `answers` reads refusals, `discovery` knows paths. Every
request has a deadline, and every write asks the lease just before it goes.

Never here: what an object means, and retries of writes.
"""
