"""What the verbs share: the way in, the way to the hub or the repository, the way out.

In: words, flags, environment. Out: a verb's arguments; answers of a hub; lines, tables and JSON on stdout; exit codes.

`dispatch` finds the verb, `options` and `given` read its words; `hubclient`, `exchange` and `following` ask a hub,
`checkout`, `checking` and `objects` do without one; `show`, `logs` and `codes` say how it went.

Never here: what one verb alone does, and a slow import at the top of a file.
"""
