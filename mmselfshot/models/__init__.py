"""mmselfshot.models"""
