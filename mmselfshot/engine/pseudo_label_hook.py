"""Rounds of self-training: labels renewed from the model's own predictions.

Source: CutLER (CVPR 2023), Sec. 3.4: what the model finds replaces the old
masks that it overlaps, the others stay; AutoQ-VIS (2508.19808): two rounds,
fused labels better than replaced ones.
Ours: the filters, and that all of it happens within one training.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dist import get_dist_info
from mmengine.fileio import join_path
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from torch import nn

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.labelling.candidate_store import (
    CandidateStore,
    candidates_folder,
)
from mmselfshot.labelling.candidates import CandidateTable, table_of_video
from mmselfshot.labelling.filter_report import (
    apply_filters,
    format_label_report,
    make_label_report,
)
from mmselfshot.labelling.fuse_labels import fuse_labels
from mmselfshot.labelling.label_writer import make_label_file
from mmselfshot.labelling.model_annotator import ModelAnnotator, hash_weights
from mmselfshot.labelling.shared_work import (
    WorkBar,
    label_share,
    shares_of,
    wait_for,
    wait_for_others,
)
from mmselfshot.labelling.source_videos import SourceVideo, find_source_videos
from mmselfshot.registry import HOOKS
from mmselfshot.utils import UserError
from mmselfshot.utils.config_parts import find_dataset
from mmselfshot.utils.hashes import hash_of


@HOOKS.register_module()
class PseudoLabelHook(Hook):
    """Renews the labels of the train set and rebuilds its data loader.

    The labels of round n are `labels_round_n.json` in the work dir, with
    their candidates beside it. The ranks share the videos and meet in that
    folder, in no collective call. A resumed training goes on with the labels
    of its round.

    Args:
        rounds: Iterations after which labels are renewed, ascending.
        filters: Configs of filters for the model's candidates.
        iou_thr: An old mask stays below this IoU with every new one; 0
            replaces them in every frame that has a new one.
        frame_step: Every how manieth frame is predicted.
        window: Frames that go through the model at once.
        min_score: See `ModelAnnotator`; so is `max_per_frame`.
    """

    priority = 'LOWEST'  # after the checkpoint of the iteration is written

    def __init__(
        self,
        rounds: Sequence[int],
        filters: Sequence[dict] = (
            dict(type='ScoreFilter', mask_thr=0.5, clip_thr=0.5),
        ),
        iou_thr: float = 0.5,
        frame_step: int = 1,
        window: int = 8,
        min_score: float = 0.1,
        max_per_frame: int = 20,
    ) -> None:
        rounds = list(rounds)
        if rounds != sorted(set(rounds)) or (rounds and rounds[0] < 1):
            raise UserError(
                f'PseudoLabelHook: rounds={rounds}; expected iterations from '
                '1 on, ascending'
            )
        self.rounds = rounds
        self.filters = list(filters)
        self.iou_thr = iou_thr
        self.frame_step = frame_step
        self.window = window
        self.min_score = min_score
        self.max_per_frame = max_per_frame

    def before_train(self, runner) -> None:
        """Take up the labels of the round that training resumes in.

        Raises:
            UserError: If they are lost.
        """
        past = [one for one in self.rounds if one <= runner.iter]
        if not past:
            return
        number = len(past)
        path = self._path(runner, number)
        if not path.exists():
            if past[-1] < runner.iter:
                raise UserError(
                    f'no labels {path} of the round that began at iteration '
                    f'{past[-1]}; resume from a checkpoint at or before that '
                    'iteration'
                )
            self._renew(runner, number)
        runner.train_loop.dataloader = self._build_loader(runner, path)

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs=None
    ) -> None:
        """Renew the labels when a round ends."""
        done = runner.iter + 1
        if done not in self.rounds or done >= runner.max_iters:
            return
        number = self.rounds.index(done) + 1
        self._renew(runner, number)
        loader = self._build_loader(runner, self._path(runner, number))
        runner.train_loop.replace_dataloader(loader, done)

    def _path(self, runner, number: int) -> Path:
        """The label file of a round; 0 is the one that training began with."""
        if number > 0:
            return Path(runner.work_dir) / f'labels_round_{number}.json'
        dataset = find_dataset(runner.cfg, 'train')
        root = dataset.get('data_root') or ''
        return Path(join_path(root, dataset['ann_file']))

    def _build_loader(self, runner, path: Path) -> Any:
        cfg = copy.deepcopy(runner.cfg)
        find_dataset(cfg, 'train')['ann_file'] = str(path.resolve())
        return runner.build_dataloader(cfg.train_dataloader, seed=runner.seed)

    def _renew(self, runner, number: int) -> None:
        """Write the label file of a round, together with the other ranks."""
        out, before = (
            self._path(runner, number),
            self._path(runner, number - 1),
        )
        dataset = find_dataset(runner.cfg, 'train')
        prefix = (dataset.get('data_prefix') or {}).get('img') or ''
        root = join_path(dataset.get('data_root') or '', prefix)
        videos = find_source_videos(root, before)
        model = runner.model
        model = model.module if is_model_wrapper(model) else model
        weights = hash_weights(model)
        store = CandidateStore(
            candidates_folder(out),
            hash_of([weights, self.frame_step, self._choice]),
        )
        key = hash_of([store.key, self.filters, self.iou_thr, str(before)])
        rank, _ = get_dist_info()
        if rank == 0:
            store.write_meta({'done': [], 'failed': {}})
        failed = self._predict(runner, model, videos, store)
        if rank > 0:
            wait_for(lambda: store.read_meta().get('labels') == key)
            return
        for video in failed:
            print_log(
                f'no new labels for {video.name}: {store.read_failure(video)}',
                logger='current',
            )
        lost = {one.name for one in failed}
        read = [one for one in videos if one.name not in lost]
        if not read:
            raise UserError(
                f'none of the {len(videos)} videos of {before} can be read'
            )
        table = CandidateTable.join([store.read(one) for one in read])
        table.source = f'{type(model).__name__.lower()}@{weights}'
        reports = apply_filters(table, self.filters)
        report = format_label_report(make_label_report(table, reports))
        print_log(f'labels of round {number}:\n{report}', logger='current')
        self._join(LabelFile.load(before), table).save(out)
        store.write_meta(
            {
                'done': [[one.id, one.name] for one in read],
                'failed': dict.fromkeys(sorted(lost), ''),
                'labels': key,
                'videos': {'root': str(root), 'ann_file': str(before)},
            }
        )

    @property
    def _choice(self) -> list[float]:
        return [self.min_score, self.max_per_frame]

    def _join(self, old: LabelFile, table: CandidateTable) -> LabelFile:
        """New labels, with old ones where they tell of something else."""
        ids = {one['name']: one['id'] for one in old.categories}
        new = make_label_file(table)
        new.categories = old.categories
        number_of = {
            label: ids[name] for label, name in enumerate(table.classes, 1)
        }
        for many in new.annotations.values():
            for one in many:
                one['category_id'] = number_of[one['category_id']]
                one['class_scores'] = {
                    str(number_of[int(label)]): score
                    for label, score in one['class_scores'].items()
                }
        return fuse_labels(old, new, self.iou_thr)

    def _predict(
        self,
        runner,
        model: nn.Module,
        videos: Sequence[SourceVideo],
        store: CandidateStore,
    ) -> list[SourceVideo]:
        """Predict the share of this rank; rank 0 waits for the others."""
        annotate = ModelAnnotator(
            model, runner.cfg, self.min_score, self.max_per_frame
        )
        classes = runner.train_loop.dataloader.dataset.metainfo['classes']

        def label(video: SourceVideo, on_frames) -> CandidateTable:
            frames = self._frames(video, annotate, on_frames)
            table = table_of_video(
                video.id, {}, frames, classes, type(model).__name__.lower()
            )
            table.videos[video.id].update(video.describe())
            return table

        model.eval()
        rank, world_size = get_dist_info()
        shares = shares_of(videos, world_size)
        with WorkBar(videos, store, rank == 0) as bar:
            failed = label_share(shares[rank], store, label, bar)
            if rank == 0:
                others = [one for share in shares[1:] for one in share]
                again = wait_for_others(others, store, bar)
                failed += label_share(again, store, label, bar)
        return failed

    def _frames(self, video: SourceVideo, annotate, on_frames):
        from mmselfshot.labelling.video_labeller import windows_of

        frames = video.sampled_frames(self.frame_step)
        for window in windows_of(frames, self.window):
            indices = [index for index, _ in window]
            yield from annotate([image for _, image in window], indices)
            on_frames(len(window))
