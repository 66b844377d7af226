"""From videos without labels to a label file: masks, names, filters.

Source: UVIS (CVPR-W 2024), steps 1 and 2; training is `tools/train.py`.
Several processes (torchrun, Slurm, or `num_processes`) share the videos and
meet in the folder of candidates; the file is the same as that of one.
"""

import multiprocessing
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from mmselfshot.labelling.candidate_store import (
    META,
    REPORT,
    CandidateStore,
    candidates_folder,
    read_candidates,
)
from mmselfshot.labelling.candidates import CandidateTable
from mmselfshot.labelling.filter_report import (
    apply_filters,
    format_label_report,
    make_label_report,
)
from mmselfshot.labelling.labelling_settings import LabellingSettings
from mmselfshot.labelling.shared_work import (
    POLL_SECONDS,
    WorkBar,
    find_place,
    label_share,
    shares_of,
    wait_for,
    wait_for_others,
)
from mmselfshot.labelling.source_videos import SourceVideo, find_source_videos
from mmselfshot.utils import UserError, read_json, write_json
from mmselfshot.utils.hashes import hash_of

Say = Callable[[str], None]


@dataclass
class LabellingResult:
    """What a labelling left.

    Attributes:
        out: The label file.
        failed: Name and reason of each video that could not be read.
        report: See `make_label_report`; None where the file was there
            already or another process wrote it.
        is_reused: The file was there already.
    """

    out: Path
    failed: dict[str, str]
    report: dict[str, Any] | None = None
    is_reused: bool = False


def label_videos(
    cfg: Config | Mapping[str, Any],
    videos: str | Path | None = None,
    out: str | Path | None = None,
    images: str | Path | None = None,
    device: str | None = None,
    show_progress: bool = False,
    say: Say = print,
) -> LabellingResult:
    """Label videos as the part `labelling` of a config says.

    What an earlier call with the same proposer, namer, classes and
    checkpoints finished is kept. Under a launcher every process calls this;
    all return when the file is there.

    Args:
        cfg: A config, see `LabellingSettings`.
        videos: In place of the config's: a folder of videos or of frames, a
            video file, or a label file, whose annotations are not read.
        out: The label file, in place of the config's.
        images: With a label file, the folder of its frames.
        device: As torch names it; None for the GPU if there is one.
        show_progress: Show a bar on stderr.
        say: Gets the lines for people.

    Raises:
        UserError: If the config cannot be used, no video can be read, or
            `out` is not to be overwritten.
    """
    from mmselfshot.labelling.vocabulary import check_vocabulary
    from mmselfshot.utils.devices import find_device

    settings = LabellingSettings.from_config(cfg, videos, out, images)
    check_vocabulary(settings.class_names)
    find_device(device)
    found = find_source_videos(
        **settings.videos, frames_dir=settings.frames_dir
    )
    store = CandidateStore(candidates_folder(settings.out), settings.key())
    key = hash_of(
        [
            *(store.key, settings.filters),
            *([one.id, one.name, one.fingerprint] for one in found),
        ]
    )
    rank = find_place()[0]
    if _is_finished(settings, store, key):
        failed = dict(store.read_meta().get('failed') or {})
        if rank == 0:
            say(f'{settings.out} is there already; nothing to label')
            if failed:
                say(
                    f'{len(failed)} videos could not be read when it was '
                    f'made ({", ".join(failed)}); remove it to try again'
                )
        return LabellingResult(settings.out, failed, is_reused=True)
    from mmselfshot.labelling.label_writer import read_replaced

    human = read_replaced(settings.out)
    if rank == 0:
        _begin(settings, store, found, say)
    failed = _make_candidates(
        settings, found, store, device, show_progress and rank == 0
    )
    if rank > 0:
        wait_for(lambda: _is_finished(settings, store, key))
        return LabellingResult(settings.out, failed)
    for name, reason in failed.items():
        say(f'cannot label {name}: {reason}')
    if len(failed) == len(found):
        raise UserError(
            f'none of {len(found)} videos can be read; the first: '
            f'{next(iter(failed.values()))}'
        )
    report = _write_labels(settings, found, store, key, failed, human)
    say(format_label_report(report))
    say(
        f'{settings.out}: labels of {len(found) - len(failed)} of '
        f'{len(found)} videos'
        + (f'; {len(failed)} cannot be read, see above' if failed else '')
    )
    return LabellingResult(settings.out, failed, report)


def run_label_tool(
    config: str | Path,
    num_processes: int | None = None,
    contact_sheet: str | Path | None = None,
    options: Sequence[str] = (),
    **kwargs: Any,
) -> int:
    """What `tools/label.py` does.

    Args:
        config: Path of a config.
        num_processes: In place of the config's.
        contact_sheet: Page to write.
        options: `key=value` texts.
        kwargs: Of `label_videos`.

    Returns:
        The exit status, 1 if a video could not be read.
    """
    from mmselfshot.engine.run_config import load_config

    cfg = load_config(config, options)
    if num_processes is not None and cfg.get('labelling'):
        cfg.labelling.num_processes = num_processes
    done = label_videos(cfg, show_progress=True, **kwargs)
    if contact_sheet is not None and find_place()[0] == 0:
        from mmselfshot.visualization.contact_sheet import (
            write_contact_sheet,
        )

        folder = candidates_folder(done.out)
        table = read_candidates(folder, with_reasons=True)
        root = read_json(folder / META)['videos']['root']
        number = write_contact_sheet(table, root, contact_sheet)
        print(f'{contact_sheet}: {number} masks, kept and dropped')
    return 1 if done.failed else 0


def ensure_labels(
    cfg: Config, device: str | None = None, say: Say = print
) -> LabellingResult | None:
    """Make the label file that a config trains on, if it is not there.

    `tools/train.py` calls this before the Runner is built, which builds its
    data set before any hook can run. A label file without a folder of
    candidates beside it was made elsewhere and is taken as it is.

    Returns:
        None if the config has no part `labelling`.

    Raises:
        UserError: See `label_videos`.
    """
    if cfg.get('labelling') is None:
        return None
    out = Path(LabellingSettings.from_config(cfg).out)
    if out.exists() and not candidates_folder(out).exists():
        if find_place()[0] == 0:
            say(f'{out} was made elsewhere; it is used as it is')
        return LabellingResult(out, {}, is_reused=True)
    return label_videos(cfg, device=device, show_progress=True, say=say)


def _is_finished(
    settings: LabellingSettings, store: CandidateStore, key: str
) -> bool:
    return settings.out.exists() and store.read_meta().get('labels') == key


def _begin(
    settings: LabellingSettings,
    store: CandidateStore,
    videos: Sequence[SourceVideo],
    say: Say,
) -> None:
    """Say what is there and what is to be done; note what it is made from."""
    meta = store.read_meta()
    if meta and meta.get('key') != store.key:
        say(
            f'{store.folder} was made with another config, checkpoint or '
            'classes; it is made anew'
        )
    say(
        f'labelling {len(videos)} videos of {settings.videos["root"]} with '
        f'{settings.proposer["type"]} into {settings.out}'
    )
    done = [[one.id, one.name] for one in videos if store.has(one)]
    if done:
        say(f'{len(done)} of {len(videos)} are finished already')
    store.write_meta(_describe(settings, done, {}))


def _describe(
    settings: LabellingSettings,
    done: list[list],
    failed: dict[str, str],
    **more: Any,
) -> dict[str, Any]:
    return {
        'made_by': settings.labeller_options(),
        'videos': settings.videos,
        'done': done,
        'failed': failed,
        **more,
    }


def _make_candidates(
    settings: LabellingSettings,
    videos: Sequence[SourceVideo],
    store: CandidateStore,
    device: str | None,
    show_progress: bool,
) -> dict[str, str]:
    """Label the share of this process, or of all; give reasons by name."""
    rank, world_size = find_place()
    with WorkBar(videos, store, show_progress) as bar:
        if world_size == 1 and settings.num_processes > 1 and _is_cpu(device):
            _label_in_processes(settings, videos, store, bar)
            failed = [one for one in videos if not store.has(one)]
        else:
            shares = shares_of(videos, world_size)
            label = _LazyLabeller(settings, device)
            failed = label_share(shares[rank], store, label, bar)
            if rank == 0:
                others = [one for share in shares[1:] for one in share]
                again = wait_for_others(others, store, bar)
                failed += label_share(again, store, label, bar)
    reasons = {one.name: store.read_failure(one) for one in failed}
    return {
        one.name: reasons[one.name] for one in videos if one.name in reasons
    }


class _LazyLabeller:
    """A `VideoLabeller` that is built when the first video needs it."""

    def __init__(
        self, settings: LabellingSettings, device: str | None
    ) -> None:
        self.settings = settings
        self.device = device
        self.labeller: Any = None

    def __call__(self, video: SourceVideo, on_frames: Any) -> CandidateTable:
        from mmselfshot.labelling.video_labeller import (
            VideoLabeller,
            one_thread,
        )
        from mmselfshot.utils.devices import find_device

        if self.labeller is None:
            self.labeller = VideoLabeller(
                **self.settings.labeller_options(),
                device=find_device(self.device),
            )
        with one_thread():
            return self.labeller(video, on_frames)


def _is_cpu(device: str | None) -> bool:
    from mmselfshot.utils.devices import find_device

    return find_device(device).type == 'cpu'


def _label_in_processes(
    settings: LabellingSettings,
    videos: Sequence[SourceVideo],
    store: CandidateStore,
    bar: WorkBar,
) -> None:
    shares = [
        share for share in shares_of(videos, settings.num_processes) if share
    ]
    if all(store.has(one) for one in videos):
        return
    from mmselfshot.datasets.toyvis.workers import start_worker

    executor = ProcessPoolExecutor(
        len(shares),
        multiprocessing.get_context('spawn'),
        start_worker,
        (os.getpid(),),
    )
    try:
        futures = [
            executor.submit(_label_in_worker, settings, store, share)
            for share in shares
        ]
        while not all(future.done() for future in futures):
            for future in futures:
                if future.done():
                    future.result()  # raises what went wrong there
            bar.look_around()
            time.sleep(POLL_SECONDS)
        for future in futures:
            future.result()
    finally:
        workers = list((executor._processes or {}).values())
        executor.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.terminate()


def _label_in_worker(
    settings: LabellingSettings,
    store: CandidateStore,
    share: Sequence[SourceVideo],
) -> None:
    import mmselfshot.registry  # noqa: F401  (the registries of the config)

    if settings.custom_imports:
        from mmengine.utils import import_modules_from_strings

        import_modules_from_strings(**settings.custom_imports)
    label_share(share, store, _LazyLabeller(settings, 'cpu'))


def _write_labels(
    settings: LabellingSettings,
    videos: Sequence[SourceVideo],
    store: CandidateStore,
    key: str,
    failed: dict[str, str],
    human: Any,
) -> dict[str, Any]:
    from mmselfshot.labelling.label_writer import make_label_file

    read = [one for one in videos if one.name not in failed]
    table = CandidateTable.join([store.read(one) for one in read])
    reports = apply_filters(table, settings.filters)
    info = {
        'description': 'pseudo labels made by mmselfshot',
        'labelling': {
            'source': table.source,
            'key': key,
            'failed_videos': failed,
        },
    }
    labels = make_label_file(table, human, info)
    report = {**make_label_report(table, reports), 'failed_videos': failed}
    store.remove_others(videos)
    write_json(store.folder / REPORT, report)
    store.write_reasons(table)
    labels.save(settings.out)
    done = [[one.id, one.name] for one in read]
    store.write_meta(_describe(settings, done, failed, labels=key))
    return report
