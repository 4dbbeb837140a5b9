"""Boxes as reinforcement learning prints them; a bar with a dict printed onto its end."""

for update in range(1, 4):
    print("-" * 40)
    print("| rollout/           |              |")
    print(f"|    ep_rew_mean     | {20.5 * update:<12} |")
    print("| time/              |              |")
    print(f"|    total_timesteps | {64 * update:<12} |")
    print("-" * 40)
print(" 50%|█████     | 1/2 [00:01<00:01,  1.0it/s]{'loss': 0.5, 'epoch': 1.0}")
print("100%|██████████| 2/2 [00:02<00:00,  1.0it/s]{'loss': 0.25, 'epoch': 2.0}")
