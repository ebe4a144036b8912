"""Who owns which field: server-side apply and `managedFields`, after Kubernetes' structured merge.

In: a `Type`, of a built-in kind or from a custom kind's schema, and objects as dicts. Out: merged objects, sets of fields
(`sets`), conflicts in the server's words.

`managed` is the way in: `apply` and `update` of one object. Below it stand the walks over a value and its type: `content` (which
fields are there), `merging`, `comparing`, `removing`, `checking`.

Values given are never changed; results may share parts with them, so nobody may change a result either. Never here: defaults,
validation of meaning, storage, or a clock.
"""
