"""Videos shared over processes, which meet in a folder only.

No process waits for another in a collective call: who has finished looks
into the folder every second until the others have, too, however long that
takes. Nothing is claimed, so nothing stays claimed when a process is killed.
"""

import os
import time
from collections.abc import Callable, Sequence
from typing import Any

from mmselfshot.datasets.samplers.video_test_sampler import share_videos
from mmselfshot.labelling.candidate_store import CandidateStore
from mmselfshot.labelling.source_videos import SourceVideo
from mmselfshot.utils.video_io import VideoError

POLL_SECONDS = 1.0
Label = Callable[[SourceVideo, Callable[[int], None]], Any]


def find_place() -> tuple[int, int]:
    """Rank and number of processes, as the launcher's environment says."""
    return (
        int(os.environ.get('RANK', 0)),
        int(os.environ.get('WORLD_SIZE', 1)),
    )


def shares_of(
    videos: Sequence[SourceVideo], num_processes: int
) -> list[list[SourceVideo]]:
    """Share out all videos, finished or not, the same way in each process."""
    if num_processes == 1:
        return [list(videos)]
    shares = share_videos([one.length_hint for one in videos], num_processes)
    return [[videos[index] for index in share] for share in shares]


class WorkBar:
    """A bar over the videos of all processes, with the time left."""

    def __init__(
        self, videos: Sequence[SourceVideo], store: CandidateStore, shown: bool
    ) -> None:
        from tqdm import tqdm

        self._open = {one.name: one for one in videos}
        self._store = store
        self._shown = shown
        self._next_look = 0.0
        self.bar = tqdm(
            total=len(videos),
            unit='video',
            desc='labelling',
            disable=not shown,
            smoothing=0.1,
        )

    def __enter__(self) -> 'WorkBar':
        if self._shown:
            for video in list(self._open.values()):
                if self._store.has(video):
                    del self._open[video.name]
            self.bar.total = len(self._open)
            self.bar.refresh()
        return self

    def __exit__(self, *_: object) -> None:
        self.bar.close()

    def finish(self, video: SourceVideo) -> None:
        """Count a video of this process."""
        if self._open.pop(video.name, None) is not None:
            self.bar.update()
            self.bar.set_postfix_str('')
        if self._shown:
            self.look_around()

    def note_frames(self, video: SourceVideo, number: int) -> None:
        """Say how far the video of this process is."""
        self.bar.set_postfix_str(f'{video.name} {number}/{video.length_hint}')

    def look_around(self) -> None:
        """Count videos of other processes, now and then.

        At most every two seconds, and in at most a twentieth of the time.
        """
        start = time.monotonic()
        if start < self._next_look:
            return
        for video in list(self._open.values()):
            if self._store.has(video):
                del self._open[video.name]
                self.bar.update()
        spent = time.monotonic() - start
        self._next_look = start + max(2 * POLL_SECONDS, 20 * spent)


def label_share(
    videos: Sequence[SourceVideo],
    store: CandidateStore,
    label: Label,
    bar: WorkBar | None = None,
) -> list[SourceVideo]:
    """Label the videos that are not finished yet.

    Args:
        videos: The share of this process.
        store: Gets the candidates, or the reason of a failure.
        label: Labels one video; told frames are passed on to the bar.
        bar: Gets the progress.

    Returns:
        Those that could not be read.
    """
    failed = []
    for video in videos:
        if store.has(video):
            continue
        done = 0

        def count(number: int, video: SourceVideo = video) -> None:
            nonlocal done
            done += number
            if bar is not None:
                bar.note_frames(video, done)

        try:
            store.write(video, label(video, count))
        except VideoError as error:
            store.write_failure(video, str(error))
            failed.append(video)
        if bar is not None:
            bar.finish(video)
    return failed


def wait_for(is_there: Callable[[], bool]) -> None:
    """Look every second until something is there."""
    while not is_there():
        time.sleep(POLL_SECONDS)


def wait_for_others(
    videos: Sequence[SourceVideo], store: CandidateStore, bar: WorkBar
) -> list[SourceVideo]:
    """Wait until each video of other processes is finished or has failed.

    Args:
        videos: Those of the others.

    Returns:
        The failed ones. The failure may be of an earlier run and its process
        may be about to try again, so try them here, too.
    """
    pending = [video for video in videos if not store.has(video)]
    while True:
        pending = [video for video in pending if not store.has(video)]
        if all(store.read_failure(video) is not None for video in pending):
            return pending
        bar.look_around()
        time.sleep(POLL_SECONDS)
