"""mmselfshot.retrieval"""
