"""Take the backbone out of a COCO detector, see --help."""

from mmselfshot.models.selfshot.converter import main
from mmselfshot.utils import run_tool

if __name__ == '__main__':
    run_tool(main)
