"""What becomes of Pods: a scheduler and a fake kubelet.

In: a Turn with a Pod. Out: an Outcome: its node, and after the chosen delay its containers running, or failing as its image's
name says: the phases, conditions and reasons that a kubelet writes. A Pod that is being deleted is gone after its delay.

Pure: no clock, no request, no chance. Never here: a container, a network, a log.
"""
