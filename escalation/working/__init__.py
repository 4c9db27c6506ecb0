"""What an agent is helped with, as pure modules: gaps in replies, names in notes, the first draft of an article."""
