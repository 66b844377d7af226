"""What the source of a tool says about its options."""

import argparse
import re

from mmselfshot.utils import tool_options


def known_options(source: str) -> set[str]:
    """Options that a tool adds itself or by a function of `tool_options`."""
    parser = argparse.ArgumentParser(add_help=False)
    for name in re.findall(r'(add_\w+)\(parser', source):
        add = getattr(tool_options, name)
        if name == 'add_table_options':
            add(parser, 'work_dirs/table')
        else:
            add(parser)
    shared = set(parser._option_string_actions)
    return shared | set(re.findall(r"'(--[a-z-]+)'", source))
