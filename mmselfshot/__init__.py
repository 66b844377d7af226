"""Video instance and object segmentation from almost no labels.

A plugin of MMEngine and MMDetection. Importing it is light: models, data
sets and the mm packages are imported where they are used.
"""

from mmselfshot.version import __version__

__all__ = ['__version__']
