"""What is promised to whoever asks, and until when: pure, and counted in the hours when the desk is open."""
