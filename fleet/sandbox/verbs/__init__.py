"""What a request does to the objects of a cluster: create, update, patch, apply, delete, and what follows from it.

In: a resource, a place, a body and options, already decoded; from a request or from the handle in this process. Out: the
object as it is now, or an ApiStatus in the real server's words. All of it is synchronous: within one call nobody else
writes, so that there is nothing to lock.

What follows from a write (owners' dependents go, namespaces empty themselves, a new kind is served) happens at the end of
the call that caused it, after its answer was made. Never here: HTTP, and what stands in `typed` and `objects`.
"""
