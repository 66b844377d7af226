"""List a folder of pictures, to be labelled, see --help."""

from mmselfshot.utils import run_tool


def main() -> int | None:
    from mmselfshot.labelling.image_list import main as run

    return run()


if __name__ == '__main__':
    run_tool(main)
