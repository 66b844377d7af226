#!/usr/bin/env bash
# Make the virtual environment with the exact tested set of packages.
#
#   tools/setup.sh            (make setup, make demo and make test call it)
#
# It may be interrupted, and run again at no cost: what is there is kept, and
# a stamp in the environment, written last, says that all is there.
#
# VENV=DIR           where the environment lies          (.venv)
# PYTHON=PATH        which Python makes it               (python3.11, python3)
# MMCV_WHEELS=DIR    where to look first for a compiled mmcv
# MMSELFSHOT_CACHE=DIR  where a compiled mmcv is kept    (~/.cache/mmselfshot)
# MM=onedl           the maintained continuation of the mm packages
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=${VENV:-.venv}
MM=${MM:-reference}
CACHE=${MMSELFSHOT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mmselfshot}
LOCK=requirements/lock.txt
MMCV=mmcv==2.1.0
ONEDL=(onedl-mmengine==0.10.12 onedl-mmdetection==3.5.1)
[ "$MM" = onedl ] && MMCV=onedl-mmcv==2.3.6
PY=$VENV/bin/python
STAMP=$VENV/.mmselfshot-setup
export UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-300} PIP_DISABLE_PIP_VERSION_CHECK=1

say() { echo "set-up: $*"; }
fail() { echo "error: $*" >&2; exit 2; }

find_python() {
    local name
    for name in ${PYTHON:-python3.11 python3}; do
        if "$name" -c 'import sys
sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    fail "found no ${PYTHON:-python3.11, nor a python3} of 3.10 to 3.13;" \
        "expected Python 3.11; install it (Debian: apt install python3.11" \
        "python3.11-venv python3.11-dev) or name one with PYTHON=PATH"
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

wanted_stamp() {
    cat "$LOCK" requirements/lock.in tools/setup.sh pyproject.toml |
        cksum | tr ' ' -
    echo "$MM $PWD"
}

is_whole_venv() {
    [ -f "$VENV/pyvenv.cfg" ] && "$PY" -m pip --version >/dev/null 2>&1
}

make_venv() {
    is_whole_venv && return
    local python
    python=$(find_python)
    if [ -e "$VENV" ]; then
        if [ ! -f "$VENV/pyvenv.cfg" ] &&
            [ -n "$(find "$VENV" -type f | head -n 1)" ]; then
            fail "$VENV is no virtual environment, and not empty; remove it" \
                "or choose another place with VENV=DIR"
        fi
        say "repairing the half-made $VENV"
    fi
    [ "$(version_of "$python")" = 3.11 ] ||
        say "Python $(version_of "$python") is expected to work, 3.11 is tested"
    "$python" -m venv --clear "$VENV" >"$LOG" 2>&1 || {
        cat "$LOG" >&2
        fail "$python cannot make a virtual environment; install its venv" \
            "module (Debian: apt install python3-venv)"
    }
}

find_uv() {
    if ! command -v uv >/dev/null && [ ! -x "$VENV/bin/uv" ]; then
        say 'installing uv with pip'
        "$PY" -m pip install -q uv || fail 'pip cannot install uv;' \
            'check the network, or install uv yourself'
    fi
    UV=$(command -v uv || echo "$VENV/bin/uv")
}

install() { "$UV" pip install -q --python "$PY" "$@"; }

install_set() {
    local list=$LOCK
    [ "$(version_of "$PY")" = 3.11 ] || list=requirements/lock.in
    say "installing the packages of $list (about 1 minute the first time)"
    if [ "$MM" = onedl ]; then
        grep -v -E '^mm(engine|det)' "$list" |
            sed "s|^-r |-r $PWD/requirements/|" >"$WORK/onedl.txt"
        list=$WORK/onedl.txt
    fi
    install -r "$list" ||
        fail "cannot install $list; check the network and the disk space"
}

has_mmcv() {
    "$PY" - "$MMCV" <<'END' >/dev/null 2>&1
import sys
from importlib.metadata import version
name, _, wanted = sys.argv[1].partition('==')
assert version(name) == wanted
import mmcv.ops
END
}

has_gpu() {
    command -v nvcc >/dev/null && command -v nvidia-smi >/dev/null &&
        nvidia-smi -L 2>/dev/null | grep -q GPU
}

install_wheel_of() {
    local wheel name=${MMCV%%==*} tag
    tag=cp$(version_of "$PY" | tr -d .)
    for wheel in "$1/${name//-/_}-${MMCV##*==}-$tag-"*.whl; do
        [ -f "$wheel" ] || continue
        install --no-deps --reinstall "$wheel" && has_mmcv && {
            say "installed $wheel"
            return
        }
        say "$wheel does not fit this Python and torch"
    done
    return 1
}

compile_mmcv() {
    local kept=$1 include
    command -v c++ >/dev/null || command -v g++ >/dev/null ||
        fail 'found no C++ compiler to compile mmcv with; install one' \
            '(Debian: apt install g++)'
    include=$("$PY" -c 'import sysconfig as s; print(s.get_path("include"))')
    [ -f "$include/Python.h" ] ||
        fail "found no $include/Python.h to compile mmcv with; install the" \
            "headers of Python (Debian: apt install python3-dev)"
    if has_gpu; then
        export FORCE_CUDA=1
        include=$("$PY" -c 'import sysconfig as s; print(s.get_path("purelib"))')
        CPATH=$(echo "$include"/nvidia/*/include | tr ' ' :)${CPATH:+:$CPATH}
        export CPATH
    fi
    say "compiling $MMCV${FORCE_CUDA:+ with CUDA}, once: 9 to 14 minutes on" \
        "two cores; the output goes to $LOG"
    MMCV_WITH_OPS=1 MAX_JOBS=${MAX_JOBS:-$(nproc 2>/dev/null || echo 2)} \
        "$PY" -m pip wheel "$MMCV" --no-deps --no-build-isolation \
        --no-binary :all: -w "$WORK/wheel" >"$LOG" 2>&1 || {
        tail -n 15 "$LOG" >&2
        fail "compiling $MMCV failed; the whole output is in $LOG"
    }
    mkdir -p "$kept"
    mv "$WORK"/wheel/*.whl "$kept"
    install_wheel_of "$kept" || fail "the mmcv compiled in $kept does not" \
        "import; remove that folder and run again"
}

install_mmcv() {
    has_mmcv && return
    local kind=cpu kept
    has_gpu && kind=cuda
    kept=$CACHE/wheels/torch$("$PY" -c 'import importlib.metadata as m
print(m.version("torch"))')-$kind
    if [ -n "${MMCV_WHEELS:-}" ]; then
        [ -d "$MMCV_WHEELS" ] || fail "MMCV_WHEELS=$MMCV_WHEELS: there is" \
            "no such folder; correct it, or unset it to compile mmcv"
        install_wheel_of "$MMCV_WHEELS" && return
    fi
    install_wheel_of "$kept" || compile_mmcv "$kept"
}

mkdir -p .setup
exec 9>.setup/lock
command -v flock >/dev/null && flock 9 # one set-up at a time

if [ -f "$STAMP" ] && [ "$(cat "$STAMP")" = "$(wanted_stamp)" ] &&
    "$PY" -c '' 2>/dev/null; then
    exit 0
fi
rm -rf .setup/work.* # of a run that was killed
WORK=$(mktemp -d .setup/work.XXXXXX)
trap 'rm -rf "$WORK"' EXIT
trap 'echo "set-up: interrupted; run it again to go on" >&2; exit 130' INT TERM
LOG=$PWD/.setup/build.log
START=$SECONDS

make_venv
find_uv
install_set
install_mmcv
[ "$MM" = onedl ] && install "${ONEDL[@]}"
say 'installing mmselfshot in place'
install --no-deps --no-build-isolation -e . || fail 'cannot install mmselfshot'
wanted_stamp >"$STAMP.part"
mv "$STAMP.part" "$STAMP"
say "ready in $((SECONDS - START)) s"
