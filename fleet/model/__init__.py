"""The nouns: frozen dataclasses that everything else passes on.

In: nothing; they are made by whoever knows the facts. Out: values that compare, hash and can be sent to another process.
One word per thing, the same in class, table, log, URL and docs; the glossary in `docs/explanation/glossary.md` defines each.

Never here: input or output, a clock, randomness, the environment, or a decision that could have gone another way. What a
noun can tell of itself (its key, its hash, the worst of its parts) is a method of it.
"""
