"""`wandb.gym.monitor()` and `init(monitor_gym=True)`: videos of gymnasium in the run."""

from __future__ import annotations

import os
from typing import Any

from gitexp.record import api
from gitexp.record.guard import guarded
from gitexp.record.media.sound import Video

_HOME = "gymnasium.wrappers.rendering"

_patched = False


def monitor() -> None:
    """Have each video that gymnasium's RecordVideo finishes logged as `videos`."""
    global _patched
    if not _patched:
        _patched = True
        import wrapt

        wrapt.register_post_import_hook(_install, _HOME)


def _install(module: Any) -> None:
    recorder = module.RecordVideo
    original = recorder.stop_recording

    def stop_recording(self: Any, *args: Any, **keywords: Any) -> Any:
        name = getattr(self, "_video_name", None)
        result = original(self, *args, **keywords)
        _log(os.path.join(self.video_folder, f"{name}.mp4"))
        return result

    recorder.stop_recording = stop_recording


@guarded("keeping gymnasium's video")
def _log(path: str) -> None:
    run = api.active()
    if run is not None and os.path.isfile(path):
        run.log({"videos": Video(path)})
