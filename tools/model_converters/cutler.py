"""Convert the official CutLER checkpoint, see --help."""

from mmselfshot.models.cutler.converter import main
from mmselfshot.utils import run_tool

if __name__ == '__main__':
    run_tool(main)
