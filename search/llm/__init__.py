"""Answers worded by a language model, of which nothing is shown that does not stand in an article. Pure.

docs/decisions/007-language-model.md says what is sent, what is checked, and what that lets through.
"""
