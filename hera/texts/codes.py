"""The code by which a kind of notification or survey is known to the jobs and to shipped apps."""

from django.core.validators import RegexValidator

# Of answers and of variables.
NAME_VALIDATOR = RegexValidator(r"^[a-z0-9._]+$", "Use the characters a-z, 0-9, dot and underscore only.")
CODE_VALIDATOR = RegexValidator(r"^[a-z0-9._]{10,50}$", "Use 10 to 50 of the characters a-z, 0-9, dot and underscore.")
