"""Convert an official DINO checkpoint, see --help."""

from mmselfshot.utils import run_tool


def main() -> int | None:
    from mmselfshot.models.dino.converter import main as run

    return run()


if __name__ == '__main__':
    run_tool(main)
