"""Label videos that nobody labelled: masks, names, filters, one file.

    python tools/label.py configs/uvis/uvis_toyvis.py \\
        data/toyvis/train/JPEGImages --out labels.json
    python tools/label.py CONFIG my_videos --out labels.json \\
        --cfg-options "labelling.classes=[dog,cat]" --contact-sheet page.html

VIDEOS is a folder of videos and folders of frames, one of these, or a label
file of which only the list of videos is read (--images names the folder that
its file names start from). All candidates stay in LABELS.candidates beside
the label file. The same command goes on where it was interrupted. Several
processes or machines:

    torchrun --nproc-per-node 2 tools/label.py CONFIG VIDEOS --out labels.json
"""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import add_config_options, add_device_option


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with a part "labelling"')
    parser.add_argument(
        'videos', nargs='?', help="default: the config's labelling.videos"
    )
    parser.add_argument(
        '--out', help="the label file (default: the config's labelling.out)"
    )
    parser.add_argument(
        '--images', help='where the file names of a label file start from'
    )
    add_device_option(parser)
    parser.add_argument(
        '--processes',
        type=int,
        help='on the CPU, without torchrun (default: as in the config, 1)',
    )
    parser.add_argument(
        '--contact-sheet',
        metavar='PAGE',
        help='also write an HTML page of kept and dropped masks',
    )
    add_config_options(parser)
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmselfshot.apis.labelling import run_label_tool

    return run_label_tool(
        args.config,
        videos=args.videos,
        out=args.out,
        images=args.images,
        device=args.device,
        num_processes=args.processes,
        contact_sheet=args.contact_sheet,
        options=args.cfg_options,
    )


if __name__ == '__main__':
    run_tool(main)
