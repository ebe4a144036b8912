"""What the templates of judged.json are filled with."""

from __future__ import annotations

from typing import Any

DATA: dict[str, Any] = {
    "name": "prod-eu-1",
    "nameNormalized": "prod-eu-1",
    "server": "https://10.0.0.1:6443",
    "branch": "feature/Add_New-Things.now",
    "empty": "",
    "nothing": None,
    "yes": True,
    "no": False,
    "port": 8080,
    "large": 1000000,
    "huge": 123456789,
    "ratio": 1.5,
    "zero": 0,
    "metadata": {"labels": {"env": "prod", "team.example.com/name": "shop"}, "annotations": {}},
    "path": {"path": "apps/shop/web", "basename": "web", "segments": ["apps", "shop", "web"]},
    "list": ["b", "a", "c", "a"],
    "numbers": [1, 2.5, 30],
    "mixed": ["x", 1, True, None, {"k": "v"}],
    "apps": [{"name": "one", "files": ["a.yaml"]}, {"name": "two", "files": []}],
    "text": "line one\nline two\n",
    "quotes": "say \"hi\" & <bye> 'now'\t\\",
    "unicode": "Grüße, Jürgen ✓",
}
