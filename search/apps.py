from django.apps import AppConfig


class SearchConfig(AppConfig):
    name = "search"
    verbose_name = "Search and answers"

    def ready(self) -> None:
        from search import receivers

        receivers.connect()
