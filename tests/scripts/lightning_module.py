"""Lightning: self.log, a checkpoint, no logger."""

import warnings

warnings.filterwarnings("ignore")
import logging  # noqa: E402

import pytorch_lightning as pl  # noqa: E402
import torch  # noqa: E402

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


class Model(pl.LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(self.layer.weight, 1.0)

    def training_step(self, batch, index):
        loss = self.layer(batch[0]).pow(2).mean()
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=0.25)


data = torch.utils.data.TensorDataset(torch.ones(4, 1))
trainer = pl.Trainer(
    max_epochs=2, log_every_n_steps=1, logger=False, enable_checkpointing=False,
    enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
)  # fmt: skip
trainer.fit(Model(), torch.utils.data.DataLoader(data, batch_size=2))
trainer.save_checkpoint("last.ckpt")
