"""Mail that comes in: what is in it, whether a person wrote it, and which ticket it answers. No Django in here."""
