"""Makes users with Django, in a database that goes away, and prints what its dumpdata exports of them."""

import os
from datetime import datetime, timezone

import django
from django.conf import settings

HASHERS = [
    "PBKDF2PasswordHasher", "PBKDF2SHA1PasswordHasher", "Argon2PasswordHasher", "BCryptSHA256PasswordHasher",
    "BCryptPasswordHasher", "ScryptPasswordHasher",
]

settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    PASSWORD_HASHERS=[f"django.contrib.auth.hashers.{name}" for name in HASHERS], USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField")
django.setup()

from django.contrib.auth.models import Group, User  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402

call_command("migrate", verbosity=0)
joined = datetime(2019, 7, 31, 8, 15, 0, 250000, tzinfo=timezone.utc)
algorithms = ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt"]
for algorithm in algorithms:
    User.objects.create(
        username=algorithm, email=f"{algorithm}@example.test", first_name="Ann", last_name="Löwe", date_joined=joined,
        password=make_password(os.environ["PASSWORD"], hasher=algorithm))
usual = {"password": make_password(os.environ["PASSWORD"]), "date_joined": joined}
User.objects.create(
    username="unusable", email="unusable@example.test", password=make_password(None), date_joined=joined)
User.objects.create(username="inactive", email="inactive@example.test", is_active=False, **usual)
User.objects.create(username="root@example.test", is_superuser=True, is_staff=True, **usual)
User.objects.create(username="nobody", **usual)
Group.objects.create(name="staff")
call_command("dumpdata", "auth.user", "auth.group")
