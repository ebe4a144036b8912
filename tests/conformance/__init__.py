"""One suite of cases for two servers: what a real kube-apiserver answers, the sandbox must answer.

In: `cases/*.yaml`, each case a named sequence of requests, and the address of a server. Out: its answers, with what two
clusters can never share (UIDs, times, resource versions, generated names) replaced by labels that keep equal things
equal; and the places where two servers' answers differ.

Never here: which server is right. The real one is, and what the sandbox does otherwise stands in
docs/reference/sandbox-differences.md, which the suite reads: a difference that is not in there fails, one that is gone
does too.
"""
