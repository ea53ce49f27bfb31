"""The certificates that a server is checked against."""

import importlib.util
import os
import ssl
from collections.abc import Mapping

from mycoder.models.failures import WireError

_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def client_context(env: Mapping[str, str]) -> ssl.SSLContext:
    """A verifying context: the authorities named by SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE or
    CURL_CA_BUNDLE alone where one is set, else those of the system, else those of certifi. Takes up to 50 ms
    where the system keeps them in one file, so it is made in a thread. Raises WireError when a variable names
    what cannot be read."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if keylog := env.get("SSLKEYLOGFILE"):
        context.keylog_filename = keylog
    if _load_named(context, env):
        return context
    # A hashed folder is read certificate by certificate when one is needed, so it costs nothing now; the file
    # beside it holds the same authorities and 20 to 40 ms of parsing.
    paths = ssl.get_default_verify_paths()
    if paths.capath and _is_hashed(paths.capath):
        context.load_verify_locations(capath=paths.capath)
        return context
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if not context.cert_store_stats()["x509_ca"] and (bundle := _certifi()):
        context.load_verify_locations(cafile=bundle)
    return context


def _load_named(context: ssl.SSLContext, env: Mapping[str, str]) -> bool:
    named = False
    for variable in (*_FILES, "SSL_CERT_DIR"):
        value = env.get(variable, "").strip()
        if not value:
            continue
        try:
            for place in value.split(os.pathsep) if variable == "SSL_CERT_DIR" else [value]:
                if os.path.isdir(place):
                    context.load_verify_locations(capath=place)
                else:
                    context.load_verify_locations(cafile=place)
        except (OSError, ssl.SSLError) as error:
            raise WireError(
                "connection",
                f"{variable} names {value!r}, which cannot be read as certificates: {error}",
                hint=f"Point {variable} at a PEM file with the certificate authorities, or unset it.",
            ) from error
        named = True
    return named


def _is_hashed(folder: str) -> bool:
    """OpenSSL looks up an authority by files named after a hash of its subject: ``0f6137f7.0``."""
    try:
        with os.scandir(folder) as entries:
            return any(len(e.name) == 10 and e.name.endswith(".0") for e in entries)
    except OSError:
        return False


def _certifi() -> str:
    spec = importlib.util.find_spec("certifi")
    if spec is None or spec.origin is None:
        return ""
    bundle = os.path.join(os.path.dirname(spec.origin), "cacert.pem")
    return bundle if os.path.exists(bundle) else ""
