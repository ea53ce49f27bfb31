"""Homes of build tools that insist on writing to theirs: private ones, kept per repository, that read on from
the person's own.

What npm, pip, uv and go keep lies in the cache folder, which is private anyway (see `mounts`)."""

import os
from contextlib import suppress
from os.path import isdir, islink, lexists

GRADLE, MAVEN, GO = "gradle-home", "maven-repository", "go-modules"
"""Names in the private cache folder."""


def variables(home: str, cache: str) -> dict[str, str]:
    """`cache` is where commands see the private cache folder.

    Gradle reads dependencies on from GRADLE_RO_DEP_CACHE (its manual, "shared read-only cache"). Maven knows
    both MAVEN_ARGS and the tail of a local repository from 3.9 on; an older one takes neither and cannot
    install. Go is content with modules that it cannot write to, so it gets a folder only where there is none.
    """
    found = {"GRADLE_USER_HOME": f"{cache}/{GRADLE}"}
    if isdir(f"{home}/.gradle/caches/modules-2"):
        found["GRADLE_RO_DEP_CACHE"] = f"{home}/.gradle/caches"
    tail = f"{home}/.m2/repository"
    words = [f"-Dmaven.repo.local={cache}/{MAVEN}"]
    if isdir(tail):
        words += [f"-Dmaven.repo.local.tail={tail}", "-Dmaven.repo.local.tail.ignoreAvailability=true"]
    if not any(character.isspace() for character in f"{cache}{home}"):
        found["MAVEN_ARGS"] = " ".join(words)
    if not isdir(f"{home}/go/pkg/mod/cache"):
        found["GOMODCACHE"] = f"{cache}/{GO}"
    return found


def link_wrappers(home: str, own: str) -> None:
    """Shows the private gradle home the distributions that gradlew has unpacked. It locks each by a file
    beside it, so the folders are made anew and only what is in them is linked."""
    real = f"{home}/.gradle/wrapper/dists"
    for name in _names(real):
        for version in _names(f"{real}/{name}"):
            folder = f"{own}/{GRADLE}/wrapper/dists/{name}/{version}"
            with suppress(OSError):
                os.makedirs(folder, mode=0o700, exist_ok=True)
                _link(f"{real}/{name}/{version}", folder)


def _link(real: str, folder: str) -> None:
    for entry in _names(real):
        place = f"{folder}/{entry}"
        if not entry.endswith((".lck", ".part")) and not lexists(place) and not islink(folder):
            os.symlink(f"{real}/{entry}", place)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
