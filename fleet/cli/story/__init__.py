"""The demo: a whole fleet on sandbox clusters, and the story that is played on it.

In: the example repository, how many clusters. Out: lines on the screen, each with the place that it was read from: git, a
cluster, a cluster's audit log, the hub; or DemoFailed, when a step of the story did not happen.

`shop` is the repository, `cluster` and `audit` what can be read of a cluster, `hub` the real `fleet serve` as a process of
its own, `stage` all of them together. `changes` and `trouble` are the steps, `play` sets up, plays and clears away, `live`
is the table that one may look at instead, `screen` prints.

Never here: a line that was not read; a way to the clusters that users do not have, but for the faults.
"""
