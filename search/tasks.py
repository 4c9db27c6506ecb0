from celery import shared_task


@shared_task
def index_article(article_id: int) -> None:
    """Bring the index up to date with one article."""
