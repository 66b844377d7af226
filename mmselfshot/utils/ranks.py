"""One line for a user's mistake, whichever of several processes meets it."""

import atexit
import os
import sys
import time
from typing import Any, NoReturn

_MARK = 'mmselfshot/user_error'
_PATIENCE = 5.0  # seconds in which the launcher ends the other processes


def is_mine_to_print() -> bool:
    """Tell whether this process prints the mistake that it has met.

    Where the processes are connected, the first that asks prints, and the
    others learn from `is_aftermath` that there was a mistake. Before that,
    rank 0 prints; another rank waits first: if all met the same mistake, the
    launcher ends it meanwhile.
    """
    if int(os.environ.get('WORLD_SIZE', 1)) == 1:
        return True
    store = _find_store()
    if store is not None:
        try:
            return store.add(_MARK, 1) == 1
        except RuntimeError:  # its host has gone
            return True
    if os.environ.get('RANK', '0') != '0':
        time.sleep(_PATIENCE)
    return True


def is_aftermath() -> bool:
    """Tell whether an error comes after a user's mistake on another rank."""
    store = _find_store()
    if store is None:
        return False
    try:
        return store.check([_MARK])
    except RuntimeError:
        return False


def end_process(status: int) -> NoReturn:
    """End the process with an exit status, whatever its group still does.

    Threads of gloo that hold tensors abort a process (status -6) that takes
    its interpreter down around them; closing the group does not end them
    where DDP was used. So a connected process runs what is to run at its end
    and leaves at once.
    """
    if _find_store() is None:
        sys.exit(status)
    atexit._run_exitfuncs()  # logs are flushed, workers of loaders ended
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _find_store() -> Any:
    """The store that all ranks share; None where they are not connected."""
    torch = sys.modules.get('torch')
    if torch is None or not torch.distributed.is_available():
        return None
    if not torch.distributed.is_initialized():
        return None
    return torch.distributed.distributed_c10d._get_default_store()
