"""Small worlds of level `fewshot` for tests."""

from pathlib import Path

from mmselfshot.datasets.toyvis import make_world

# 16 kinds, every file of a world, as few items as can be
TINY = {
    'outlines': 'disc,star,heart,fish',
    'surfaces': 'plain,striped,dotted,checked',
    'num_unseen': 4,
    'num_scenes_seen': 4,
    'num_scenes_unseen': 4,
    'num_train': 3,
    'num_queries': 2,
    'num_swap': 1,
    'num_multi': 2,
    'max_target_kinds': 1,
    'second_kind_prob': 0,
    'num_pool': 20,
    'clips_per_source': 2,
    'sources_per_unseen': 1,
    'max_frequency_share': 0.7,
    'num_stills_train': 2,
    'num_stills_val': 1,
    'num_frames': 4,
    'height': 48,
    'width': 64,
    'still_side': 48,
    'min_size': 12,
    'max_size': 16,
    'min_pixels': 6,
    'max_targets': 2,
}
NUM_TINY = 31
# 20 kinds and enough videos to measure the promises
SMALL = TINY | {
    'outlines': 'disc,star,heart,fish,cross',
    'num_unseen': 5,
    'num_scenes_seen': 15,
    'num_scenes_unseen': 5,
    'scene_prob': 0.9,
    'num_train': 75,
    'second_kind_prob': 0.3,
    'num_queries': 25,
    'num_swap': 2,
    'num_multi': 4,
    'max_target_kinds': 2,
    'num_pool': 170,
    'sources_per_unseen': 7,
    'max_frequency_share': 0.2,
}


def make_fewshot(root: Path, options: dict, **changes) -> dict[str, int]:
    settings = {'num_workers': 1, 'show_progress': False, **options, **changes}
    return make_world(root, 'fewshot', **settings)
