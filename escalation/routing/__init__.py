"""Where a ticket goes: by what leads have ruled, then by where the tickets most like it went. Pure."""
