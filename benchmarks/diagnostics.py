"""How often the rules speak where nothing is ill: real healthy trainings, several seeds each."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from support.held_out import HELD_OUT
from support.trainings import HEALTHY, Training, findings


def main() -> None:
    """Print each false alarm, and the rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5, help="trainings of each kind")
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    count("kinds that the thresholds were chosen on", HEALTHY, seeds)
    count("kinds that they were not chosen on", HELD_OUT, seeds)


def count(title: str, trainings: Mapping[str, Training], seeds: int) -> None:
    """Train each with several seeds."""
    alarms: Counter[str] = Counter()
    alarmed = runs = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, training in trainings.items():
            for seed in range(seeds):
                found = findings(training, Path(scratch) / f"{name}-{seed}", seed)
                runs += 1
                alarmed += bool(found)
                for finding in found:
                    alarms[finding.rule] += 1
                    print(
                        f"{name}, seed {seed}: {finding.severity} {finding.rule}: {finding.what}"
                    )
    print(f"{title}: {alarmed} of {runs} healthy trainings have a finding ({alarmed / runs:.1%})")
    for rule, times in alarms.most_common():
        print(f"  {rule:<24} {times}")
    print()


if __name__ == "__main__":
    main()
