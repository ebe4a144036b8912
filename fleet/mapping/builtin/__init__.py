"""Built-in readers of documents that declare Apps, written exactly as a plugin's would be.

In: one document and the cluster it is read for, in an AppKindContext. Out: the Apps it declares there; none, when it says
that it is not for this cluster. Everything that is wrong with a document is said at once, each with file and line.

Never here: another document, a live cluster, a renderer, or anything of the hub beyond the sockets, the nouns and the errors.
"""
