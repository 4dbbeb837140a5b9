"""In the manner of first tutorials: a step and a loss, nothing else."""

learning_rate = 1e-4
N, D_in = 64, 1000
for t in range(8):
    loss = 700.25 / (t + 1)
    print(t, loss)
