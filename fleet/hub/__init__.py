"""WHEN: the long-running process that makes many clusters match git.

In: a FleetConfig, a Registry, a Store. Out: synced clusters, and `state`, which says what is known of them at this moment.
A Revision is fetched and mapped (`revisions`), its Apps are queued by name on the cluster they belong to (`cluster`), a
worker reads everything afresh and syncs one App (`worker`); watch events and timers put names back on the queue.

Never here: what to do with an object (that is `plan`), how to talk to an API server (`kube`), and any server of our own:
`api` and `web` are started beside the hub by the composition root, `fleet serve`.
"""
