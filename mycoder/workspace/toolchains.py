"""What a project is made with, read off the names in its folder and small files: nothing is run."""

import os
import re
import sys
from collections.abc import Collection, Mapping

_MANIFESTS: tuple[tuple[str, str], ...] = (
    (
        "Python",
        "pyproject.toml setup.py setup.cfg requirements.txt Pipfile uv.lock poetry.lock pdm.lock"
        " environment.yml tox.ini noxfile.py pytest.ini manage.py conftest.py",
    ),
    (
        "Node",
        "package.json package-lock.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.json tsconfig.json",
    ),
    ("Rust", "Cargo.toml"),
    ("Go", "go.mod go.work"),
    ("Java", "pom.xml build.gradle build.gradle.kts settings.gradle settings.gradle.kts"),
    ("C/C++", "CMakeLists.txt meson.build configure.ac BUILD.bazel WORKSPACE MODULE.bazel"),
    ("Ruby", "Gemfile"),
    ("PHP", "composer.json"),
    ("Elixir", "mix.exs"),
    ("Swift", "Package.swift"),
    ("Dart", "pubspec.yaml"),
    ("Haskell", "stack.yaml cabal.project"),
    ("Zig", "build.zig"),
    ("Make", "Makefile makefile GNUmakefile justfile Taskfile.yml"),
    ("Containers", "Dockerfile docker-compose.yml compose.yaml compose.yml"),
)

_ENVIRONMENTS = (".venv", "venv", "env", ".env")


def toolchains(names: Collection[str]) -> tuple[str, ...]:
    """One line a toolchain, ``Node: package.json, yarn.lock``, by the manifests among the names in a
    folder."""
    found = []
    for tool, manifests in _MANIFESTS:
        present = [name for name in manifests.split() if name in names]
        if present:
            found.append(f"{tool}: {', '.join(present)}")
    solutions = sorted(name for name in names if name.endswith((".sln", ".csproj")) and name.isprintable())
    return (*found, f".NET: {', '.join(solutions[:3])}") if solutions else tuple(found)


def python_of(root: str, names: Collection[str], env: Mapping[str, str]) -> str:
    """The Python to use for the project in one line: its virtual environment, else one that is active, else
    the `python3` on the PATH; and the version the project asks for. Empty when there is none of these."""
    wanted = _wanted(root, names)
    words = _environment(root, names, env) or _on_path(env)
    return "; ".join(filter(None, (words, f"the project wants {wanted}" if wanted else "")))


def _environment(root: str, names: Collection[str], env: Mapping[str, str]) -> str:
    for name in _ENVIRONMENTS:
        if name in names and (version := _version_of(os.path.join(root, name))):
            return f"{name}/bin/python ({version})"
    active = env.get("VIRTUAL_ENV") or env.get("CONDA_PREFIX") or ""
    # Our own environment may be active because of us; it says nothing of the project.
    if active and active.isprintable() and os.path.realpath(active) != os.path.realpath(sys.prefix):
        version = _version_of(active)
        return f"{active}/bin/python ({version})" if version else f"{active}/bin/python"
    return ""


def _version_of(environment: str) -> str:
    """The version in pyvenv.cfg; ``version`` is written by venv, ``version_info`` by virtualenv and uv."""
    text = _head(os.path.join(environment, "pyvenv.cfg"))
    found = re.search(r"(?m)^version(?:_info)?\s*=\s*(\d+(?:\.\d+)*)", text)
    return found[1] if found else ""


def _on_path(env: Mapping[str, str]) -> str:
    for folder in env.get("PATH", "").split(os.pathsep):
        if not os.path.isabs(folder):
            continue
        for name in ("python3", "python"):
            program = os.path.join(folder, name)
            if os.access(program, os.X_OK):
                version = re.search(r"python(\d\.\d+)$", os.path.realpath(program))
                return f"{name} ({version[1]})" if version else name
    return ""


def _wanted(root: str, names: Collection[str]) -> str:
    if "pyproject.toml" in names:
        text = _head(os.path.join(root, "pyproject.toml"))
        found = re.search(r"(?m)^\s*(?:requires-python|python)\s*=\s*[\"']([^\"'\n]{1,40})[\"']", text)
        if found:
            return found[1]
    if ".python-version" in names:
        words = _head(os.path.join(root, ".python-version")).split()
        return words[0][:40] if words and words[0].isprintable() else ""
    return ""


def _head(path: str) -> str:
    """The first 32 kB of a small text file; empty when it cannot be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 1 << 15).decode("utf-8", "replace")
    except OSError:
        return ""
    finally:
        os.close(descriptor)
