"""`step 250: train loss 2.4612, val loss 2.4790` → a reading."""

from __future__ import annotations

import re
from math import isfinite

from gitexp.capture.printed.reading import (
    BATCH,
    EPOCH,
    LINE,
    STEP,
    Axis,
    Reading,
    axis_in,
    axis_of,
    is_metric,
    is_total,
    key_of,
    phase_of,
    word_set,
    words_of,
)

_DATE = re.compile(
    r"\d{4}[-/.]\d\d?[-/.]\d\d?(?:[T ]\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?"
    r"(?: ?(?:Z|[+-]\d\d:?\d\d))?)?"
    r"|\b\d\d?[-/]\d\d?[-/]\d{4}\b|(?:\d+ days?, )?\b\d+:\d\d(?::\d\d)?(?:[.,]\d+)?\b"
    r"|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" +\d\d?\b(?: +\d\d?:\d\d:\d\d)?(?: +\d{4}\b)?"
    r"|\b\d+h ?\d+m(?: ?\d+s)?\b|\b\d+m ?\d+s\b"
)
_VERSION = re.compile(r"\bv?\d+\.\d+\.\d+[\w.+-]*|\b(?:version|python|cuda) v?\d+(?:\.\d+)*", re.I)
_LEVEL = re.compile(
    r"^\s*(?:DEBUG|INFO|WARNING|ERROR):[\w.]+:"
    r"|^\s*(?:\[?(?:DEBUG|INFO|WARN(?:ING)?|ERROR|CRITICAL|D|I|W)\]?(?=[\s:\]|-])[\s:|-]*)"
    r"|^\s*(?:\[[\w.]*[A-Za-z_][\w.]*\])?\[(?:DEBUG|INFO|WARNING|ERROR)\][\s:|-]*",
)
_LOGGER = re.compile(
    r"^\s*(?:[\w.]+:(?=\S*?:)|[\w./]+\.py:\d+[\s:\])|-]*|\[[a-z_][\w.]*\.[\w.]+\])\s*"
)
# torchrun, absl, JAX: "W1123 12:22:04.308000 6072 torch/distributed/run.py:874] "
_GLOG = re.compile(r"^\s*[DIWEFVC]\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ \S+:\d+\]")
_EMPTY = re.compile(r"^[\s\[\](){}|,:-]+")
_WHO = re.compile(
    r"^\W{0,2}(?P<kind>rank|worker|gpu|process|proc|pid|actor|default)[\s:=_#-]*(?P<id>\d+)[\]):|>\s-]+",
    re.I,
)
_PID = re.compile(r"^\[?(?P<id>\d{3,})\]?(?::\s|\s+)(?=[A-Za-z])")
_INLINE = re.compile(r"\b(?:param\w*|config\w*|args|kwargs)\W{0,3}\{[^{}]*\}", re.I)
# Warnings, tracebacks, hydra's list of jobs, `set -x`: their numbers are places and overrides.
_NOTHING = re.compile(
    r"\.\w+:\d+: \w*Warning\b|^\s*File \".*\", line \d+|\[HYDRA\]|^\++ .*\s--?[A-Za-z]"
)
_OPTION = re.compile(r"(?<!\S)--[A-Za-z][\w.-]*=\S*")  # of a command that is told
# Namespace(lr=0.1, epochs=3), Config(…): an object that was printed.
_REPR = re.compile(r"\b[A-Z]\w*\((?=\w+=)[^()]*(?:\([^()]*\)[^()]*)*\)")
_SEQUENCE = re.compile(
    r"(?:torch\.Size\()?[\[(]\s*-?[\d.]+(?:e-?\d+)?(?:\s*[,x;]\s*-?[\d.]+(?:e-?\d+)?)+\s*,?\s*[\])]\)?"
)
_ONE_ITEM = re.compile(
    r"(?<=[=: ])(?:tensor\(|np\.float\d+\(|\[)+\s*(-?[\d.]+(?:e[-+]?\d+)?)\s*"
    r"(?:,\s*[a-z_]+=[^()\[\]]*)?[\])]+"
)
_PLACE = re.compile(r"^\s*[\[(]\s*(\d+)\s*,\s*(\d+)\s*[\])]\s*(?=[A-Za-z])")
_OF_R = re.compile(r"^\s*\[\d+\] \"(?P<said>[^\"]*)\"$")  # print("epoch 1 loss 0.5")
_GLUED_AXIS = re.compile(r"\b(epoch|step|iter|iteration|batch|episode)[-_#]?(?=\d)", re.I)

NUMBER = re.compile(
    r"(?<![\w.@/\\])(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
    r"|[-+]?(?:nan|inf|infinity)(?=[\s,;|)\]%]|\Z))"
    r"(?:(?P<of>\s*/\s*|\s+of\s+)(?P<total>\d[\d,]*)(?![\w.]))?"
    r"(?P<unit>\s?%|\s?(?:ms|us|µs|ns|s|sec|secs|h|min|[KMGT]i?B?|B|it/s|s/it|dB|x)(?:/\w+)?(?![\w]))?"
    r"(?![\w])(?!\.\d)",
    re.I,
)
_FIELD = re.compile(r"[,;|\t{}]|\s-+\s|\s{2,}|\.\s|\band\b|[\])]\s")
_SEPARATORS = " \t:=|[({<>~\"'*#-\u2013\u2014→."
_TRAILING = re.compile(r"\s+(?:is|was|of|=|at|to|are|now|equals?)\s*$", re.I)
_LEADING = re.compile(r"^(?:.*\bwith\s+)?(?:(?:the|a|an|this|our|my)\s+)*", re.I)
_COUNTED = word_set("the on of over in for last first every using with than all from to")
_ASIDE = word_set("avg mean average smoothed best ema std median min max")
_LEFT_TO_WAIT = word_set("tot total eta elapsed remaining left")
_NOT_METRICS = word_set(
    "v_num pid seed port rank world_size progress batchsize batch_size global_batch_size bsz"
)


def read_pairs(text: str) -> Reading:
    """What a line of words and numbers says; without any value, the axes that it names."""
    if _NOTHING.search(text):
        return Reading(LINE)
    who, text = _who(text)
    text = _without_noise(text)
    reading = Reading(LINE, who=who)
    if place := _PLACE.match(text):  # [epoch, batch] loss: …
        reading.axes[EPOCH] = Axis(int(place[1]))
        reading.axes[BATCH] = Axis(int(place[2]))
        text = text[place.end() :]
    text = _SEQUENCE.sub(" ", text)
    return _Pairs(text, reading).read()


def _who(text: str) -> tuple[str, str]:
    if match := _WHO.match(text):
        return match["kind"].lower() + match["id"], text[match.end() :]
    if (match := _PID.match(text)) and re.search(r"(?i)epoch|step|iter", text):
        return match["id"], text[match.end() :]
    return "", text


def _without_noise(text: str) -> str:
    text = _GLOG.sub(" ", text)
    if match := _OF_R.match(text):
        text = match["said"]
    text = _DATE.sub(" ", text)
    text = _VERSION.sub(" ", text)
    text = _INLINE.sub(" ", text)
    text = _OPTION.sub(" ", text)
    text = _REPR.sub(" ", text)
    for prefix in (_LEVEL, _LOGGER, _LEVEL):
        stripped = _EMPTY.sub("", text) if text[:1] not in "[(" or text[1:2] in " ]" else text
        text = prefix.sub("", stripped, count=1)
    text = _ONE_ITEM.sub(r"\1", text)
    return _GLUED_AXIS.sub(r"\1 ", text)


class _Pairs:
    """Walks over the numbers of one line; a number's name is what stands before it."""

    def __init__(self, text: str, reading: Reading) -> None:
        self.text = text
        self.reading = reading
        self.phase = ""
        self.explicit = False
        self.last = ""  # the key of the value before
        self.carried = ""  # words before a counted noun: "Accuracy on the 10000 test images"

    def read(self) -> Reading:
        at = 0
        for match in NUMBER.finditer(self.text):
            self._take(self.text[at : match.start()], match)
            at = match.end()
        if at == 0:
            self.phase = phase_of(self.text) if len(words_of(self.text)) <= 3 else ""
        self.reading.phase = self.phase
        self.reading.loose = not self.explicit
        return self.reading

    def _take(self, gap: str, match: re.Match[str]) -> None:
        name, aside, separated = self._name(gap)
        value, decimals = value_of(match)
        whole = match["number"].lstrip("+").isdigit()
        total = int(match["total"].replace(",", "")) if match["total"] else None
        axis = axis_of(name) if name else None
        if axis is None and total is not None and not is_metric(name):
            axis = axis_in(name)  # "Batch Status: 640/60000"
        if axis and (match["unit"] or "")[:1].isalpha():
            return  # "Step: 12ms" is how long one took
        if axis and total is None and EPOCH in self.reading.axes and name.lower() == f"{axis}s":
            return  # "Epoch 3 | Steps: 16" is how many an epoch has
        if axis and whole:
            self._phase(name)
            if axis not in self.reading.axes:
                self.reading.axes[axis] = Axis(int(value), total)
            return
        if not name:
            # "[640/60000 (1%)]", "10: learn: 0.5": a counter without a name.
            if total is not None and whole and BATCH not in self.reading.axes:
                self.reading.axes.setdefault(BATCH, Axis(int(value), total))
            elif whole and match["unit"] is None and self._starts(match) and self._goes_on(match):
                self.reading.axes.setdefault(STEP, Axis(int(value)))
            return
        if not separated and words_of(gap)[-1:] and words_of(gap)[-1] in _COUNTED:
            self.carried = f"{self.carried} {name}".strip()
            return
        if self.carried:
            self._phase(name)
            name, self.carried = f"{self.carried} {name}", ""
        self._add(name, aside, separated, value, decimals, total, match)

    def _add(
        self,
        name: str,
        aside: bool,
        separated: bool,
        value: float,
        decimals: int,
        total: int | None,
        match: re.Match[str],
    ) -> None:
        if aside:
            if not self.last or name.lower() not in _ASIDE:
                return
            key = f"{self.last}_{name.lower()}"
        else:
            name = _short(name)
            key = key_of(name, self.phase) if name else ""
        whole = match["number"].lstrip("+-").isdigit()
        usual = is_metric(key)
        if (
            key in _NOT_METRICS
            or is_total(key)
            or len(key) > 60
            or not re.search(r"[^\W\d_]", key)
        ):
            return
        if (match["unit"] or "")[:1].isalpha() and set(words_of(key)) <= _LEFT_TO_WAIT:
            return
        if not separated and not usual and (whole or len(words_of(name)) > 2):
            return
        if total is not None:
            if not usual:
                return
            value = value / total * (100 if self._percent_follows(match) else 1)
            decimals = 12
        if key in self.reading.values:
            key = f"{key}_2"
        self.explicit = self.explicit or separated
        self.last = key
        self.reading.values[key] = value
        self.reading.decimals[key] = decimals

    def _name(self, gap: str) -> tuple[str, bool, bool]:
        """The name in the gap before a number; whether it stands in parentheses, and whether a
        colon or the like separates them."""
        stripped = gap.rstrip(" \t([{<~\"'")
        separated = stripped.endswith((":", "=", "|", "→", "->"))
        aside = "(" in gap and ")" not in gap[gap.rindex("(") :]
        if aside:
            gap = gap[gap.rindex("(") + 1 :]
        bare = gap.rstrip(_SEPARATORS)
        bare = _TRAILING.sub("", bare)
        fields = [part for part in _FIELD.split(bare)]
        name = fields[-1]
        for part in fields[:-1]:
            self._label(part)
        # "Test set: Average loss: 0.05": the label before the last name.
        *labels, name = re.split(r":\s+|:$|(?<=\w)\]\s*|>\s|=>", name)
        for label in labels:
            self._label(label)
        name = re.sub(r"\([^)]*\)?", " ", name)
        name = _LEADING.sub("", name).strip(_SEPARATORS + "/]),!")
        if bare and not bare[-1:].strip():
            name = ""
        return " ".join(name.split()), aside, separated

    def _label(self, text: str) -> None:
        words = words_of(text)
        if 0 < len(words) <= 4:
            self._phase(text)

    def _phase(self, text: str) -> None:
        self.phase = phase_of(text) or self.phase

    def _starts(self, match: re.Match[str]) -> bool:
        return not self.text[: match.start()].strip(" \t[(#")

    def _goes_on(self, match: re.Match[str]) -> bool:
        return bool(re.match(r"[\])]?\s*[:|,\]-]?\s+\S*[A-Za-z]", self.text[match.end() :]))

    def _percent_follows(self, match: re.Match[str]) -> bool:
        return bool(re.match(r"\s*\(\s*[\d.]+\s*%", self.text[match.end() :]))


def value_of(match: re.Match[str]) -> tuple[float, int]:
    """The value of a match of NUMBER, and how many decimals it was printed with."""
    text = match["number"].replace(",", "").lower()
    value = float(text)
    if not isfinite(value):
        return value, 0
    digits, _, exponent = text.partition("e")
    decimals = len(digits.partition(".")[2])
    return value, decimals - (int(exponent) if exponent else 0)


def _short(name: str) -> str:
    """A name of many words, cut to the metric in it: "Accuracy of the network on images"."""
    words = name.split()
    if len(words) <= 3:
        return name
    head = re.split(r"\s(?:of|on|for|over|in|at|after)\s", name, maxsplit=1)[0]
    if head != name and is_metric(head) and len(head.split()) <= 4:
        return head
    return name if len(words) <= 5 else ""
