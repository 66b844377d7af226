"""Convert an official Mask2Former or MinVIS checkpoint, see --help."""

from mmselfshot.models.minvis.converter import main
from mmselfshot.utils import run_tool

if __name__ == '__main__':
    run_tool(main)
