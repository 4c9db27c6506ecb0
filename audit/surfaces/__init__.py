"""The ways to go over the site: each function gives the errands of one probe on some surfaces."""
