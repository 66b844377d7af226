"""Make an index of a pool of unlabelled videos, or bring it up to date.

    python tools/index_pool.py CONFIG CHECKPOINT my_videos --out pool_index
    python tools/index_pool.py CONFIG none list.csv --out pool_index

POOL is a folder of videos and folders of frames, nested or not, or a list
file of lines path,start,end,source. CONFIG is of a retriever; CHECKPOINT is
'none' for an encoder that is not trained. The same command goes on where it
was interrupted; later it adds new clips, encodes changed ones again and
forgets those that are gone. Several processes or machines:

    torchrun --nproc-per-node 2 tools/index_pool.py CONFIG CHECKPOINT \\
        my_videos --out pool_index

See docs/retrieval.md; tools/search_pool.py searches.
"""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import add_config_options, add_device_option


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='config with model.encoder')
    parser.add_argument('checkpoint', help="weights, or 'none'")
    parser.add_argument('pool', help='folder of videos, or a list file')
    parser.add_argument('--out', required=True, help='folder of the index')
    parser.add_argument(
        '--segments',
        type=int,
        default=5,
        help='segments whose vectors are averaged for a clip (default 5)',
    )
    parser.add_argument(
        '--segment-seconds',
        type=float,
        metavar='SECONDS',
        help='cut videos into clips of this length (default: whole videos)',
    )
    parser.add_argument(
        '--dtype',
        choices=('float32', 'float16'),
        default='float32',
        help='of the vectors of a new index (default float32)',
    )
    parser.add_argument(
        '--workers',
        type=int,
        default=2,
        help='processes that read videos (default 2)',
    )
    parser.add_argument(
        '--milvus',
        metavar='ADDRESS',
        help='also keep a Milvus store up to date: a file ending in .db, or '
        'a server',
    )
    add_device_option(parser)
    add_config_options(parser)
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmselfshot.apis.pool_index import run_index_tool

    return run_index_tool(
        args.config,
        checkpoint=args.checkpoint,
        pool=args.pool,
        out=args.out,
        num_segments=args.segments,
        segment_seconds=args.segment_seconds,
        dtype=args.dtype,
        num_workers=args.workers,
        milvus=args.milvus,
        device=args.device,
        options=args.cfg_options,
    )


if __name__ == '__main__':
    run_tool(main)
