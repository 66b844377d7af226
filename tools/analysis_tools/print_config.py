"""Print a config with all that it inherits and all options merged."""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import add_config_options

EXAMPLE = """example:
  python tools/analysis_tools/print_config.py \\
      configs/minvis/minvis_toyvis.py --cfg-options train_cfg.max_iters=50
"""


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    from mmselfshot.engine.run_config import load_config

    print(load_config(args.config, args.cfg_options).pretty_text)


if __name__ == '__main__':
    run_tool(main)
