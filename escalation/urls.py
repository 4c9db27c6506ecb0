from django.urls import path

from escalation.views import handoff, own, queue, ticket

app_name = "escalation"
urlpatterns = [
    path("", handoff.handoff, name="handoff"),
    path("tickets/", own.my_tickets, name="my_tickets"),
    path("tickets/<int:pk>/", own.ticket, name="ticket"),
    path("tickets/<int:pk>/sent/", own.receipt, name="receipt"),
    path("tickets/<int:pk>/reply/", own.reply, name="reply"),
    path("tickets/<int:pk>/reopen/", own.reopen, name="reopen"),
    path("tickets/<int:pk>/close/", own.close, name="close"),
    path("desk/", queue.queue, name="queue"),
    path("desk/<int:pk>/", ticket.ticket, name="desk_ticket"),
    path("desk/<int:pk>/reply/", ticket.reply, name="desk_reply"),
    path("desk/<int:pk>/note/", ticket.note, name="desk_note"),
    path("desk/<int:pk>/assign/", ticket.assign, name="desk_assign"),
    path("desk/<int:pk>/status/", ticket.set_status, name="desk_status"),
    path("desk/<int:pk>/resolve/", ticket.resolve, name="desk_resolve"),
]
