"""Helpers that every part uses: errors of the user, files, compatibility."""

from mmselfshot.utils.errors import UserError, run_tool
from mmselfshot.utils.files import read_json, write_atomically, write_json

__all__ = [
    'UserError',
    'read_json',
    'run_tool',
    'write_atomically',
    'write_json',
]
