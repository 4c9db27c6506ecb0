"""The story that goes with a ticket: what is known is gathered, told in lines, previewed, sent and kept for good."""
