# Masks without any weights: MaskCut on colour, texture and motion, for real
# footage where no DINO checkpoint is at hand. A proposer only: put it in
# place of `labelling.proposer`. All numbers are ours; they were chosen on
# some of the frames of the clips that docs/uvis.md reports.
_crf = dict(num_steps=5, near_weight=3, far_weight=4)

labelling = dict(
    proposer=dict(
        type='ProposerPool',
        proposers=[
            # what moves faster than the camera, whatever its direction
            dict(
                type='MaskCut',
                features=dict(
                    type='HandMadeFeatures',
                    colour_weight=0.0,
                    texture_weight=0.0,
                    motion_weight=2.0,
                    position_weight=1.0,
                ),
                num_masks=6,
                min_area=0.003,
                crf=_crf,
                crf_size=240,
                is_kept_unrefined=True,
                has_all_parts=True,
            ),
            # slow movers, told apart by direction
            dict(
                type='MaskCut',
                features=dict(
                    type='HandMadeFeatures',
                    colour_weight=0.0,
                    texture_weight=0.0,
                    motion_weight=0.0,
                    direction_weight=3.0,
                    position_weight=2.0,
                    neighbours=[-3, 3],
                ),
                num_masks=6,
                min_area=0.003,
                crf=_crf,
                crf_size=240,
                is_kept_unrefined=True,
                has_all_parts=True,
            ),
        ],
    ),
)
