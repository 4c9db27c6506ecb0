"""Articles over the API: the same visibility as the pages."""

from django.db.models import QuerySet
from rest_framework import serializers, viewsets

from kb import queries
from kb.models import Article


class ArticleSummarySerializer(serializers.ModelSerializer[Article]):
    """An article in a list."""

    title = serializers.CharField(source="live_revision.title", read_only=True)
    summary = serializers.CharField(source="live_revision.summary", read_only=True)
    category = serializers.CharField(source="category.slug", read_only=True)
    audience = serializers.CharField(source="audience.slug", read_only=True)
    reviewed_at = serializers.DateTimeField(source="live_revision.reviewed_at", read_only=True)
    revision = serializers.IntegerField(source="live_revision.number", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Article
        fields = [
            "id", "external_id", "title", "summary", "kind", "category", "audience", "reviewed_at", "review_by",
            "revision", "url",
        ]  # fmt: skip


class ArticleSerializer(ArticleSummarySerializer):
    """An article with its text, as Markdown."""

    body = serializers.SerializerMethodField()

    class Meta(ArticleSummarySerializer.Meta):
        fields = [*ArticleSummarySerializer.Meta.fields, "body"]

    def get_body(self, article: Article) -> str:
        return queries.markdown_for(self.context["request"].user, article.words.body)


class ArticleViewSet(viewsets.ReadOnlyModelViewSet[Article]):
    """The articles that you may read. `?category=slug` narrows the list."""

    queryset = Article.objects.none()
    serializer_class = ArticleSerializer

    def get_queryset(self) -> QuerySet[Article]:
        found = queries.readable(self.request.user).order_by("pk")
        category = self.request.query_params.get("category")
        return found.filter(category__slug=category) if category else found

    def get_serializer_class(self) -> type[ArticleSummarySerializer]:
        return ArticleSummarySerializer if self.action == "list" else ArticleSerializer
