"""The authorities of Amazon RDS that the image carries."""

from __future__ import annotations

import datetime as dt
import re
import ssl

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from hera.config import REPOSITORY

FILE = REPOSITORY / "hera" / "certificates" / "rds.pem"
AUTHORITIES = [
    x509.load_pem_x509_certificate(found.encode())
    for found in re.findall(r"-----BEGIN.*?END CERTIFICATE-----", FILE.read_text(), re.DOTALL)
]
LEFT = dt.timedelta(days=365)  # a release has to come, and to be rolled, before one runs out


def name_of(authority: x509.Certificate) -> str:
    return str(authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def test_openssl_reads_them_all():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(FILE)
    assert context.cert_store_stats()["x509_ca"] == len(AUTHORITIES) == 81


@pytest.mark.parametrize("authority", AUTHORITIES, ids=name_of)
def test_it_is_an_authority_of_rds_that_signs_itself_and_is_good_for_another_year(authority):
    authority.verify_directly_issued_by(authority)
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    now = dt.datetime.now(dt.UTC)
    assert authority.not_valid_before_utc < now < authority.not_valid_after_utc - LEFT
    assert re.fullmatch(r"Amazon RDS [a-z0-9-]+ Root CA (RSA2048|RSA4096|ECC384) G1", name_of(authority))


def test_each_region_has_all_three_and_each_is_written_above_what_it_is():
    """The heading is what the stack reads to know which regions are here."""
    names = {name_of(authority) for authority in AUTHORITIES}
    assert set(re.findall(r"^# (Amazon RDS .*), until", FILE.read_text(), re.MULTILINE)) == names
    regions = {name.split()[2] for name in names}
    assert names == {f"Amazon RDS {region} Root CA {key} G1" for region in regions
                     for key in ("RSA2048", "RSA4096", "ECC384")}  # fmt: skip
    assert {"eu-west-1", "eu-central-1", "eu-south-1", "me-south-1", "me-central-1", "af-south-1"} <= regions
