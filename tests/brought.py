"""Bringing a table in the panel as a browser does: choosing it, and confirming what its preview says."""

from __future__ import annotations

import re

from django.core.files.uploadedfile import SimpleUploadedFile


def csv_of(rows, separator=";"):
    """A file as Turkish Excel saves it."""
    return ("\ufeff" + "\r\n".join(separator.join(row) for row in rows) + "\r\n").encode()


def bring(client, page, content, name="table.csv"):
    """The page after a table was chosen."""
    return client.post(f"{page}import/", {"format": "0", "import_file": SimpleUploadedFile(name, content)}).text


def confirmed(client, page, content, name="table.csv"):
    """The page after it was confirmed."""
    shown = bring(client, page, content, name)
    hidden = dict(re.findall(r'name="(import_file_name|original_file_name)" value="([^"]*)"', shown))
    assert hidden, shown
    return client.post(f"{page}process_import/", {**hidden, "format": "0", "resource": ""}, follow=True).text
