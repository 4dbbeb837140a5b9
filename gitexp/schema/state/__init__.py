"""What a checkpoint can carry: any nesting of tensors and plain data ⇄ tensors + JSON.

`encode_state` takes apart what `torch.save` would pickle: tensors go into one flat mapping, to be
written as safetensors, and everything else into a JSON skeleton that holds their places.
`decode_state` puts an equal object together again. Nothing is pickled and no class of the user's
is ever imported; what has no plain form is refused with its path.

What comes back as something else than it was: `nn.Module`, optimizers, schedulers and whatever
else has a `state_dict()` as that dict; a namedtuple as one of a new class with the same name and
fields (which is equal to it); tensors on the CPU unless a device is asked for. One list or dict in
two places becomes two equal ones; tensors that overlap in memory still do.

The skeleton is `{"format": 1, "root": NODE}`, where a NODE is one of:

    null, true, 12, 0.5, "text"        themselves
    [NODE, …]                          a list
    {"key": NODE, …}                   a dict whose keys are strings, none of them "$"
    {"$": KIND, …}                     anything else; the kinds are in the tables of decode.py
                                       and values.py, those of tensors in leaves.py

SKELETON_FORMAT history:
    1  the first
"""

from gitexp.schema.state.decode import decode_state
from gitexp.schema.state.encode import EncodedState, LeftOut, encode_state

__all__ = ["EncodedState", "LeftOut", "decode_state", "encode_state"]
