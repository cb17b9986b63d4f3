"""What an image says that it is made of."""

from __future__ import annotations

from importlib.metadata import version

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from hera.operations.bill_of_materials import bill


def test_it_is_cyclonedx_and_names_what_is_installed_with_its_version():
    import json

    made = bill()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
    purls = {part["purl"] for part in made["components"]}
    assert f"pkg:pypi/django@{version('django')}" in purls
    assert made == bill()


def test_debian_s_packages_are_in_it(monkeypatch, tmp_path):
    (tmp_path / "dpkg-query").write_text(
        "#!/bin/sh\nprintf 'installed age 1.1.1-1+b3 amd64\\nconfig-files old 1 all\\n'\n"
    )
    (tmp_path / "pg_dump").write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 18.4'\n")
    for program in tmp_path.iterdir():
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    purls = {part["purl"] for part in bill()["components"]}
    assert {"pkg:deb/debian/age@1.1.1-1+b3?arch=amd64", "pkg:generic/postgresql@18.4"} <= purls
    assert not any("/old@" in purl for purl in purls)
