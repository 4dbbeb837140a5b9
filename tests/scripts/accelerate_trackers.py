"""accelerate with a TensorBoard tracker: each number once."""

from accelerate import Accelerator

accelerator = Accelerator(cpu=True, log_with="tensorboard", project_dir="runs")
accelerator.init_trackers("demo", config={"lr": 0.1, "batch_size": 8})
for step in range(3):
    accelerator.log({"train/loss": 1 / (step + 1)}, step=10 * step)
accelerator.end_training()
