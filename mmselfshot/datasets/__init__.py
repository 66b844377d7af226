"""mmselfshot.datasets"""
