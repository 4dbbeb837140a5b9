"""Output of well-known kinds of training scripts, and the series that are in it."""

# ruff: noqa: E501

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Case:
    name: str
    output: str
    series: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    summary: dict[str, float] = field(default_factory=dict)


BAR = "\r{desc}{pct:3d}%|{bar:10s}| {n}/{total} [00:0{n}<00:01, 35.6it/s{post}]"


def tqdm(desc: str, total: int, posts: list[str]) -> str:
    states = [
        BAR.format(
            desc=desc, pct=100 * n // total, bar="█" * n, n=n, total=total, post=f", {post}"
        )
        for n, post in enumerate(posts, 1)
    ]
    return "".join(states) + "\n"


def middle_bar(n: int, total: int, loss: float) -> str:
    back = "\b" * 82
    bar = "[" + "=" * n + ">" + "." * (40 - n) + "]  Step: 12ms | Tot: 5ms"
    text = f" {bar} | Loss: {loss:.3f} | Acc: {100 * n / total:.3f}% ({n}/{total})".ljust(105)
    return f"{text}{back} {n}/{total} " + ("\r" if n < total else "\n")


CASES = [
    Case(
        "torchrun-and-absl",
        "W1123 12:22:04.308000 6072 torch/distributed/run.py:874] \n"
        "W1123 12:22:04.308000 6072 torch/distributed/run.py:874] ************\n"
        "W1123 12:22:04.308000 6072 torch/distributed/run.py:874] Setting OMP_NUM_THREADS "
        "environment variable for each process to be 1 in default\n"
        "I1123 12:22:05.000001 140012345 train.py:52] step: 10, loss: 0.5\n"
        "I1123 12:22:06.000001 140012345 train.py:52] step: 20, loss: 0.25\n",
        {"loss": [(10, 0.5), (20, 0.25)]},
    ),
    Case(
        "nanogpt",
        "tokens per iteration will be: 16,384\n"
        "found vocab_size = 65 (inside data/shakespeare_char/meta.pkl)\n"
        "number of parameters: 10.65M\n"
        "num decayed parameter tensors: 26, with 10,740,096 parameters\n"
        "using fused AdamW: False\n"
        "step 0: train loss 4.2874, val loss 4.2823\n"
        "saving checkpoint to out-shakespeare-char\n"
        "iter 0: loss 4.2655, time 42.31ms, mfu -100.00%\n"
        "iter 10: loss 3.1012, time 42.50ms, mfu 1.20%\n"
        "step 20: train loss 2.4612, val loss 2.4790\n"
        "iter 20: loss 2.5, time 41.00ms, mfu 1.21%\n",
        {
            "train_loss": [(0, 4.2874), (20, 2.4612)],
            "val_loss": [(0, 4.2823), (20, 2.4790)],
            "loss": [(0, 4.2655), (10, 3.1012), (20, 2.5)],
            "time": [(0, 42.31), (10, 42.5), (20, 41.0)],
            "mfu": [(0, -100.0), (10, 1.2), (20, 1.21)],
        },
    ),
    Case(
        "epochs and steps in brackets",
        "Epoch [1/2], Step [100/200], Loss: 0.3312\n"
        "Epoch [1/2], Step [200/200], Loss: 0.2210\n"
        "Epoch [2/2], Step [100/200], Loss: 0.1312\n"
        "Epoch [2/2], Step [200/200], Loss: 0.0912\n"
        "Test Accuracy of the model on the 10000 test images: 97.6 %\n",
        {
            "loss": [(100, 0.3312), (200, 0.2210), (300, 0.1312), (400, 0.0912)],
            "epoch": [(100, 1), (200, 1), (300, 2), (400, 2)],
        },
        {"test_accuracy": 97.6},
    ),
    Case(
        "glued brackets",
        "Epoch[1/2], Step [10/20], Reconst Loss: 37055.1445, KL Div: 3.4022\n"
        "Epoch[1/2], Step [20/20], Reconst Loss: 29000.5, KL Div: 1022.1\n"
        "Epoch[2/2], Step [10/20], Reconst Loss: 25000.5, KL Div: 1100.0\n",
        {
            "reconst_loss": [(10, 37055.1445), (20, 29000.5), (30, 25000.5)],
            "KL_div": [(10, 3.4022), (20, 1022.1), (30, 1100.0)],
            "epoch": [(10, 1), (20, 1), (30, 2)],
        },
    ),
    Case(
        "pipes and per cent",
        "epoch=1 | loss=0.42 | acc=81.3%\nepoch=2 | loss=0.22 | acc=88.0%\n"
        "epoch=3 | loss=0.12 | acc=91.3%\n",
        {
            "loss": [(1, 0.42), (2, 0.22), (3, 0.12)],
            "acc": [(1, 81.3), (2, 88.0), (3, 91.3)],
        },
    ),
    Case(
        "dicts of the hugging face trainer",
        "{'loss': 0.52, 'grad_norm': 1.5, 'learning_rate': 5e-05, 'epoch': 0.5}\n"
        "{'loss': 0.41, 'grad_norm': 1.25, 'learning_rate': 2.5e-05, 'epoch': 1.0}\n"
        "{'eval_loss': 0.39, 'eval_runtime': 1.5, 'epoch': 1.0}\n"
        "{'loss': 0.31, 'grad_norm': 1.0, 'learning_rate': 0.0, 'epoch': 1.5}\n"
        "{'eval_loss': 0.35, 'eval_runtime': 1.4, 'epoch': 2.0}\n"
        "{'train_runtime': 7.1, 'train_loss': 0.41, 'epoch': 2.0}\n",
        {
            "loss": [(0, 0.52), (1, 0.41), (2, 0.31)],
            "grad_norm": [(0, 1.5), (1, 1.25), (2, 1.0)],
            "learning_rate": [(0, 5e-05), (1, 2.5e-05), (2, 0.0)],
            "eval_loss": [(1, 0.39), (3, 0.35)],
            "eval_runtime": [(1, 1.5), (3, 1.4)],
            "epoch": [(0, 0.5), (1, 1.0), (1, 1.0), (2, 1.5), (3, 2.0)],
        },
        {"train_loss": 0.41},
    ),
    Case(
        "log lines with dates",
        "[INFO] 2026-01-01 10:00:00,123 starting version 1.2.3 on /data/set-7/x.csv\n"
        "[INFO] 2026-01-01 10:00:01,123 epoch 1 val_acc 0.91\n"
        "[INFO] 2026-01-01 10:01:01,123 epoch 2 val_acc 0.93\n",
        {"val_acc": [(1, 0.91), (2, 0.93)]},
    ),
    Case(
        "python logging with a module",
        "2026-01-01 10:00:01,123 - trainer.loop - INFO - Epoch 1: train_loss=0.5000\n"
        "2026-01-01 10:00:09,123 - trainer.loop - INFO - Epoch 2: train_loss=0.2500\n"
        "INFO:root:Epoch 3: train_loss=0.1250\n"
        "[2026-01-01 10:00:01,123][__main__][INFO] - Epoch 4: train_loss=0.1\n",
        {"train_loss": [(1, 0.5), (2, 0.25), (3, 0.125), (4, 0.1)]},
    ),
    Case(
        "pytorch examples mnist",
        "Train Epoch: 1 [0/60000 (0%)]\tLoss: 2.297471\n"
        "Train Epoch: 1 [640/60000 (1%)]\tLoss: 1.6\n"
        "\nTest set: Average loss: 0.0567, Accuracy: 9810/10000 (98%)\n\n"
        "Train Epoch: 2 [0/60000 (0%)]\tLoss: 0.3\n"
        "Train Epoch: 2 [640/60000 (1%)]\tLoss: 0.2\n"
        "\nTest set: Average loss: 0.0391, Accuracy: 9870/10000 (99%)\n\n",
        {
            "train_loss": [(0, 2.297471), (640, 1.6), (60000, 0.3), (60640, 0.2)],
            "epoch": [(0, 1), (640, 1), (60000, 2), (60640, 2)],
            "test_average_loss": [(640, 0.0567), (60640, 0.0391)],
            "test_accuracy": [(640, 98.1), (60640, 98.7)],
        },
    ),
    Case(
        "imagenet example",
        "Epoch: [0][ 1/50]\tTime  0.123 ( 0.456)\tLoss 6.93e+00 (7.01e+00)\tAcc@1   9.38 (  8.66)\n"
        "Epoch: [0][11/50]\tTime  0.120 ( 0.156)\tLoss 5.93e+00 (6.01e+00)\tAcc@1  12.50 (  9.66)\n"
        " * Acc@1 10.100 Acc@5 20.200\n"
        "Epoch: [1][ 1/50]\tTime  0.123 ( 0.456)\tLoss 4.93e+00 (5.01e+00)\tAcc@1  15.62 ( 14.66)\n"
        " * Acc@1 14.100 Acc@5 25.200\n",
        {
            "time": [(1, 0.123), (11, 0.12), (51, 0.123)],
            "loss": [(1, 6.93), (11, 5.93), (51, 4.93)],
            "acc@1": [(1, 9.38), (11, 12.5), (11, 10.1), (51, 15.62), (51, 14.1)],
            "acc@5": [(11, 20.2), (51, 25.2)],
            "epoch": [(1, 0), (11, 0), (51, 1)],
        },
    ),
    Case(
        "the quickstart",
        "Using cpu device\nEpoch 1\n-------------------------------\n"
        "loss: 2.303494  [   64/60000]\nloss: 2.294637  [ 6464/60000]\n"
        "Test Error: \n Accuracy: 44.9%, Avg loss: 2.155 \n\n"
        "Epoch 2\n-------------------------------\n"
        "loss: 2.1  [   64/60000]\nloss: 2.0  [ 6464/60000]\n"
        "Test Error: \n Accuracy: 54.9%, Avg loss: 1.855 \n\nDone!\n",
        {
            "loss": [(64, 2.303494), (6464, 2.294637), (60064, 2.1), (66464, 2.0)],
            "test_accuracy": [(6464, 44.9), (66464, 54.9)],
            "test_avg_loss": [(6464, 2.155), (66464, 1.855)],
        },
    ),
    Case(
        "cifar tutorial",
        "[1,  2000] loss: 2.173\n[1,  4000] loss: 1.853\n[2,  2000] loss: 1.5\n"
        "Finished Training\n"
        "Accuracy of the network on the 10000 test images: 55 %\n",
        {
            "loss": [(2000, 2.173), (4000, 1.853), (8000, 1.5)],
            "epoch": [(2000, 1), (4000, 1), (8000, 2)],
        },
        {"test_accuracy": 55},
    ),
    Case(
        "skorch",
        "  epoch    train_loss    valid_acc    valid_loss     dur\n"
        "-------  ------------  -----------  ------------  ------\n"
        "      1        \x1b[36m0.6905\x1b[0m       \x1b[32m0.6150\x1b[0m        0.6749  0.0338\n"
        "      2        0.6648       0.6450        0.6633  0.0312\n",
        {
            "train_loss": [(1, 0.6905), (2, 0.6648)],
            "valid_acc": [(1, 0.615), (2, 0.645)],
            "valid_loss": [(1, 0.6749), (2, 0.6633)],
            "dur": [(1, 0.0338), (2, 0.0312)],
        },
    ),
    Case(
        "gradient boosting, verbose",
        "      Iter       Train Loss   Remaining Time \n"
        "         1           1.2647            0.52s\n"
        "         2           1.2001            0.40s\n",
        {
            "train_loss": [(1, 1.2647), (2, 1.2001)],
            "remaining_time": [(1, 0.52), (2, 0.4)],
        },
    ),
    Case(
        "mlp classifier, verbose",
        "Iteration 1, loss = 0.69314\nIteration 2, loss = 0.5\n"
        "Training loss did not improve more than tol=0.000100 for 10 consecutive epochs. Stopping.\n",
        {"loss": [(1, 0.69314), (2, 0.5)]},
    ),
    Case(
        "xgboost",
        "[0]\ttrain-rmse:0.51\teval-rmse:0.61\n[1]\ttrain-rmse:0.41\teval-rmse:0.52\n"
        "[2]\ttrain-rmse:0.31\teval-rmse:0.43\n",
        {
            "train-rmse": [(0, 0.51), (1, 0.41), (2, 0.31)],
            "eval-rmse": [(0, 0.61), (1, 0.52), (2, 0.43)],
        },
    ),
    Case(
        "lightgbm",
        "[LightGBM] [Info] Number of positive: 212, number of negative: 357\n"
        "[10]\tvalid_0's binary_logloss: 0.34\n[20]\tvalid_0's binary_logloss: 0.24\n",
        {"valid_0's_binary_logloss": [(10, 0.34), (20, 0.24)]},
    ),
    Case(
        "catboost",
        "0:\tlearn: 0.6\ttest: 0.65\tbest: 0.65 (0)\ttotal: 50ms\tremaining: 1s\n"
        "1:\tlearn: 0.5\ttest: 0.55\tbest: 0.55 (1)\ttotal: 60ms\tremaining: 0us\n"
        "2:\tlearn: 0.4\ttest: 0.45\tbest: 0.45 (2)\ttotal: 70ms\tremaining: 0us\n",
        {
            "learn": [(0, 0.6), (1, 0.5), (2, 0.4)],
            "test": [(0, 0.65), (1, 0.55), (2, 0.45)],
            "best": [(0, 0.65), (1, 0.55), (2, 0.45)],
        },
    ),
    Case(
        "tqdm with a postfix",
        tqdm("Epoch 1: ", 3, ["loss=0.9", "loss=0.8", "loss=0.7"])
        + tqdm("Epoch 2: ", 3, ["loss=0.6", "loss=0.5", "loss=0.4"]),
        {
            "loss": [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6), (5, 0.5), (6, 0.4)],
            "epoch": [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2)],
        },
    ),
    Case("tqdm without numbers", "\r 10%|█  | 1/10 [00:01<00:09, 1.0s/it]" * 9 + "\n"),
    Case(
        "a dict on the end of a bar",
        "\r 50%|█████     | 5/10 [00:01<00:01, 4.0it/s]{'loss': 0.5, 'epoch': 1}\n"
        "\r100%|██████████| 10/10 [00:02<00:00, 4.0it/s]{'loss': 0.25, 'epoch': 2}\n",
        {"loss": [(5, 0.5), (10, 0.25)], "epoch": [(5, 1), (10, 2)]},
    ),
    Case(
        "keras",
        "Epoch 1/2\n"
        "\r  1/5 [=====>....] - ETA: 1s - loss: 2.5000 - accuracy: 0.1\b\b\b\b"
        "\r5/5 [==========] - 3s 1ms/step - loss: 2.0000 - accuracy: 0.2"
        "\r5/5 [==========] - 3s 1ms/step - loss: 2.0000 - accuracy: 0.2 - val_loss: 1.9\n"
        "Epoch 2/2\n"
        "\r5/5 [==========] - 3s 1ms/step - loss: 1.5000 - accuracy: 0.4 - val_loss: 1.4\n",
        {
            "loss": [(1, 2.0), (2, 1.5)],
            "accuracy": [(1, 0.2), (2, 0.4)],
            "val_loss": [(1, 1.9), (2, 1.4)],
        },
    ),
    Case(
        "keras 3",
        "Epoch 1/2\n\x1b[1m5/5\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m "
        "\x1b[1m3s\x1b[0m 1ms/step - accuracy: 0.8772 - loss: 0.4302\n"
        "Epoch 2/2\n\x1b[1m5/5\x1b[0m \x1b[32m━━━━━━━━━━━━━━━━━━━━\x1b[0m\x1b[37m\x1b[0m "
        "\x1b[1m3s\x1b[0m 1ms/step - accuracy: 0.9 - loss: 0.33\n",
        {"accuracy": [(1, 0.8772), (2, 0.9)], "loss": [(1, 0.4302), (2, 0.33)]},
    ),
    Case(
        "json lines",
        '{"step": 10, "loss": 0.5, "nested": {"acc": 0.9}}\n'
        '{"step": 20, "loss": NaN, "nested": {"acc": 0.91}}\n',
        {"loss": [(10, 0.5), (20, float("nan"))], "nested.acc": [(10, 0.9), (20, 0.91)]},
    ),
    Case(
        "stable baselines",
        "---------------------------------\n"
        "| rollout/           |          |\n|    ep_rew_mean     | 22.3     |\n"
        "| time/              |          |\n|    fps             | 1200     |\n"
        "|    iterations      | 1        |\n|    total_timesteps | 2048     |\n"
        "---------------------------------\n"
        "---------------------------------\n"
        "| rollout/           |          |\n|    ep_rew_mean     | 30.1     |\n"
        "| time/              |          |\n|    fps             | 1100     |\n"
        "|    iterations      | 2        |\n|    total_timesteps | 4096     |\n"
        "---------------------------------\n",
        {
            "rollout/ep_rew_mean": [(2048, 22.3), (4096, 30.1)],
            "time/fps": [(2048, 1200), (4096, 1100)],
        },
    ),
    Case(
        "cleanrl",
        "global_step=22, episodic_return=[22.]\nSPS: 1200\n"
        "global_step=37, episodic_return=[15.]\nSPS: 1210\n"
        "global_step=60, episodic_return=[23.]\nSPS: 1190\n",
        {
            "episodic_return": [(22, 22), (37, 15), (60, 23)],
            "SPS": [(22, 1200), (37, 1210), (60, 1190)],
        },
    ),
    Case(
        "optuna",
        "[I 2026-01-01 00:00:00,000] A new study created in memory with name: no-name-7f3\n"
        "[I 2026-01-01 00:00:01,000] Trial 0 finished with value: 0.96 and parameters: "
        "{'classifier': 'SVC', 'svc_c': 1.2}. Best is trial 0 with value: 0.96.\n"
        "[I 2026-01-01 00:00:02,000] Trial 1 finished with value: 0.91 and parameters: "
        "{'classifier': 'RandomForest', 'depth': 3}. Best is trial 0 with value: 0.96.\n"
        "[I 2026-01-01 00:00:03,000] Trial 2 finished with value: 0.97 and parameters: "
        "{'classifier': 'SVC', 'svc_c': 2.0}. Best is trial 2 with value: 0.97.\n",
        {
            "value": [(0, 0.96), (1, 0.91), (2, 0.97)],
            "best_value": [(0, 0.96), (1, 0.96), (2, 0.97)],
        },
    ),
    Case(
        "bare step and value",
        "".join(f"{step} {1000.5 / step}\n" for step in range(99, 800, 100)),
        {"value": [(step, 1000.5 / step) for step in range(99, 800, 100)]},
    ),
    Case(
        "several losses per step from a closure",
        "STEP:  0\nloss: 0.5\nloss: 0.4\nloss: 0.3\ntest loss: 0.45\n"
        "STEP:  1\nloss: 0.2\nloss: 0.15\nloss: 0.1\ntest loss: 0.25\n",
        {
            "loss": [(0, 0.5), (1, 0.4), (2, 0.3), (3, 0.2), (4, 0.15), (5, 0.1)],
            "test_loss": [(0, 0.45), (1, 0.25)],
        },
    ),
    Case(
        "two processes",
        "4711\tTrain Epoch: 1 [0/100 (0%)]\tLoss: 2.3\n"
        "4712\tTrain Epoch: 1 [0/100 (0%)]\tLoss: 2.4\n"
        "4712\tTrain Epoch: 1 [50/100 (50%)]\tLoss: 1.4\n"
        "4711\tTrain Epoch: 1 [50/100 (50%)]\tLoss: 1.3\n",
        {
            "train_loss": [(0, 2.3), (50, 1.3)],
            "train_loss.1": [(0, 2.4), (50, 1.4)],
            "epoch": [(0, 1), (50, 1)],
            "epoch.1": [(0, 1), (50, 1)],
        },
    ),
    Case(
        "train and val on one line",
        "Epoch 1/2 - train: loss 0.9 acc 0.5 | val: loss 1.0 acc 0.4\n"
        "Epoch 2/2 - train: loss 0.8 acc 0.6 | val: loss 0.9 acc 0.5\n",
        {
            "train_loss": [(1, 0.9), (2, 0.8)],
            "train_acc": [(1, 0.5), (2, 0.6)],
            "val_loss": [(1, 1.0), (2, 0.9)],
            "val_acc": [(1, 0.4), (2, 0.5)],
        },
    ),
    Case(
        "makemore",
        "number of examples in the dataset: 32033\nmax word length: 15\n"
        "step 0 | loss 3.3 | step time 10.20ms\nstep 10 | loss 3.0 | step time 9.10ms\n"
        "step 500 train loss: 2.3 test loss: 2.4\nstep 1000 train loss: 2.2 test loss: 2.35\n",
        {
            "loss": [(0, 3.3), (10, 3.0)],
            "step_time": [(0, 10.2), (10, 9.1)],
            "train_loss": [(500, 2.3), (1000, 2.2)],
            "test_loss": [(500, 2.4), (1000, 2.35)],
        },
    ),
    Case(
        "mingpt",
        "iter_dt 0.00ms; iter 0: train loss 2.33\niter_dt 15.20ms; iter 100: train loss 2.01\n",
        {"iter_dt": [(0, 0.0), (100, 15.2)], "train_loss": [(0, 2.33), (100, 2.01)]},
    ),
    Case(
        "an episode that is called a number",
        "n_episode :20, score : 36.2, n_buffer : 725, eps : 7.9%\n"
        "n_episode :40, score : 35.3, n_buffer : 1431, eps : 7.8%\n"
        "n_episode :60, score : 31.5, n_buffer : 2061, eps : 7.7%\n",
        {
            "score": [(20, 36.2), (40, 35.3), (60, 31.5)],
            "n_buffer": [(20, 725), (40, 1431), (60, 2061)],
            "eps": [(20, 7.9), (40, 7.8), (60, 7.7)],
        },
    ),
    Case(
        "a counter that is written into a bar by backspaces",
        "Epoch: 0\n"
        + "".join(middle_bar(n, 4, 2.5 - n / 10) for n in range(1, 5))
        + "".join(middle_bar(n, 2, 3.5 - n / 10) for n in range(1, 3))
        + "Epoch: 1\n"
        + "".join(middle_bar(n, 4, 1.5 - n / 10) for n in range(1, 5)),
        {
            "loss": [
                (1, 2.4),
                (2, 2.3),
                (3, 2.2),
                (4, 2.1),
                (5, 3.4),
                (6, 3.3),
                (7, 1.4),
                (8, 1.3),
                (9, 1.2),
                (10, 1.1),
            ],
            "acc": [
                (1, 25),
                (2, 50),
                (3, 75),
                (4, 100),
                (5, 50),
                (6, 100),
                (7, 25),
                (8, 50),
                (9, 75),
                (10, 100),
            ],
        },
    ),
    Case(
        "a bar that begins anew, and log lines behind it",
        "\rloss: 0.00:   0%|          | 0/7 [00:00<?, ?it/s]"
        "2026-01-01 10:00:00,339 trainer INFO: Run starting with max_epochs=3.\n"
        "\rloss: 2.32:  86%|████████▌ | 6/7 [00:00<00:00, 47.78it/s]"
        "\rloss: 2.32:   0%|          | 0/7 [00:00<00:00, 47.78it/s]"
        "2026-01-01 10:00:01,595 trainer INFO: Epoch[1] Complete.\n"
        "\rloss: 2.28:  86%|████████▌ | 6/7 [00:00<00:00, 35.13it/s]"
        "Results - Epoch: 1 Avg accuracy: 0.12\n"
        "\rloss: 2.28:   0%|          | 0/7 [00:00<00:00, 47.78it/s]"
        "2026-01-01 10:00:01,595 trainer INFO: Epoch[2] Complete.\n"
        "\rloss: 2.25:  86%|████████▌ | 6/7 [00:00<00:00, 35.13it/s]"
        "Results - Epoch: 2 Avg accuracy: 0.15\n",
        {
            "loss": [(6, 2.32), (13, 2.28), (20, 2.25)],
            "avg_accuracy": [(1, 0.12), (2, 0.15)],
        },
    ),
    Case(
        "a batch that says how far it is",
        "Train Epoch: 1 | Batch Status: 0/700 (0%) | Loss: 2.30\n"
        "Train Epoch: 1 | Batch Status: 640/700 (91%) | Loss: 2.20\n"
        "Train Epoch: 2 | Batch Status: 0/700 (0%) | Loss: 2.10\n",
        {"train_loss": [(0, 2.3), (640, 2.2), (700, 2.1)], "epoch": [(0, 1), (640, 1), (700, 2)]},
    ),
    Case(
        "what a traceback quotes",
        "epoch 1 loss 0.5\nepoch 2 loss 0.4\n"
        "Traceback (most recent call last):\n"
        '  File "/x/train.py", line 12, in <module>\n'
        "    total_loss += loss.data[0]; accuracy = 0.5\n"
        "                  ~~~~~~~~~^^^\n"
        "IndexError: accuracy: 0.75\n"
        "final accuracy: 0.25\n"
        "[rank0]: Traceback (most recent call last):\n"
        "[rank0]:     accuracy = 0.5\n"
        "[rank0]: RuntimeError: accuracy: 0.75\n",
        {"loss": [(1, 0.5), (2, 0.4)]},
        {"final_accuracy": 0.25},
    ),
    Case(
        "lines of two ranks that are torn and glued",
        "step 1 losstep 1 loss 0.55s 0.50\n\nstep 2 loss 0.40\nstep 2 loss 0.45\n"
        "step 3 loss 0.30step 3 loss 0.35\n\nstep 4 loss 0.20[step 4] loss 0.25\n\n",
        {
            "loss": [(1, 0.55), (2, 0.4), (2, 0.45), (3, 0.3), (3, 0.35), (4, 0.2), (4, 0.25)],
        },
    ),
    Case(
        "ranks as torchrun tells them",
        "".join(f"[default{r}]:epoch {e} loss {e + r / 10}\n" for e in (1, 2) for r in (0, 1)),
        {"loss": [(1, 1.0), (2, 2.0)], "loss.1": [(1, 1.1), (2, 2.1)]},
    ),
    Case(
        "a dict on the end of a bar",
        "".join(
            f"\r {n}0%|█         | {n}/10 [00:01<00:09,  1.0it/s]{{'loss': 0.{9 - n}, 'lr': 1e-05}}\n"
            for n in (1, 2, 3)
        ),
        {"loss": [(1, 0.8), (2, 0.7), (3, 0.6)], "lr": [(1, 1e-05), (2, 1e-05), (3, 1e-05)]},
    ),
    Case(
        "print and data frames of R",
        '[1] "Epoch: 1 Loss: 0.5"\n[1] "Epoch: 2 Loss: 0.4"\n[1] "Epoch: 3 Loss: 0.3"\n'
        "   iter    rmse\n1     1 0.90000\n2     2 0.80000\n",
        {"loss": [(1, 0.5), (2, 0.4), (3, 0.3)], "rmse": [(1, 0.9), (2, 0.8)]},
    ),
    Case(
        "what is no metric",
        "Python 3.11.2 on linux\ntorch 2.13.0+cpu\nLoading /data/run-7/model_12.pt (3.2 MB)\n"
        "torch.Size([64, 1, 28, 28])\nX shape: (128, 10)\nepochs: 10\nbatch_size: 32\nlr: 0.1\n"
        "Started at 2026-01-01 10:00:00\nlistening on http://localhost:6006\n"
        "Downloading: 100%|██████████| 9.9M/9.9M [00:00<00:00, 35.6MB/s]\n"
        "Using 4 GPUs\nSeed set to 42\n[1, 2, 3]\n"
        "/usr/lib/x.py:291: FutureWarning: loss: 3\n/usr/lib/y.py:291: FutureWarning: x\n"
        'Traceback:\n  File "/x/train.py", line 12, in <module>\n'
        "[2026-11-23 06:44:11,532][HYDRA] \t#1 : loss=0.4\n"
        "max_epochs=2\nmax_epochs=1\nmax_epochs=1\nTotal boosted rounds: 9\n"
        "Total boosted rounds: 9\nTotal boosted rounds: 12\nnum_steps: 7\nnum_steps: 8\nnum_steps: 9\n"
        "Step: 12ms\nStep: 13ms\nStep: 14ms\nTot: 1ms\nTot: 2ms\nTot: 3ms\n"
        "[GPU0] Epoch 0 | Batchsize: 32 | Steps: 16\n[GPU0] Epoch 1 | Batchsize: 32 | Steps: 16\n"
        "[GPU0] Epoch 2 | Batchsize: 32 | Steps: 16\nProgress: 10.5%\nProgress: 20.5%\n"
        "Progress: 30.5%\n   loss  acc\n0   0.5  0.9\n1   0.4  0.8\n2   0.3  0.7\n"
        "lr_decay_iters = 5000 # usually max_iters\nlr_decay_iters = 30\n"
        "Namespace(lr=0.1, epochs=3, loss='mse', betas=(0.9, 0.95))\n"
        "running train.py --lr=0.1 --n=3\nrunning train.py --lr=0.2 --n=4\nrunning train.py --lr=0.3\n"
        "+ python train.py --lr 0.1\n+ python train.py --lr 0.2\n+ python train.py --lr 0.3\n"
        "gitexp: ✓ one finished in 9ms, loss 0.2\ngitexp: ✓ two finished in 9ms, loss 0.3\n"
        "gitexp: ✓ three finished in 9ms, loss 0.4\n",
    ),
    Case(
        "one line at the end",
        "training …\nFinal test accuracy: 0.9342\nR2 score = 0.81\n",
        {},
        {"final_test_accuracy": 0.9342, "r2_score": 0.81},
    ),
]
