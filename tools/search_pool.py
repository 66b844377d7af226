"""Find the clips of a pool that support a query video.

    python tools/search_pool.py CONFIG CHECKPOINT pool_index video.mp4
    python tools/search_pool.py CONFIG none pool_index video.mp4 --k 10 \\
        --one-per-source --diversity --support labelled1.mp4 cats/clip3

INDEX is a folder made by tools/index_pool.py with the same config and
checkpoint. QUERY is a video file or a folder of frames of any length. Clips
of the query's own source are left out. Writes

    OUT/neighbours.json     the clips, their similarity, the abstain score
    OUT/neighbours.html     a page of the query and its neighbours

See docs/retrieval.md.
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
    parser.add_argument(
        'index', help='folder of the index; with milvus its address'
    )
    parser.add_argument('query', help='video file or folder of frames')
    parser.add_argument(
        '--out', default='neighbours', help='folder (default neighbours)'
    )
    parser.add_argument(
        '--k', type=int, default=5, help='how many clips (default 5)'
    )
    parser.add_argument(
        '--start', type=float, help='seconds, where the query begins'
    )
    parser.add_argument('--end', type=float, help='seconds, where it ends')
    parser.add_argument(
        '--source', help='leave out clips of this source, not of the query'
    )
    parser.add_argument(
        '--pin', nargs='+', default=[], metavar='CLIP', help='take in any case'
    )
    parser.add_argument(
        '--ban', nargs='+', default=[], metavar='CLIP', help='never take'
    )
    parser.add_argument(
        '--one-per-source',
        action='store_true',
        help='take at most one clip of a source',
    )
    parser.add_argument(
        '--diversity',
        type=float,
        nargs='?',
        const=0.7,
        metavar='WEIGHT',
        help='take clips that differ from each other; weight of similarity '
        'to the query, 0 to 1 (default 0.7)',
    )
    parser.add_argument(
        '--support',
        nargs='+',
        default=[],
        metavar='LABELLED',
        help='labelled videos, or clips of the pool, that help to find more',
    )
    parser.add_argument(
        '--abstain-thr',
        type=float,
        default=1.0,
        help='supports with a higher abstain score count as useless '
        '(default 1)',
    )
    parser.add_argument(
        '--backend',
        choices=('exact', 'faiss', 'milvus'),
        default='exact',
        help='what searches (default exact)',
    )
    parser.add_argument(
        '--min-recall',
        type=float,
        default=0.98,
        help='share of the exact answer that faiss must find (default 0.98)',
    )
    parser.add_argument(
        '--pool', help='where the pool is now, if it was moved'
    )
    add_device_option(parser)
    add_config_options(parser)
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmselfshot.apis.search_sheet import run_search_tool

    return run_search_tool(
        args.config,
        checkpoint=args.checkpoint,
        index=args.index,
        query=args.query,
        out=args.out,
        options=args.cfg_options,
        pool=args.pool,
        backend=args.backend,
        min_recall=args.min_recall,
        device=args.device,
        k=args.k,
        start=args.start,
        end=args.end,
        source=args.source,
        labelled=args.support,
        pinned=args.pin,
        banned=args.ban,
        one_per_source=args.one_per_source,
        relevance_weight=args.diversity,
        abstain_thr=args.abstain_thr,
    )


if __name__ == '__main__':
    run_tool(main)
