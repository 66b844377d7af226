"""mmselfshot.engine"""
