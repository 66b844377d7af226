"""mmselfshot.visualization"""
