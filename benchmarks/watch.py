"""What `watch` costs a training on the CPU: a transformer of 10 M parameters, beside wandb.watch.

Seconds are those of one core that the process (all of its threads) takes, which other programs on
the machine disturb less than they do a clock.

wandb is measured where it can be imported (`pip install wandb`, no account needed); its cost of a
sampled step is what the comparison is about, so both sample every step there.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

ROUNDS = 7
FREQUENCY = 100  # of watch(), by default


class Block(nn.Module):
    """Attention and a perceptron around which their inputs go."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, T, C) → (B, T, C)."""
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, heads, T, C/heads)
        x = x + self.out(seen.transpose(1, 2).reshape(b, t, c))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Model(nn.Module):
    """A language model of 10.7 M parameters."""

    def __init__(self, words: int = 256, width: int = 384, layers: int = 6) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.blocks = nn.Sequential(*(Block(width, 6) for _ in range(layers)))
        self.head = nn.Linear(width, words, bias=False)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(B, T) → (B, T, words)."""
        return self.head(self.blocks(self.embed(tokens)))


def main() -> None:
    """Print the step's time without and with each, and what a sampled step costs."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        subprocess.run(["git", "init", "-q", "."], check=True)
        model = Model()
        size = sum(parameter.numel() for parameter in model.parameters())
        print(f"{size / 1e6:.1f} M parameters, one thread\n")
        step = stepper(model)
        for _ in range(3):
            step()
        watchers: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {}
        watchers["gitexp"] = gitexp_watch(model)
        with contextlib.suppress(ImportError):
            watchers["wandb"] = wandb_watch(model)
        report(step, watchers)


def stepper(model: nn.Module) -> Callable[[], None]:
    """One update on one batch."""
    optimizer = torch.optim.AdamW(model.parameters(), 1e-4)
    tokens = torch.randint(0, 256, (8, 64))

    def step() -> None:
        loss = F.cross_entropy(model(tokens).flatten(0, 1), tokens.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def gitexp_watch(model: nn.Module) -> tuple[Callable[[], None], Callable[[], None]]:
    """Start and stop watching each step."""
    import gitexp

    gitexp.init(name="watched")
    return lambda: gitexp.watch(model, log_freq=1, log_graph=False), gitexp.unwatch


def wandb_watch(model: nn.Module) -> tuple[Callable[[], None], Callable[[], None]]:
    """The same of wandb, offline; it samples when a step is logged."""
    import wandb

    run = wandb.init(mode="offline", project="watch", settings=wandb.Settings(silent=True))

    def stop() -> None:
        run.log({"step": 1})
        wandb.unwatch(model)

    return lambda: wandb.watch(model, log="gradients", log_freq=1), stop


def report(
    step: Callable[[], None],
    watchers: dict[str, tuple[Callable[[], None], Callable[[], None]]],
) -> None:
    """Measure in turns, so that a noisy minute falls on all of them."""
    bare: list[float] = []
    sampled: dict[str, list[float]] = {name: [] for name in watchers}
    for _ in range(ROUNDS):
        bare.append(seconds(step))
        for name, (start, stop) in watchers.items():
            start()
            sampled[name].append(seconds(lambda stop=stop: (step(), stop())))
    base = statistics.median(bare)
    print(f"a step                      {1e3 * base:8.1f} ms (median of {ROUNDS})")
    costs = {}
    for name, times in sampled.items():
        # Pairs: each sampled step against the bare one of its round.
        cost = costs[name] = statistics.median(t - b for t, b in zip(times, bare, strict=True))
        print(f"a sampled step, {name:<10} + {1e3 * cost:8.1f} ms")
    share = costs["gitexp"] / FREQUENCY / base
    print(f"\ngitexp, every {FREQUENCY}th step sampled: {share:.2%} of step time (budget 3 %)")
    if "wandb" in costs:
        ratio = costs["gitexp"] / costs["wandb"]
        print(f"a sampled step: {ratio:.2f} x wandb's (budget 0.3)")
    print(f"between samples: {unsampled_us():.1f} µs an update")


def unsampled_us() -> float:
    """What an update costs that is not sampled."""
    import gitexp

    layer = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(layer.parameters(), 0.0)
    layer(torch.randn(1, 2)).sum().backward()
    times = {}
    for watched in (False, True):
        if watched:
            gitexp.watch(layer, log_freq=10**9, log_graph=False)
        optimizer.step()
        times[watched] = min(
            seconds(lambda: [optimizer.step() for _ in range(2000)]) for _ in range(7)
        )
    gitexp.unwatch()
    return (times[True] - times[False]) / 2000 * 1e6


def seconds(call: Callable[[], object]) -> float:
    """CPU time of a call, all threads."""
    start = time.process_time()
    call()
    return time.process_time() - start


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    main()
