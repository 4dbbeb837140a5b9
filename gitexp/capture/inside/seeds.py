"""Seeds that the script sets: of random, numpy and torch, or by a library's function for all."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside import guard, journal

# A script that seeds anew in every step tells nothing by the hundredth.
_MOST = 16
# Their functions that seed everything are the script's own wish.
_BETWEEN = (
    "random", "numpy", "torch", "lightning", "lightning_fabric", "pytorch_lightning",
    "transformers", "accelerate", "fastai", "ignite", "stable_baselines3", "keras",
)  # fmt: skip
_FUNCTIONS = {
    "random": ("seed",),
    "numpy.random": ("seed", "default_rng"),
    "torch.random": ("manual_seed", "seed"),
}
_NAMES = {"default_rng": "numpy.default_rng", "seed": "", "manual_seed": ""}

_seeds: dict[str, list[Any]] = {}


def install(module: ModuleType) -> None:
    """Observe the functions that seed."""
    library = module.__name__.partition(".")[0]
    for function in _FUNCTIONS[module.__name__]:
        name = _NAMES[function] or library
        guard.observe("environment", module, function, _teller(name, library))


def _teller(name: str, library: str) -> Any:
    def seeded(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        given = args[0] if args else next(iter(kwargs.values()), None)
        if library == "torch" and given is None:
            given = result  # torch.seed() chooses one and says which
        item = getattr(given, "item", None)
        seed = item() if callable(item) and getattr(given, "size", 2) == 1 else given
        if isinstance(seed, bool) or not isinstance(seed, int | float | str):
            return
        if guard.users_frame(*_BETWEEN) is not None:
            _add(name, seed)

    return seeded


def _add(name: str, seed: Any) -> None:
    known = _seeds.setdefault(name, [])
    if seed in known or len(known) >= _MOST:
        return
    known.append(seed)
    told = seed if len(known) == 1 else known
    journal.say("capture", values={"environment": {"seeds": {name: told}}})
