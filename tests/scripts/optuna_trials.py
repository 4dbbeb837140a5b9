"""optuna: the trials are told on stderr."""

import optuna


def objective(trial: optuna.Trial) -> float:
    return (trial.suggest_categorical("x", [0.5]) - trial.number) ** 2


study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
study.optimize(objective, n_trials=3)
print("Best value:", study.best_value)
