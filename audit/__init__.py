"""The audit of leaks: every surface of the site, looked at by people who may read little, for traces of the rest."""
