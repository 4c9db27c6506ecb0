"""What an incident is about, told by words."""
