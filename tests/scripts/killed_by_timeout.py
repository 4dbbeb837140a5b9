"""It would go on for ever."""

import time

step = 0
while True:
    if step < 3:
        print(f"iter {step}: loss {1 / (step + 1):.4f}, time 5.00ms", flush=True)
    step += 1
    time.sleep(0.01)
