"""The knowledge base over the API: the same rules and the same visibility as the pages."""
