"""Pages of tickets: for whoever asks, and for the desk."""
