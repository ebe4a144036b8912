"""Reads an ApplicationSet as the Applications it generates, and those as the Apps they declare.

In: one document and the cluster it is read for. Out: the Apps of those generated Applications whose destination is that
cluster. What generates them is pure: lists, the labels of the registered clusters, directories and files of this
Revision, and what can be made of these by matrix and merge. Everything that was looked at is noted by the tree that is given.

Never here: another repository, the network, a cluster. Generators that need one of them are refused by name. Nor is a field
of an Application read here: that is the Application reader's.
"""

from fleet.mapping.builtin.argocd.applicationset.reader import TABLE, read

__all__ = ["TABLE", "read"]
