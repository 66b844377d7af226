"""mmselfshot.labelling"""
