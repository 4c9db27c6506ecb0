from django.urls import path

from escalation import desk, views

app_name = "escalation"
urlpatterns = [
    path("", views.handoff, name="handoff"),
    path("tickets/", views.my_tickets, name="my_tickets"),
    path("tickets/<int:pk>/", views.ticket, name="ticket"),
    path("tickets/<int:pk>/sent/", views.receipt, name="receipt"),
    path("tickets/<int:pk>/reply/", views.reply, name="reply"),
    path("tickets/<int:pk>/reopen/", views.reopen, name="reopen"),
    path("tickets/<int:pk>/close/", views.close, name="close"),
    path("desk/", desk.queue, name="queue"),
    path("desk/<int:pk>/", desk.ticket, name="desk_ticket"),
    path("desk/<int:pk>/reply/", desk.reply, name="desk_reply"),
    path("desk/<int:pk>/note/", desk.note, name="desk_note"),
    path("desk/<int:pk>/assign/", desk.assign, name="desk_assign"),
    path("desk/<int:pk>/status/", desk.set_status, name="desk_status"),
    path("desk/<int:pk>/resolve/", desk.resolve, name="desk_resolve"),
]
