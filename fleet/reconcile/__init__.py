"""Preview and Sync for one AppKey: everything is gathered, the pure parts decide, the edges act.

In: what git wants of one App (`Wanted`) and one connected cluster (`Site`). Out: a Plan, the Drifts it saw, and a SyncReport.
`preview` alone is what `fleet diff`, the drift check and a pull request's preview do; `sync` does what a preview says:
Inventory grown, objects applied stage by stage, deletes last, Inventory shrunk, Record committed.

Never here: when to do it, retries, and what is remembered between two Syncs (that is the hub's), or a decision (`plan`'s).
"""
