#!/usr/bin/env bash
# Test under Slurm, one process per GPU.
#
#   tools/slurm_test.sh PARTITION JOB_NAME CONFIG CHECKPOINT [options of tools/test.py]
#   GPUS=8 GPUS_PER_NODE=8 tools/slurm_test.sh gpu minvis CONFIG last.pth
#
# GPUS, GPUS_PER_NODE, CPUS_PER_TASK and SRUN_ARGS change what is asked for.
set -euo pipefail
if [ $# -lt 4 ] || [ "$1" = --help ] || [ "$1" = -h ]; then
    sed -n '2,7s/^# \{0,1\}//p' "$0"
    exit $(($# < 1 ? 2 : 0))
fi
partition=$1 job=$2
shift 2
gpus=${GPUS:-8} per_node=${GPUS_PER_NODE:-8}
# shellcheck disable=SC2086  (SRUN_ARGS holds several arguments)
exec srun --partition "$partition" --job-name "$job" \
    --gres "gpu:$per_node" --ntasks "$gpus" --ntasks-per-node "$per_node" \
    --cpus-per-task "${CPUS_PER_TASK:-5}" --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} "${PYTHON:-python}" -u \
    "$(dirname "$0")/test.py" --launcher slurm "$@"
