"""What the people who asked say afterwards, in two questions, once."""

from django.db import models

from escalation.models.tickets import Ticket


class Survey(models.Model):
    """Sent after a resolution; whoever has the token answers it, once."""

    class Satisfaction(models.IntegerChoices):
        VERY_BAD = 1, "Very dissatisfied"
        BAD = 2, "Dissatisfied"
        NEUTRAL = 3, "Neither"
        GOOD = 4, "Satisfied"
        VERY_GOOD = 5, "Very satisfied"

    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="survey")
    token = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    satisfaction = models.PositiveSmallIntegerField(choices=Satisfaction, null=True, blank=True)
    repeated = models.BooleanField(null=True, blank=True, help_text="Whether they had to repeat themselves.")
    comment = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Survey of {self.ticket.number}"
