#!/usr/bin/env bash
# Train with several processes: one per GPU, or on the CPU without a GPU.
#
#   tools/dist_train.sh CONFIG NUMBER [options of tools/train.py]
#   tools/dist_train.sh configs/minvis/minvis_r50_ytvis21.py 8 --amp
#
# Several machines: set NNODES, NODE_RANK and MASTER_ADDR on each.
set -euo pipefail
if [ $# -lt 2 ] || [ "$1" = --help ] || [ "$1" = -h ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit $(($# < 1 ? 2 : 0))
fi
config=$1 number=$2
shift 2
here=$(dirname "$0") python=${PYTHON:-python}
if [ -z "${PYTHON:-}${VIRTUAL_ENV:-}${CONDA_PREFIX:-}" ] &&
    [ -x "$here/../.venv/bin/python" ]; then
    python=$here/../.venv/bin/python # made by `make setup`
fi
exec "$python" -m mmselfshot.utils.torchrun \
    --nnodes "${NNODES:-1}" --node-rank "${NODE_RANK:-0}" \
    --master-addr "${MASTER_ADDR:-127.0.0.1}" \
    --master-port "${PORT:-29500}" --nproc-per-node "$number" \
    "$here/train.py" "$config" --launcher pytorch "$@"
