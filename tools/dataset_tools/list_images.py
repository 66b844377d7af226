"""List a folder of pictures, to be labelled, see --help."""

from mmselfshot.labelling.image_list import main
from mmselfshot.utils import run_tool

if __name__ == '__main__':
    run_tool(main)
