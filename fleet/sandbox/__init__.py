"""An in-memory Kubernetes API server, for the demo, the tests of plugins and the simulation of many clusters.

In: HTTP requests of any Kubernetes client, or calls from the same process. Out: what a real API server would answer, down to
the owners of each field and the words of an error. Facts about kinds come from `fleet.schema`, which are extracted from
a real control plane; everything else is written here once more.

Never here: anything of the hub's own client. A sandbox that shared its code would share its mistakes, and tests against it
would prove nothing.
"""
