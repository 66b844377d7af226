"""torchrun that does not bury a user's mistake under its own tracebacks.

    python -m mmselfshot.utils.torchrun --nproc-per-node 2 tools/train.py ...

A process that ends with 2 (a mistake, its line is printed) or 130 (Ctrl-C)
ends the launcher with the same status, silently; any other failure is
reported as torchrun does.
"""

import logging
import sys

_QUIET = (2, 130)


def main() -> int:
    """Run torchrun's command line; return its exit status."""
    from torch.distributed.elastic.multiprocessing.errors import (
        ChildFailedError,
    )
    from torch.distributed.run import main as run

    for name in ('multiprocessing.api', 'agent.server.api'):
        logger = logging.getLogger(f'torch.distributed.elastic.{name}')
        logger.addFilter(_is_worth_reading)
    try:
        run(sys.argv[1:])
    except ChildFailedError as error:
        status = error.get_first_failure()[1].exitcode
        if status in _QUIET:
            return status
        raise
    except KeyboardInterrupt:
        return 130
    return 0


def _is_worth_reading(record: logging.LogRecord) -> bool:
    text = record.getMessage()
    ends = any(f'exitcode: {status})' in text for status in _QUIET)
    return not ends and 'closing signal' not in text


if __name__ == '__main__':
    sys.exit(main())
