"""The registered metric of video instance segmentation.

Ours: each video is measured on the rank that has it, so that only small
arrays travel. They are gathered whole and told apart by video id:
mmengine's own gathering cuts and interleaves the ranks' lists, which is
wrong where ranks hold different numbers of videos.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmengine.dist import (
    all_gather_object,
    broadcast_object_list,
    is_main_process,
)
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.evaluation.result_file import join_videos
from mmselfshot.evaluation.vis_identity import SCORE_THR
from mmselfshot.evaluation.vis_report import (
    format_categories,
    load_truth,
)
from mmselfshot.evaluation.vis_score import (
    VideoScore,
    is_labelled,
    join_categories,
    score_video,
    summarize,
)
from mmselfshot.registry import METRICS
from mmselfshot.structures.kept_tracks import KeptTracks
from mmselfshot.utils import UserError

_MISSING = ('error', 'zero', 'skip')


@dataclass
class _Record:
    """What a rank keeps of one video."""

    video_id: int
    score: VideoScore | None


@METRICS.register_module()
class VISMetric(BaseMetric):
    """VIS AP (class-aware, pooled, foreground) and identity switches.

    Takes the data samples that carry `pred_tracks`, the model's tracks of a
    whole video. The numbers are those of `summarize`, in [0, 1] and not
    rounded, under `vis/`: `vis/AP50`, `vis/pooled_AP50`, `vis/fgbg_AP50`,
    `vis/id_switches_per_track`. One process or several, padded or not, the
    result is the same.

    Args:
        ann_file: Label file of the videos.
        outfile_prefix: Also write `<prefix>.json`, all tracks with the label
            file's own ids, and `<prefix>.zip`, the same for a server.
        format_only: Write the files only and return no numbers; the label
            file may then be one without annotations.
        classwise: Also log AP per category.
        missing: What to do about videos of the label file that the model
            was never given: 'error'; 'zero', their objects count as missed,
            as the official evaluator does; 'skip', they are not scored.
        score_thr: Weaker tracks take no part in identity switches.
        kept: Folder of `KeptTracks`, for a test that can be interrupted:
            each video's tracks go there, those that are there already take
            part, and at the end it is removed. All ranks must see it.
            None keeps nothing over a run.
        prefix: Put before the names of the numbers.
    """

    default_prefix = 'vis'
    has_coco_crowds = False  # see `VideoPair`

    def __init__(
        self,
        ann_file: str,
        outfile_prefix: str | None = None,
        format_only: bool = False,
        classwise: bool = False,
        missing: str = 'error',
        score_thr: float = SCORE_THR,
        kept: str | None = None,
        prefix: str | None = None,
    ) -> None:
        super().__init__(prefix=prefix)
        if missing not in _MISSING:
            raise UserError(f'missing={missing!r}; expected one of {_MISSING}')
        if format_only and not outfile_prefix:
            raise UserError(
                'format_only=True without outfile_prefix; give a path for '
                'the result file'
            )
        self.labels = self.read_labels(ann_file, not format_only)
        self.ann_file = ann_file
        self.outfile_prefix = outfile_prefix
        self.format_only = format_only
        self.classwise = classwise
        self.missing = missing
        self.score_thr = score_thr
        self._goes_on = kept is not None
        place = kept or (outfile_prefix and f'{outfile_prefix}.videos')
        self._kept = KeptTracks(place) if place else None

    def read_labels(self, ann_file: str, need_annotations: bool) -> LabelFile:
        """The truth; a subclass may read another form."""
        return load_truth(ann_file, need_annotations)

    def process(
        self, data_batch: Any, data_samples: Sequence[Mapping[str, Any]]
    ) -> None:
        """Measure the videos that are complete, keep only the numbers.

        Args:
            data_batch: Not used.
            data_samples: The model's `TrackDataSample`s as dicts. One with
                the key `pred_tracks` completes the video `video_id`.

        Raises:
            UserError: If the video is not in the label file, or its masks
                have another size or number than there.
        """
        for sample in data_samples:
            if 'pred_tracks' not in sample:
                continue
            tracks = tracks_to_results(
                sample['video_id'],
                sample['pred_tracks'],
                self.dataset_meta['cat_ids'],
            )
            self.results.append(self._measure(sample['video_id'], tracks))
            if self._kept is not None:
                self._kept.keep(sample['video_id'], tracks)

    def _measure(self, video_id: int, tracks: list[dict]) -> _Record:
        if video_id not in self.labels.videos:
            raise UserError(
                f'the model was given video {video_id!r}, which is not in '
                f'{self.ann_file}; use the label file of the data set'
            )
        score = None
        video = self.labels.videos[video_id]
        if not self.format_only and is_labelled(video):
            score = score_video(
                video,
                self.labels.annotations[video_id],
                tracks,
                self.dataset_meta['cat_ids'],
                self.score_thr,
                self.has_coco_crowds,
            )
        return _Record(video_id, score)

    def evaluate(self, size: int) -> dict[str, float]:
        """Join all ranks' videos; every rank returns the same numbers.

        Args:
            size: Not used; videos are told apart by their ids.

        Raises:
            UserError: On every rank, if videos are missing or the result
                file cannot be written.
        """
        if self._goes_on:
            self._measure_kept()
        gathered = all_gather_object(self.results)
        outcome = [None, None]
        if is_main_process():
            records = [one for of_rank in gathered for one in of_rank]
            try:
                outcome[0] = {
                    f'{self.prefix}/{name}': value
                    for name, value in self.compute_metrics(records).items()
                }
            except UserError as error:
                outcome[1] = str(error)
            # before the other ranks go on, to the next evaluation maybe
            if self._kept is not None and not (self._goes_on and outcome[1]):
                self._kept.clear()
        broadcast_object_list(outcome)
        self.results.clear()
        if outcome[1] is not None:
            raise UserError(outcome[1])
        return outcome[0]

    def _measure_kept(self) -> None:
        """Let the first rank take over what earlier runs finished."""
        done = {record.video_id for record in self.results}
        for of_rank in all_gather_object(done):
            done |= of_rank
        if is_main_process():
            self.results += [
                self._measure(video_id, self._kept.read(video_id))
                for video_id in self._kept.video_ids()
                if video_id not in done
            ]

    def compute_metrics(self, results: Sequence[_Record]) -> dict[str, float]:
        """Numbers of all videos; of a repeated one the first counts."""
        by_video: dict[int, _Record] = {}
        for record in results:
            by_video.setdefault(record.video_id, record)
        records = [by_video[video_id] for video_id in sorted(by_video)]
        if self.outfile_prefix:
            paths = join_videos(
                self.outfile_prefix, self._kept, sorted(by_video)
            )
            print_log(
                f'wrote {paths[0]} and {paths[1]}: {len(records)} videos',
                logger='current',
            )
        missing = sorted(set(self.labels.videos) - set(by_video))
        if missing:
            self._report_missing(missing)
        if self.format_only:
            return {}
        scores = [r.score for r in records if r.score is not None]
        if self.missing == 'zero':
            scores += self._score_missing(missing)
        if self.classwise:
            joined = join_categories(scores, self.dataset_meta['cat_ids'])
            table = format_categories(joined, self.labels.categories)
            print_log(f'\n{table}', logger='current')
        return self.summarize(scores)

    def summarize(self, scores: Sequence[VideoScore]) -> Mapping[str, float]:
        """Numbers of scored videos, without a prefix."""
        return summarize(scores, self.dataset_meta['cat_ids'])

    def _report_missing(self, missing: Sequence[int]) -> None:
        line = (
            f'{len(missing)} of {len(self.labels.videos)} videos of '
            f'{self.ann_file} have no result (first: {missing[0]})'
        )
        if self.missing == 'error' and not self.format_only:
            raise UserError(
                f"{line}; test all videos, or set missing='zero' or 'skip' "
                'in the metric'
            )
        counted = 'are left out' if self.missing == 'skip' else 'are missed'
        print_log(
            line + ('' if self.format_only else f'; their objects {counted}'),
            logger='current',
        )

    def _score_missing(self, missing: Sequence[int]) -> list[VideoScore]:
        return [
            score_video(
                self.labels.videos[video_id],
                self.labels.annotations[video_id],
                [],
                self.dataset_meta['cat_ids'],
            )
            for video_id in missing
            if is_labelled(self.labels.videos[video_id])
        ]


def tracks_to_results(
    video_id: int, tracks: Mapping[str, Any], cat_ids: Sequence[int]
) -> list[dict]:
    """Write one video's tracks as entries of a result file.

    Args:
        video_id: The label file's id.
        tracks: `scores` (N,), `labels` (N,) indices of classes, and
            `segmentations`, N lists of compressed RLE (text) or None.
        cat_ids: The label file's id of each class.

    Returns:
        N dicts, best score first.
    """
    results = [
        {
            'video_id': int(video_id),
            'category_id': int(cat_ids[int(label)]),
            'score': float(score),
            'segmentations': masks,
        }
        for score, label, masks in zip(
            tracks['scores'], tracks['labels'], tracks['segmentations']
        )
    ]
    return sorted(results, key=lambda one: -one['score'])
