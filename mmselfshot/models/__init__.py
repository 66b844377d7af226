"""Networks: parts shared by role, and one room per system."""

from mmselfshot.models import backbones, matchers, minvis, uvis

__all__ = ['backbones', 'matchers', 'minvis', 'uvis']
