from django.urls import path

from kb.views import (
    attachments,
    governing,
    history,
    moving,
    reading,
    reviewing,
    viewing_as,
    workbench,
    writing,
)

app_name = "kb"
urlpatterns = [
    path("", reading.index, name="index"),
    path("in/<slug:slug>/", reading.category, name="category"),
    path("attachments/<slug:key>", attachments.attachment, name="attachment"),
    path("notes/", reading.my_notes, name="my_notes"),
    path("view-as/", viewing_as.start, name="view_as"),
    path("view-as/stop/", viewing_as.stop, name="stop_viewing_as"),
    # For those who write
    path("write/new/", writing.new, name="new"),
    path("write/<int:pk>/", writing.edit, name="write"),
    path("write/<int:pk>/autosave/", writing.autosave, name="autosave"),
    path("write/<int:pk>/preview/", writing.preview, name="preview"),
    path("write/<int:pk>/checklist/", writing.checklist, name="checklist"),
    path("write/<int:pk>/merge/", writing.merge, name="merge"),
    path("write/<int:pk>/discard/", writing.discard, name="discard"),
    path("write/<int:pk>/pictures/", writing.upload, name="upload"),
    path("write/<int:pk>/links/", writing.find_links, name="find_links"),
    path("<int:pk>/edit/", writing.start, name="edit"),
    # For those who review
    path("reviews/", reviewing.review_queue, name="review_queue"),
    path("reviews/<int:pk>/", reviewing.revision, name="revision"),
    path("reviews/<int:pk>/submit/", reviewing.submit, name="submit"),
    path("reviews/<int:pk>/comments/", reviewing.comment, name="comment"),
    path("comments/<int:pk>/resolve/", reviewing.resolve_comment, name="resolve_comment"),
    path("reviews/<int:pk>/restore/", history.restore, name="restore"),
    path("<int:pk>/history/", history.history, name="history"),
    path("<int:pk>/compare/", history.compare, name="compare"),
    # For those who keep articles true
    path("workbench/", workbench.workbench, name="workbench"),
    path("workbench/bulk/", workbench.bulk, name="bulk"),
    path("workbench/trail/", governing.trail, name="trail"),
    path("workbench/export.zip", moving.export, name="export"),
    path("<int:pk>/settings/", governing.settings, name="settings"),
    path("<int:pk>/confirm/", governing.confirm, name="confirm"),
    path("<int:pk>/archive/", governing.archive, name="archive"),
    path("flags/<int:pk>/", governing.close_flag, name="close_flag"),
    # Reading; the address of an article last but one, because any word may be a title
    path("<int:pk>/vote/", reading.vote, name="vote"),
    path("<int:pk>/flag/", reading.flag, name="flag"),
    path("<int:pk>/<slug:slug>/", reading.article, name="article"),
    path("<path:rest>", moving.former_address, name="former_address"),
]
