"""Indexes of a tiny world: the retrieval table's, and our own."""

import pytest
from fewshot_worlds import TINY

from mmselfshot.apis.retrieval_table import RetrievalRun
from mmselfshot.apis.selfshot_indexes import SeedIndexes
from mmselfshot.retrieval import FlatIndex
from mmselfshot.utils import UserError, write_json

ENCODER = 'frozen_mean_colour_toyvis'


@pytest.fixture(scope='module')
def indexes(tmp_path_factory, repo):
    root = tmp_path_factory.mktemp('indexes')
    run = RetrievalRun(repo, root / 'retrieval', 3, world=TINY, say=[].append)
    return SeedIndexes(run, root / 'own', say=[].append)


def test_what_is_missing_is_made_once(indexes):
    pool = indexes(ENCODER, 'pool')
    assert pool == indexes.run.steps.out / f'index/{ENCODER}/pool'
    assert FlatIndex(pool).count() == TINY['num_pool']
    multi = indexes(ENCODER, 'multi')
    assert multi == indexes.folder / ENCODER / 'multi'
    assert FlatIndex(multi).count() == TINY['num_multi']
    assert FlatIndex(multi).encoder == FlatIndex(pool).encoder
    before = (pool / 'vectors.float32').stat().st_mtime_ns
    assert indexes(ENCODER, 'multi') == multi
    assert indexes(ENCODER, 'queries').is_dir()
    assert (pool / 'vectors.float32').stat().st_mtime_ns == before


def test_results_without_a_checkpoint_are_no_whole_run(indexes):
    path = indexes.run.steps.out / 'results/retriever_rank_toyvis.json'
    write_json(path, {})
    with pytest.raises(UserError, match=r'no checkpoint in .*a whole run'):
        indexes('retriever_rank_toyvis', 'multi')
