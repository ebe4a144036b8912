"""An in-memory Kubernetes API server: for the demo, for tests of plugins, for a thousand clusters in one process.

In: the requests of any client of Kubernetes, kubectl and the hub among them; or calls of the handle in this process. Out:
what a real API server answers, in its words, with true managedFields, watches, conflicts and an audit log; and, where it
is asked for, misbehaviour.

Start with `Sandboxes`, which serves any number of clusters in one event loop; `SandboxCluster` is one of them. Never here:
code that is shared with the hub's client, which would share its mistakes; facts about kinds that were not extracted from
a real API server; a guess where the real one refuses.
"""
