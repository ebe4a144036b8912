"""Deployments, ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs, and what counts and scales their Pods.

In: a Turn. Out: an Outcome: the Pods, ReplicaSets and ControllerRevisions wanted, and the status that the real controllers
of Kubernetes 1.36 would write: the same fields, conditions, reasons and messages (recorded from them, see
`pkg/controller` of k8s.io/kubernetes).

Pure: no clock, no request, no chance. Never here: what becomes of a Pod once it is there.
"""
