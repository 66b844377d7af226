# Tab. 3, five supports that the ranking finds in the pool; the file is that of
# selfshot_1shot_selfvis_retrieved.py, with --k 5 or more.
_base_ = ['../selfshot_5shot_selfvis.py']

test_dataloader = dict(
    dataset=dict(
        pairs='pairs_self-vis_retrieved.json',
        pool='../yt8m_segments/pool.csv',
    )
)
