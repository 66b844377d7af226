"""mmselfshot.apis"""
