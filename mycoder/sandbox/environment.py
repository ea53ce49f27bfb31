"""The environment of commands: an allow-list, because a list of secrets to leave out is never complete."""

import re
from collections.abc import Iterable, Mapping

from mycoder.protocol.redact import Redactor


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = frozenset(
    _words("""
    HOME USER LOGNAME PATH SHELL LANG LANGUAGE TZ HOSTNAME VIRTUAL_ENV VIRTUAL_ENV_PROMPT CONDA_PREFIX
    CONDA_DEFAULT_ENV CONDA_EXE PYENV_ROOT PYENV_VERSION PYTHONPATH PYTHONHOME PYTHONHASHSEED PYTHONUTF8
    PYTHONIOENCODING PYTHONWARNINGS PYTHONDONTWRITEBYTECODE PYTHONUNBUFFERED PYTHONPYCACHEPREFIX
    PYTHONNOUSERSITE PYTHONUSERBASE PYTHONOPTIMIZE PYTHONSAFEPATH PIP_DISABLE_PIP_VERSION_CHECK UV_PYTHON
    UV_PROJECT_ENVIRONMENT POETRY_VIRTUALENVS_PATH NODE_PATH NODE_ENV NODE_OPTIONS NODE_EXTRA_CA_CERTS
    NVM_DIR NVM_BIN FNM_DIR VOLTA_HOME COREPACK_HOME PNPM_HOME GOPATH GOROOT GOBIN GOMODCACHE GOFLAGS
    GOTOOLCHAIN GOARCH GOOS CGO_ENABLED CARGO_HOME CARGO_TARGET_DIR RUSTUP_HOME RUSTUP_TOOLCHAIN RUSTFLAGS
    RUST_BACKTRACE RUST_LOG JAVA_HOME JDK_HOME JAVA_TOOL_OPTIONS MAVEN_HOME MAVEN_OPTS M2_HOME GRADLE_HOME
    GRADLE_OPTS ANDROID_HOME GEM_HOME GEM_PATH RBENV_ROOT RBENV_VERSION BUNDLE_PATH BUNDLE_GEMFILE RUBYLIB
    RUBYOPT PERL5LIB DOTNET_ROOT ASDF_DIR ASDF_DATA_DIR MISE_DATA_DIR SDKMAN_DIR CC CXX CPP AR LD CFLAGS
    CXXFLAGS CPPFLAGS LDFLAGS LIBRARY_PATH CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LD_LIBRARY_PATH
    DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH MAKEFLAGS
    OMP_NUM_THREADS MKL_NUM_THREADS CUDA_HOME CUDA_PATH CUDA_VISIBLE_DEVICES NIX_PATH NIX_PROFILES
    NIX_SSL_CERT_FILE NIX_LD NIX_LD_LIBRARY_PATH LOCALE_ARCHIVE SSL_CERT_FILE SSL_CERT_DIR
    REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
    XDG_STATE_HOME XDG_DATA_DIRS XDG_CONFIG_DIRS SOURCE_DATE_EPOCH
""")
)
"""What builds and tests need to find their tools. `LC_*` comes on top, as it is: none is invented, nor is
CI."""

PROXIES = (
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)

_SECRET_NAME = re.compile("KEY|TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|AUTH|COOKIE|SIGNATURE", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@"  # user:password@ in an address, however short
    r"|(?:password|passwd|secret|token|api_?key)=[^\s]"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:sk-|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abprs]-|AKIA|AIza|hf_|nvapi-|npm_|pypi-)[A-Za-z0-9_-]{12,}",
    re.IGNORECASE,
)
"""Wider than what the redactor takes for a secret: leaving a variable out costs a command little."""

FIXED = {"TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "MANPAGER": "cat", "GIT_TERMINAL_PROMPT": "0"}
"""No colours, no pager and no prompt: nobody is there to press a key."""


def environment(
    outside: Mapping[str, str], also: Iterable[str] = (), *, network: bool = False
) -> dict[str, str]:
    """What a command sees of the variables `outside`; `also` are names that a person allows on top.

    A variable whose name or value looks like a secret is left out, even when it is listed.
    """
    names = NAMES.union(also)
    if network:
        names = names.union(PROXIES)
    kept = {
        name: value
        for name, value in outside.items()
        if (name in names or name.startswith("LC_")) and not is_secret(name, value)
    }
    return kept | FIXED


def is_secret(name: str, value: str) -> bool:
    return bool(_SECRET_NAME.search(name) or _SECRET_VALUE.search(value) or Redactor().found(value))
