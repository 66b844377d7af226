"""Local files that are never half-written."""

from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from mmselfshot.utils import write_atomically


class AtomicLocalBackend(LocalBackend):
    """mmengine's local files, except that writing goes by renaming.

    A process that is killed while it writes leaves the file that was there,
    whole.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes.

        Raises:
            UserError: If the disk is full or the place cannot be written.
        """
        with write_atomically(filepath) as beside:
            beside.write_bytes(obj)

    def put_text(
        self, obj: str, filepath: str | Path, encoding: str = 'utf-8'
    ) -> None:
        """Write text, as `put`."""
        self.put(obj.encode(encoding), filepath)


register_backend('atomic', AtomicLocalBackend, force=True)
