"""Whole videos to ranks."""

import pytest

from mmselfshot.datasets.samplers import VideoTestSampler
from mmselfshot.datasets.samplers.video_test_sampler import share_videos
from mmselfshot.datasets.video_records import SampleOutline
from mmselfshot.structures.kept_tracks import KeptTracks


def test_longest_first_to_the_emptiest_rank():
    # 9 -> rank 0, 7 -> 1, 4 -> 1 (11), 3 -> 0 (12), 1 -> 1 (12)
    assert share_videos([3, 9, 1, 4, 7], 2) == [[0, 1], [2, 3, 4]]


def test_ranks_may_get_nothing():
    assert share_videos([5, 5], 4) == [[0], [1], [], []]
    assert share_videos([], 2) == [[], []]


class Outlines(list):
    @property
    def outline(self):
        return self


# windows of two frames: 3 videos of 5, 2 and 4 frames
DATA = Outlines(
    SampleOutline(video, frames, 8, 8)
    for video, frames in ((4, 2), (4, 2), (4, 1), (1, 2), (9, 2), (9, 2))
)


@pytest.mark.parametrize('world_size', [1, 2, 3, 5])
def test_windows_of_a_video_stay_together_in_order(world_size, monkeypatch):
    shares = []
    for rank in range(world_size):
        monkeypatch.setattr(
            'mmselfshot.datasets.samplers.video_test_sampler.get_dist_info',
            lambda rank=rank: (rank, world_size),
        )
        sampler = VideoTestSampler(DATA, seed=0)
        shares.append(list(sampler))
        assert len(sampler) == len(shares[-1])
        assert shares[-1] == sorted(shares[-1])
    assert sorted(index for share in shares for index in share) == list(
        range(6)
    )
    for share in shares:
        videos = [DATA[index].video_id for index in share]
        for video in set(videos):
            assert videos.count(video) == sum(
                one.video_id == video for one in DATA
            )
    if world_size == 1:
        assert shares == [list(range(6))]
    if world_size == 2:
        assert shares == [[0, 1, 2], [3, 4, 5]]


def test_kept_videos_are_left_out(tmp_path):
    kept = KeptTracks(tmp_path / 'kept')
    assert VideoTestSampler(DATA, kept=str(kept.folder)).indices == [*range(6)]
    kept.keep(1, [])
    (kept.folder / 'notes.json').write_text('{}')
    assert VideoTestSampler(DATA, kept=str(kept.folder)).indices == [
        *(0, 1, 2),
        *(4, 5),
    ]
