"""Compare the masks of a proposer with the labelled objects of clips.

    python tools/analysis_tools/eval_proposals.py \\
        configs/uvis/_base_/proposals_hand_made.py \\
        --labels data/real_vis/instances.json data/real_vis/JPEGImages \\
        --davis data/real_vos

Prints, per clip, the mean over labelled objects of the IoU with the best
proposal of the frame, beside those of two masks that have not looked: the
whole frame, and the box of its middle half. More masks always help, so
their number stands there too.
"""

import argparse

from mmselfshot.utils import UserError, run_tool
from mmselfshot.utils.tool_options import add_config_options


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='holds labelling.proposer')
    parser.add_argument(
        '--labels',
        nargs=2,
        action='append',
        default=[],
        metavar=('JSON', 'FRAMES'),
        help='a YouTube-VIS file and the folder of its frames',
    )
    parser.add_argument(
        '--davis',
        action='append',
        default=[],
        metavar='ROOT',
        help='a folder in DAVIS layout',
    )
    parser.add_argument(
        '--window', type=int, default=8, help='frames seen at once'
    )
    parser.add_argument('--device', default='cpu', help='as torch names it')
    add_config_options(parser)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    if not args.labels and not args.davis:
        raise UserError('no clips; give --labels or --davis')
    from mmselfshot.apis.proposal_scores import (
        clips_of_davis,
        clips_of_label_file,
        format_scores,
        score_proposer,
    )
    from mmselfshot.engine.run_config import load_config
    from mmselfshot.registry import MODELS

    cfg = load_config(args.config, args.cfg_options)
    proposer = MODELS.build(cfg.labelling.proposer).to(args.device)
    clips = [one for pair in args.labels for one in clips_of_label_file(*pair)]
    clips += [one for root in args.davis for one in clips_of_davis(root)]
    print(format_scores(score_proposer(proposer, clips, args.window)))


if __name__ == '__main__':
    run_tool(main)
