"""Pages of the knowledge base: for readers, for those who write and review, and for those who keep it true."""
