"""Let nbval see what a reader sees when a cell redraws a picture in place.

A notebook stores the last version of a picture that is updated while its cell runs
(the loss curve). nbval compares the first one, because it passes over
`update_display_data` messages; here such a message replaces what its display showed
before.
"""

import os
from typing import Any

from nbformat import NotebookNode
from nbval.plugin import IPyNbFile

# A progress bar tells the time of one run; the stored outputs are made without.
os.environ["TQDM_DISABLE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tensors are small

_get_message = IPyNbFile.get_kernel_message
_shown: dict[str, NotebookNode] = {}


def _get_message_with_updates(self: IPyNbFile, *args: Any, **kwargs: Any) -> Any:
    message = _get_message(self, *args, **kwargs)
    content = message["content"]
    display_id = content.get("transient", {}).get("display_id")
    if display_id and message["msg_type"] == "display_data":
        # nbval copies a plain dict but keeps a NotebookNode, which can then be updated.
        content["data"] = _shown[display_id] = NotebookNode(content["data"])
    if display_id and message["msg_type"] == "update_display_data":
        _shown[display_id].clear()
        _shown[display_id].update(content["data"])
    return message


# Fixtures do not reach nbval's cells, so this takes effect when the file is loaded.
IPyNbFile.get_kernel_message = _get_message_with_updates
