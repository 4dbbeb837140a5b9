"""An optimizer that evaluates its closure several times a step prints each of them."""

import math

STEPS = 3

for step in range(STEPS):
    print("STEP: ", step)
    for evaluation in range(2):
        print("loss:", math.exp(-step - evaluation))
    print("test loss:", 2 * math.exp(-step))
