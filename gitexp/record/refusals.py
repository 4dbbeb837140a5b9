"""What a remote says when it refuses a run, in our words, and what to do about it."""

from __future__ import annotations

from gitexp.schema.names import BRANCH_PREFIX
from gitexp.store.push import Answer


def is_hook(answer: Answer | None) -> bool:
    """Whether a hook of the remote's refused, which looks at a push as a whole."""
    return answer is not None and not answer.ok and "hook declined" in answer.why


def explain(why: str, said: str, ref: str) -> tuple[str, str]:
    """A refusal of a ref in our words, and what to do about it."""
    lines = [
        line.removeprefix("remote:").strip() for line in said.splitlines() if "remote:" in line
    ]
    told = next((line for line in lines if line.lower().startswith("error:")), "")
    told = told[len("error:") :].strip() or next((line for line in lines if line), "")
    # GitHub's rules, each in a line of its own.
    told = " ".join(
        [told, *(line for line in lines if line.startswith("- ") and line != told)][:3]
    )
    if "fetch first" in why or "non-fast-forward" in why or "stale info" in why:
        return "somebody pushed to it meanwhile", "push again"
    if "hidden ref" in why or "refspec" in why or "deny" in why:
        hint = "" if ref.startswith(BRANCH_PREFIX) else "try --as-branches"
        return f"the remote does not take such refs: {why}", hint
    if "directory" in why or "file conflict" in why or "cannot lock ref" in why:
        return f"a run there stands in the way of its name: {why}", "`gitexp rename` it here"
    if "hook declined" in why:
        hint = "the remote's rules refuse it"
        if "100" in told and "MB" in told.upper():
            hint = "`gitexp checkpoint ls` shows what is large"
        if not ref.startswith(BRANCH_PREFIX):
            hint += "; a host that takes no such refs may take --as-branches"
        return told or why, hint
    return f"{why} {told}".strip(), ""
