"""Fuse the pseudo labels of two rounds of self-training, see --help."""

from mmselfshot.labelling.fuse_labels import main
from mmselfshot.utils import run_tool

if __name__ == '__main__':
    run_tool(main)
