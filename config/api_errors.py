"""How the API tells what Django itself refuses."""

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from drf_standardized_errors.handler import ExceptionHandler
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError


class TooLarge(APIException):
    """More than the site reads of one request."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "This request is too large."
    default_code = "too_large"


class SiteExceptionHandler(ExceptionHandler):
    """Knows Django's refusals as well, which would else be told as failures of the site."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, RequestDataTooBig | TooManyFieldsSent):
            return TooLarge()
        if isinstance(exc, SuspiciousOperation):
            return ParseError()
        return super().convert_known_exceptions(exc)
