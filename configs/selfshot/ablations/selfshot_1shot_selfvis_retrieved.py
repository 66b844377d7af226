# Tab. 3, supports that the ranking finds in the pool; trained and validated
# with oracle ones, as the config that it inherits from. Make the file with
#   python tools/index_pool.py configs/selfshot/retriever_rank_yt8m.py \
#       RETRIEVER data/yt8m_segments/pool.csv --out INDEX/pool
#   python tools/index_pool.py configs/selfshot/retriever_rank_yt8m.py \
#       RETRIEVER data/ytvis_2019/train/JPEGImages --out INDEX/queries
#   python tools/dataset_tools/make_support_files.py retrieved \
#       data/ytvis_2019/pairs_self-vis.json --index INDEX \
#       --out data/ytvis_2019/pairs_self-vis_retrieved.json
_base_ = ['../selfshot_1shot_selfvis.py']

test_dataloader = dict(
    dataset=dict(
        pairs='pairs_self-vis_retrieved.json',
        pool='../yt8m_segments/pool.csv',
    )
)
