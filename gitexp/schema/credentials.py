"""What a credential looks like: by the key that it stands under, and by its own shape.

A false alarm costs as much as a miss: `pad_token: "<pad>"` must survive, `hf_token: …` must not.
So keys are read word by word, and a key that only might mean a secret needs a value that looks
like one.
"""

from __future__ import annotations

import re
from functools import lru_cache


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Last words of a key that say it by themselves.
_SECRET_WORDS = _words(
    "password passwd passphrase passcode pwd secret secrets credential credentials creds apikey "
    "apitoken authtoken accesstoken accesskey secretkey privatekey token auth authorization"
)
_PASSWORDS = ("password", "passwd", "passphrase", "pwd")
_SECRET_ENDINGS = ("password", "passwd", "passphrase", "apikey", "apitoken", "authtoken")

# What makes a `…_key` or `…_token` a secret; a bare `key` never is.
_KEY_OF = _words("api access secret private auth encryption signing ssh deploy")
_KEY_MAYBE_OF = _words("account storage service subscription master license")
_TOKEN_OF = _words(
    "access auth api hub bearer refresh session security private personal bot secret jwt login "
    "deploy job push read write oauth client app"
)
_PASS_OF = _words("db smtp mysql pg postgres user redis mail email ftp http proxy admin")
_VENDORS = _words(
    "anthropic aws azure cohere comet databricks dagshub deepseek discord gcp gemini gh github "
    "gitlab google groq hf huggingface kaggle mistral mlflow neptune openai openrouter replicate "
    "sendgrid sentry slack stripe telegram together twilio wandb"
)

# Values under a secret's key that tell how, and not what.
_HARMLESS = _words(
    "true false none null yes no on off auto basic bearer digest ntlm kerberos oauth oauth2 "
    "ldap token required optional default disabled enabled prompt env keyring"
)
_SPECIAL_TOKEN = re.compile(r"<[^>]*>|\[[^\]]*\]|##.*|▁.*")
_PLACEHOLDER = re.compile(r"\$\{?\w+\}?|\{.*\}|%\(?\w+.*|\*+|x{3,}|\.{3}|…")
_PATH = re.compile(
    r"(~|\.{1,2})?/\S*\.\w{1,12}|[~.]{1,2}/\S+|/(home|etc|run|root|Users|var|mnt)/\S+"
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)

_B = r"(?:(?<![A-Za-z0-9_])|(?<=\x1b\[m)|(?<=\x1b\[\dm)|(?<=\x1b\[\d\dm)|(?<=\x1b\[\d;\d\dm))"
_SHAPES = r"""(?:
      gh[pousr]_[A-Za-z0-9]{30,255} | github_pat_[A-Za-z0-9_]{22,255}   # GitHub
    | gl(?:pat|dt|ptt|rt)-[\w-]{20,}                                     # GitLab
    | hf_(?=\w*[A-Z])(?=\w*[a-z])[A-Za-z0-9]{30,}            # Hugging Face
    | sk-(?:proj|ant|or|svcacct|admin|lf)-[\w-]{20,}                     # OpenAI, Anthropic, …
    | sk-(?=\w*\d)(?:[0-9a-f]{32,}|(?=\w*[A-Z])[A-Za-z0-9]{32,})
    | (?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])                           # AWS
    | xox[abeoprs]-[A-Za-z0-9-]{10,} | xapp-\d-[A-Za-z0-9-]{10,}         # Slack
    | AIza[\w-]{35} | ya29\.[\w-]{20,}                                   # Google
    | [sr]k_(?:live|test)_[A-Za-z0-9]{16,}                               # Stripe
    | pypi-AgE[\w-]{50,} | npm_[A-Za-z0-9]{36} | dckr_pat_[\w-]{20,}     # registries
    | do[opr]_v1_[a-f0-9]{64} | dapi[0-9a-f]{32} | r8_[A-Za-z0-9]{37,}   # clouds
    | gsk_[A-Za-z0-9]{40,} | pplx-[A-Za-z0-9]{40,} | wandb_v\d_[\w-]{20,}
    | SG\.[\w-]{16,}\.[\w-]{16,}                                         # SendGrid
    | eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}                              # JSON web tokens
    )"""


@lru_cache(maxsize=1)
def shapes() -> re.Pattern[str]:
    """What is a credential wherever it stands; most programs that ask about keys never need it."""
    return re.compile(_B + _SHAPES, re.VERBOSE)


@lru_cache(maxsize=4096)
def words_of(key: str) -> tuple[str, ...]:
    """`wandbApiKey`, `WANDB_API_KEY`, `--wandb-api.key` → ("wandb", "api", "key")."""
    split = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", key)
    return tuple(re.findall(r"[a-z]+", split.lower()))


@lru_cache(maxsize=4096)
def is_secret_key(key: str) -> bool:
    """Whether what stands under this key is a credential, as far as the key can tell."""
    words = words_of(key)
    if not words:
        return False
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last == "id" and words[-3:] == ("access", "key", "id"):
        return True
    if last in ("key", "keys"):
        return before in _KEY_OF or before in _VENDORS
    if last == "token":
        return not before or before in _TOKEN_OF or before in _VENDORS
    if last == "tokens":
        return before in ("access", "auth", "api", "refresh")
    if last == "pat":
        return before in _VENDORS
    if last == "pass":
        # `db_pass`, but not `pass: 2` or the part `pass` of a nested `db`.
        return before in _PASS_OF and "." not in key
    return last in _SECRET_WORDS or last.endswith(_SECRET_ENDINGS)


def may_be_secret_key(key: str) -> bool:
    """Whether the key means a secret if its value looks like one: `my_token`, `cookie`."""
    words = words_of(key)
    if words[-1:] == ("key",):
        return words[-2:-1] != () and words[-2] in _KEY_MAYBE_OF
    return bool(words) and words[-1] in ("token", "cookie", "jwt", "pat", "signature", "sig")


def is_secret(key: str, value: object) -> bool:
    """Whether a value under a key is a credential.

    A number is one only as a password (`password: 12345`, but not `token: 50256`); flags,
    special tokens (`<pad>`), paths and placeholders (`${TOKEN}`) never are.
    """
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    text = str(value).strip()
    if not is_secret_key(key):
        return isinstance(value, str) and may_be_secret_key(key) and looks_random(text)
    return not is_harmless(text, key)


def is_harmless(text: str, key: str = "") -> bool:
    """Whether a value says nothing secret even under a key that means a secret."""
    if not text or text.lower() in _HARMLESS:
        return True
    if _SPECIAL_TOKEN.fullmatch(text) or _PLACEHOLDER.fullmatch(text) or text == "[redacted]":
        return True
    last = words_of(key)[-1:]
    if _NUMBER.fullmatch(text):
        return not (text.isdigit() and is_password_key(key))
    if last == ("pwd",) and text.startswith("/"):
        return True  # PWD and OLDPWD are folders
    if last in (("token",), ("auth",)) and text.isalpha() and len(text) < 6:
        return True  # `pool: {token: mean}`, `auth: saml`
    return bool(_PATH.fullmatch(text)) and not is_password_key(key)


def is_password_key(key: str) -> bool:
    """Whether a person has typed the value: it may be a number, or begin with a slash."""
    last = words_of(key)[-1:]
    return bool(last) and (last[0] in ("pass", "passcode") or last[0].endswith(_PASSWORDS))


def looks_random(text: str) -> bool:
    """Whether a text is long, without spaces, and mixes letters and digits as keys do."""
    if len(text) < 16 or not re.fullmatch(r"[\w.~+/=:%-]+", text) or _PATH.fullmatch(text):
        return False
    digits = sum(c.isdigit() for c in text)
    letters = sum(c.isalpha() for c in text)
    return digits >= 3 and letters >= 3 and len(set(text)) >= 8
