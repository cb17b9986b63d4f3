from django.contrib.auth.models import User


class CustomUser(User):
    class Meta:
        proxy = True
        verbose_name = "person"
        verbose_name_plural = "people"
