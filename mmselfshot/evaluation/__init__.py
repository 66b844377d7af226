"""mmselfshot.evaluation"""
