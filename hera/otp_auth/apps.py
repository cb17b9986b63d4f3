from django.apps import AppConfig


class OtpAuthConfig(AppConfig):
    name = "hera.otp_auth"
    label = "otp_auth"
    verbose_name = "Sign-in by SMS code"
