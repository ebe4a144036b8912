"""The HTTP side: from a request to a verb and back to bytes.

In: requests of any Kubernetes client. Out: what a real API server answers: JSON or YAML, whole objects, their metadata
alone or tables; watches; discovery; Status errors; and one line of audit log for each.

`server` takes a request in, decides who asks and whether he may, and lets the faults happen. Never here: what becomes of an
object, which is `verbs`'.
"""
