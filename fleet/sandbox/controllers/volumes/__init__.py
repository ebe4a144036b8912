"""Claims and volumes: bound to each other by choice.

In: a Turn with a PersistentVolumeClaim or PersistentVolume. Out: an Outcome: a claim takes a volume that is there and fits;
where its class makes volumes, one is made for it after the chosen delay. A class that waits for the first consumer waits
for the scheduler to name a node.

Pure: no clock, no request, no chance. Never here: a disk.
"""
