"""Functions that a template may not call, and why."""

from __future__ import annotations

from collections.abc import Mapping

_CHANCE = "what it gives differs from one time to the next, so that git would not decide what is applied"
_CLOCK = "what it gives depends on the clock, so that git would not decide what is applied"
_KEYS = "keys and certificates are not made from a template; what it gives differs from one time to the next"
_SURROUNDINGS = "Argo CD refuses it too: it looks at what surrounds the process"
_RARE = "it is not read here; write the value itself, or have a generator give it"

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("env", "expandenv", "getHostByName"), _SURROUNDINGS),
    **dict.fromkeys(
        ("randAlphaNum", "randAlpha", "randAscii", "randNumeric", "randInt", "randBytes", "shuffle", "uuidv4"), _CHANCE
    ),
    **dict.fromkeys(
        (
            "ago",
            "date",
            "date_in_zone",
            "date_modify",
            "dateInZone",
            "dateModify",
            "htmlDate",
            "htmlDateInZone",
            "must_date_modify",
            "mustDateModify",
            "mustToDate",
            "now",
            "toDate",
            "unixEpoch",
        ),
        _CLOCK,
    ),
    **dict.fromkeys(
        (
            "bcrypt",
            "htpasswd",
            "genPrivateKey",
            "derivePassword",
            "buildCustomCert",
            "genCA",
            "genCAWithKey",
            "genSelfSignedCert",
            "genSelfSignedCertWithKey",
            "genSignedCert",
            "genSignedCertWithKey",
            "encryptAES",
            "decryptAES",
        ),
        _KEYS,
    ),
    **dict.fromkeys(("call", "js", "tpl", "duration", "durationRound"), _RARE),
    "semver": "it is not read here; compare versions with semverCompare",
}
