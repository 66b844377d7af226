"""Find and follow the objects of videos.

    python tools/predict.py CONFIG CHECKPOINT video.mp4 --out out
    python tools/predict.py CONFIG CHECKPOINT my_videos --out out \\
        --score-thr 0.5 --no-film
    python tools/predict.py SELFSHOT_CONFIG CHECKPOINT video.mp4 --out out \\
        --pool pool_index --num-supports 5
    python tools/predict.py SELFSHOT_CONFIG CHECKPOINT video.mp4 --out out \\
        --supports cat1.mp4 cat2.jpg

INPUT is a video file, a still image, a folder of frames (jpg, png), or a
folder of video files and folders of frames. Each video gets a folder in OUT:

    OUT/VIDEO/results.json        tracks with class, score, and masks
    OUT/VIDEO/masks/FRAME.png     palette pictures, pixel value = track_id
    OUT/VIDEO/film.mp4            the video with its tracks
    OUT/VIDEO/supports.html       Self-Shot VIS: the query and its supports
    OUT/results.json              the tracks of all videos

The same command goes on where it was interrupted. See docs/predict.md.
"""

import argparse

from mmselfshot.utils import run_tool
from mmselfshot.utils.tool_options import add_device_option


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('config', help='path of the config')
    parser.add_argument('checkpoint', help='path of the weights')
    parser.add_argument(
        'input', help='video, still image, folder of frames or of videos'
    )
    parser.add_argument('--out', required=True, help='where to write')
    parser.add_argument(
        '--score-thr',
        type=float,
        default=0.3,
        help='least score of a track, 0 to 1 (default 0.3)',
    )
    add_device_option(parser)
    parser.add_argument(
        '--window',
        type=int,
        help='frames that go through the network at once (default: as in '
        'the config)',
    )
    parser.add_argument(
        '--fps', type=float, help='rate of folders of frames (default 6)'
    )
    parser.add_argument(
        '--no-film', action='store_true', help='write no film.mp4'
    )
    parser.add_argument(
        '--no-png', action='store_true', help='write no palette pictures'
    )
    group = parser.add_argument_group('supports of a Self-Shot config')
    group.add_argument(
        '--supports',
        nargs='+',
        default=[],
        metavar='VIDEO',
        help='videos, folders of frames or still images that show what to '
        'segment',
    )
    group.add_argument(
        '--pool',
        metavar='INDEX',
        help='find supports by themselves in this folder, made by '
        'tools/index_pool.py; with --supports these help to find others',
    )
    group.add_argument(
        '--num-supports',
        type=int,
        default=5,
        help='clips of the pool at most (default 5)',
    )
    group.add_argument(
        '--encoder',
        nargs=2,
        metavar=('CONFIG', 'CHECKPOINT'),
        help='what the index was made with (default: as it says itself)',
    )
    group.add_argument(
        '--pool-videos',
        metavar='POOL',
        help='where the videos of the pool are now, if they were moved',
    )
    group.add_argument(
        '--no-supports', action='store_true', help='do without any'
    )
    return parser.parse_args()


def main() -> int:
    args = parse_args()
    from mmselfshot.apis.selfshot_inferencer import make_inferencer

    predict = make_inferencer(
        args.config,
        args.checkpoint,
        given=args.supports,
        pool=args.pool,
        num_found=args.num_supports,
        encoder=args.encoder,
        pool_videos=args.pool_videos,
        no_supports=args.no_supports,
        device=args.device,
        score_thr=args.score_thr,
        window=args.window,
    )
    videos = predict(
        args.input,
        out_dir=args.out,
        film=not args.no_film,
        masks=not args.no_png,
        fps=args.fps,
        show_progress=True,
        report=print,
    )
    for video in videos:
        print(video)
    failed = sum(video.error is not None for video in videos)
    print(
        f'{len(videos) - failed} of {len(videos)} videos are in {args.out}'
        + (f', {failed} failed' if failed else '')
    )
    return 1 if failed else 0


if __name__ == '__main__':
    run_tool(main)
