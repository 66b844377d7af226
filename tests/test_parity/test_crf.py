"""The CRF against pydensecrf, on recorded images."""

import numpy as np
import pytest
from scipy import ndimage

from mmselfshot.labelling.dense_crf import DenseCRF
from mmselfshot.labelling.maskcut_rules import mask_iou


def test_masks_are_those_of_pydensecrf(parity_dir):
    paths = sorted((parity_dir / 'uvis').glob('crf_*.npz'))
    assert paths, 'no recorded case of the CRF'
    for path in paths:
        with np.load(path, allow_pickle=False) as arrays:
            case = dict(arrays)
        mask = case['mask_in'].astype(bool)
        refined = DenseCRF().refine(case['image'], mask[None])[0]
        filled = ndimage.binary_fill_holes(refined)
        check(path.name, refined, case['crf'].astype(bool))
        check(path.name, filled, case['filled'].astype(bool))
        agreement = mask_iou(mask, filled)
        assert agreement == pytest.approx(
            case['iou_before_after'].item(), abs=0.01
        )
        assert (agreement >= 0.5) == case['kept'], path.name


def check(name, found, wanted):
    if wanted.any():
        assert mask_iou(found, wanted) >= 0.99, name
    else:
        assert not found.any(), name
