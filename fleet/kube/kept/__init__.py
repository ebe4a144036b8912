"""What Fleethub keeps in a managed cluster, in the Namespace `fleethub-system`.

In: Inventories, Record entries, the terms of a lease. Out: the same, read back whole or as an error.

`inventory` lists the objects of each App, `record` says what each runs, `lease` whether this hub may write, `identity` which
cluster this is. Formats stand beside what keeps them; both are divided over ConfigMaps as `shards` says.

Never here: objects of Apps, and what should be kept.
"""
