"""Convert an official DINO checkpoint, see --help."""

from mmselfshot.models.dino.converter import main
from mmselfshot.utils import run_tool

if __name__ == '__main__':
    run_tool(main)
