"""Whole videos to ranks."""

from collections.abc import Iterator

from mmengine.dist import broadcast_object_list, get_dist_info
from torch.utils.data import Sampler

from mmselfshot.datasets.video_instance_dataset import VideoInstanceDataset
from mmselfshot.registry import DATA_SAMPLERS
from mmselfshot.structures.kept_tracks import KeptTracks


@DATA_SAMPLERS.register_module()
class VideoTestSampler(Sampler):
    """Gives each video, with all its windows in order, to one rank.

    The ranks get about equally many frames: the longest video first, each to
    the rank with the fewest frames so far. Nothing is repeated or padded; a
    rank gets no video when there are more ranks than videos.

    Args:
        dataset: A data set in test mode.
        seed: Taken from the runner and not used.
        kept: Folder of `KeptTracks`; its videos are left out. The first rank
            looks, so that all leave out the same ones.
    """

    def __init__(
        self,
        dataset: VideoInstanceDataset,
        seed: int | None = None,
        kept: str | None = None,
    ) -> None:
        rank, world_size = get_dist_info()
        finished = set(_find_finished(kept)) if kept else set()
        windows: dict[int, list[int]] = {}
        num_frames: dict[int, int] = {}
        for index, part in enumerate(dataset.outline):
            if part.video_id in finished:
                continue
            windows.setdefault(part.video_id, []).append(index)
            num_frames.setdefault(part.video_id, 0)
            num_frames[part.video_id] += part.num_frames
        shares = share_videos(list(num_frames.values()), world_size)
        video_ids = list(num_frames)
        self.indices = [
            index
            for video in shares[rank]
            for index in windows[video_ids[video]]
        ]

    def __iter__(self) -> Iterator[int]:
        return iter(self.indices)

    def __len__(self) -> int:
        return len(self.indices)


def _find_finished(kept: str) -> list[int]:
    found = [KeptTracks(kept).video_ids()]
    broadcast_object_list(found)
    return found[0]


def share_videos(num_frames: list[int], num_ranks: int) -> list[list[int]]:
    """Share out videos so that the ranks have about equally many frames.

    Args:
        num_frames: Frames of each video.
        num_ranks: 1 or more.

    Returns:
        For each rank the ascending indices of its videos; may be empty.
    """
    shares: list[list[int]] = [[] for _ in range(num_ranks)]
    loads = [0] * num_ranks
    longest_first = sorted(
        range(len(num_frames)), key=lambda video: -num_frames[video]
    )
    for video in longest_first:
        rank = loads.index(min(loads))
        shares[rank].append(video)
        loads[rank] += num_frames[video]
    return [sorted(share) for share in shares]
