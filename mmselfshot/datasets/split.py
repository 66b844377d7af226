"""Train and held-out videos out of one label file.

The labels of the official valid sets are closed, so local scores need videos
that were held out of training.
"""

import hashlib
from collections import Counter
from pathlib import PurePosixPath

from mmselfshot.datasets.label_file import LabelFile
from mmselfshot.utils import UserError


def choose_held_out(
    labels: LabelFile, share: float, seed: int = 0
) -> list[int]:
    """Choose videos to hold out, about the same share of every class.

    Videos come in the order of a hash of seed and name, so that the choice
    depends neither on the order of the file nor on the machine. Classes are
    served from the one with the fewest videos on; a class keeps a video for
    training as long as it can.

    Args:
        labels: The label file.
        share: Part of the videos to hold out, above 0 and below 1.
        seed: Another seed is another choice.

    Returns:
        Ids of the held-out videos in the order of the file.

    Raises:
        UserError: If the share is not between 0 and 1 or there are fewer
            than two videos.
    """
    if not 0 < share < 1:
        raise UserError(
            f'share {share} to hold out; expected above 0 and below 1'
        )
    if len(labels.videos) < 2:
        raise UserError(
            f'{labels.path} has {len(labels.videos)} videos; expected at '
            'least 2 to split'
        )
    quota = min(
        max(round(share * len(labels.videos)), 1), len(labels.videos) - 1
    )
    classes = {
        video_id: {one['category_id'] for one in labels.annotations[video_id]}
        for video_id in labels.videos
    }
    order = sorted(
        labels.videos, key=lambda key: _hash_of(labels.videos[key], seed)
    )
    choice = _Choice(classes, quota)
    for category in sorted(
        choice.total, key=lambda key: (choice.total[key], key)
    ):
        wanted = round(share * choice.total[category])
        choice.hold_of_class(category, wanted, order)
    choice.fill(order)
    return [video_id for video_id in labels.videos if video_id in choice.held]


class _Choice:
    """The videos held out so far, and what that leaves of each class.

    Args:
        classes: Category ids in each video, by video id.
        quota: Number of videos to hold out in all.
    """

    def __init__(self, classes: dict[int, set[int]], quota: int) -> None:
        self.classes = classes
        self.quota = quota
        self.held: set[int] = set()
        self.total = Counter(one for many in classes.values() for one in many)
        self.left = Counter(self.total)

    def hold_of_class(
        self, category: int, wanted: int, order: list[int]
    ) -> None:
        for video_id in order:
            have = self.total[category] - self.left[category]
            if have >= wanted or len(self.held) >= self.quota:
                return
            if category in self.classes[video_id]:
                self._hold_if_spared(video_id)

    def fill(self, order: list[int]) -> None:
        """Reach the quota, with the last video of a class only if need be."""
        for video_id in order:
            if len(self.held) < self.quota:
                self._hold_if_spared(video_id)
        for video_id in order:
            if len(self.held) < self.quota:
                self.held.add(video_id)

    def _hold_if_spared(self, video_id: int) -> None:
        classes = self.classes[video_id]
        if video_id not in self.held and all(
            self.left[category] > 1 for category in classes
        ):
            self.held.add(video_id)
            self.left.subtract(classes)


def count_videos(labels: LabelFile) -> dict[str, int]:
    """Number of videos of each class, by name, in the file's order."""
    count = Counter(
        category_id
        for many in labels.annotations.values()
        for category_id in {one['category_id'] for one in many}
    )
    return {
        category['name']: count[category['id']]
        for category in labels.categories
    }


def _hash_of(video: dict, seed: int) -> tuple[str, int]:
    folder = str(PurePosixPath(video['file_names'][0]).parent)
    name = video['id'] if folder == '.' else folder
    return hashlib.sha256(f'{seed}:{name}'.encode()).hexdigest(), video['id']
