"""Telling systems outside of tickets, and hearing from them: what is said, how it is signed, how it is sent."""
