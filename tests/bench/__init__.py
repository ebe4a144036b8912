"""`make bench`: figures, each a ratio or a time taken in one run on one machine, in one table and in bench.json.

In: nothing but the real control plane. Out: numbers for people. Never here: a test that fails because a machine is slow.
"""
