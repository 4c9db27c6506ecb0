from rest_framework.routers import SimpleRouter

from kb.api.articles import ArticleViewSet
from kb.api.revisions import RevisionViewSet
from kb.api.upkeep import FlagViewSet, TrailViewSet

router = SimpleRouter()
router.register("articles", ArticleViewSet, basename="article")
router.register("revisions", RevisionViewSet, basename="revision")
router.register("flags", FlagViewSet, basename="flag")
router.register("trail", TrailViewSet, basename="trail")
urlpatterns = router.urls
