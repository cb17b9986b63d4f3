"""With `verify-full`, whoever answers in the database's place gets no password and no query."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from hera.config import REPOSITORY
from hera.devserver.processes import MANAGE, free_port
from tests import debian_postgres

pytestmark = pytest.mark.slow
RDS = REPOSITORY / "hera" / "certificates" / "rds.pem"


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL with a certificate for `localhost` that signs itself: its port, and the file of that authority."""
    debian_postgres.require()
    folder = Path(tempfile.mkdtemp(prefix="hera-tls-"))
    certificate, key = certify(folder)
    port = free_port()
    if os.getuid() == 0:
        for path in (folder, certificate, key):
            shutil.chown(path, "postgres")
    options = f"-c listen_addresses=localhost -p {port} -c ssl=on -c ssl_cert_file={certificate} -c ssl_key_file={key}"
    with debian_postgres.server(options):
        yield port, certificate
    shutil.rmtree(folder)


def certify(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "server.crt", folder / "server.key"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    private.chmod(0o600)
    return certificate, private


def prepare(port: int, host: str, authorities: Path) -> tuple[int, str]:
    """The set-up task, as AWS starts it: what it exits with, and what it says."""
    database = {"host": host, "port": port, "dbname": "hera", "username": "hera", "password": "p"}
    settings = {
        "HERA_DB_SECRET": json.dumps(database),
        "HERA_DB_ADMIN_SECRET": json.dumps({"username": "postgres", "password": "p"}),
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": str(authorities),
    }
    done = subprocess.run(
        [*MANAGE, "prepare_database"], env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_the_server_that_an_authority_of_ours_vouches_for_is_believed(server):
    port, authority = server
    code, said = prepare(port, "localhost", authority)
    assert code == 0, said
    assert "database hera" in said


@pytest.mark.parametrize(
    ("host", "believes", "says"),
    [("localhost", RDS, "certificate verify failed"), ("127.0.0.1", None, "does not match host name")],
)
def test_another_server_is_refused_before_anything_is_said_to_it(server, host, believes, says):
    port, authority = server
    code, said = prepare(port, host, believes or authority)
    assert code != 0
    assert says in said
