"""Commands that only read, one row each: which options they may have and how many operands.

What is not in a row is not safe. Pagers, editors, interpreters, wrappers, and whatever can start a program or write
a file by an option that is not left out, have no row. Options that take a value must be in `values`, or the value
would be taken for an operand.
"""

import msgspec

from mycoder.policy.tables import names


class Safe(msgspec.Struct, frozen=True):
    """`letters` are short options without a value, `value_letters` those with one; `names` and `values` the same for
    long options. `numbers`: whether ``-20`` is an option. `most` is the most operands, None for any number.
    `check` names a further check in `mycoder.policy.safe`."""

    letters: str = ""
    value_letters: str = ""
    names: str = ""
    values: str = ""
    numbers: bool = False
    most: int | None = None
    check: str = ""


_GREP = Safe(
    "acEFGhHiILlnoPqRrsvwxyz",
    "ABCem",
    """--count --color --colour --extended-regexp --files-with-matches --files-without-match --fixed-strings
    --basic-regexp --ignore-case --invert-match --line-number --line-regexp --no-filename --no-messages
    --null-data --only-matching --quiet --recursive --silent --text --with-filename --word-regexp
    --no-ignore-case""",
    """--after-context --before-context --context --exclude --exclude-dir --include --max-count --regexp
    --binary-files""",
)
_SUMS = Safe("bt", "", "--binary --text --tag --zero")

COMMANDS: dict[str, Safe] = {
    ":": Safe(),
    "[": Safe(check="test"),
    "awk": Safe("", "F", check="awk"),
    "b2sum": _SUMS,
    "basename": Safe("az", "s", "--multiple --zero", "--suffix"),
    "cat": Safe(
        "AbEensTtuv", "", "--number --number-nonblank --show-all --show-ends --show-tabs --squeeze-blank"
    ),
    "cd": Safe("LP", "", most=1, check="cd"),
    "cksum": Safe(),
    "cmp": Safe("bls", "n", "--print-bytes --quiet --silent --verbose", "--bytes", most=2),
    "column": Safe("tx", "sco", "--table", "--separator --output-separator", check="stdin"),
    "comm": Safe("123", "", "--check-order --nocheck-order --total", most=2),
    "cut": Safe("nsz", "bcdf", "--only-delimited --complement", "--bytes --characters --delimiter --fields"),
    "date": Safe("uRI", "", "--utc --rfc-email --iso-8601", "", most=1, check="date"),
    "df": Safe("ahHiklPT", "", "--human-readable --inodes --print-type --total", most=None),
    "diff": Safe(
        "abBdeiNqrstuwyE",
        "UCWx",
        """--brief --recursive --unified --context --side-by-side --ignore-all-space --ignore-space-change
        --ignore-blank-lines --ignore-case --report-identical-files --new-file --minimal --color --text
        --suppress-common-lines --no-dereference""",
        "--exclude --width --label --ignore-matching-lines",
        most=2,
    ),
    "dirname": Safe("z", "", "--zero"),
    "du": Safe(
        "abchHklLmsSx0",
        "dt",
        "--all --summarize --human-readable --total --apparent-size",
        "--max-depth --exclude",
    ),
    "echo": Safe(check="echo"),
    "egrep": _GREP,
    "expand": Safe("i", "t", "--initial", "--tabs"),
    "expr": Safe(),
    "false": Safe(),
    "fgrep": _GREP,
    "file": Safe(
        "bhikLNnrs0", "F", "--brief --mime --mime-type --mime-encoding --dereference --no-dereference"
    ),
    "find": Safe(check="find"),
    "fmt": Safe("cstu", "w", "--split-only", "--width"),
    "fold": Safe("bs", "w", "--bytes --spaces", "--width"),
    "git": Safe(check="git"),
    "grep": _GREP,
    "groups": Safe(most=0),
    "head": Safe(
        "qvz", "cn", "--quiet --silent --verbose --zero-terminated", "--bytes --lines", numbers=True
    ),
    "hostname": Safe("fs", most=0),
    "id": Safe("agGnru", "", "--group --groups --name --real --user", most=1),
    "join": Safe("iz", "12aeojtv", "--ignore-case --header", most=2),
    "jq": Safe(
        "cCeMnrsSaj",
        "",
        "--compact-output --exit-status --join-output --null-input --raw-output --slurp --sort-keys --raw-input",
        check="jq",
    ),
    "ls": Safe(
        "1aAbBcCdfFgGhHiIklLmnNopqQrRsStuUvxXZ",
        "wT",
        """--all --almost-all --author --classify --color --directory --dereference --full-time
        --group-directories-first --human-readable --inode --no-group --numeric-uid-gid --quote-name
        --recursive --reverse --size --si --zero""",
        "--block-size --format --hide --ignore --sort --time --time-style --width",
    ),
    "md5sum": _SUMS,
    "nl": Safe(
        "p", "bdfhilnsvw", "", "--body-numbering --number-format --number-width --starting-line-number"
    ),
    "nproc": Safe("", "", "--all", "--ignore", most=0),
    "od": Safe(
        "abcdfhilosvxw", "AjNt", "--output-duplicates", "--address-radix --read-bytes --skip-bytes --format"
    ),
    "paste": Safe("sz", "d", "--serial --zero-terminated", "--delimiters"),
    "printf": Safe(check="printf"),
    "pwd": Safe("LP", most=0),
    "readlink": Safe(
        "efmnqsvz", "", "--canonicalize --canonicalize-existing --canonicalize-missing --no-newline"
    ),
    "realpath": Safe(
        "eLmPqsz", "", "--canonicalize-existing --canonicalize-missing --no-symlinks", "--relative-to"
    ),
    "rev": Safe(),
    "rg": Safe(
        "aciFhHIlLnNopPqsSuUvwx0",
        "ABCegjmMtTE",
        """--case-sensitive --column --count --count-matches --files --files-with-matches --files-without-match
        --fixed-strings --heading --hidden --ignore-case --invert-match --json --line-number --line-regexp
        --multiline --multiline-dotall --no-config --no-filename --no-heading --no-ignore --no-ignore-vcs
        --no-line-number --no-messages --null --only-matching --pcre2 --quiet --smart-case --stats --text --trim
        --type-list --vimgrep --with-filename --word-regexp --no-unicode --passthru""",
        """--after-context --before-context --color --context --encoding --glob --iglob --max-columns
        --max-count
        --max-depth --max-filesize --regexp --replace --sort --sortr --type --type-not --threads""",
    ),
    "sed": Safe(
        "nErsuz",
        "e",
        "--quiet --silent --regexp-extended --null-data --separate",
        "--expression",
        check="sed",
    ),
    "seq": Safe("w", "fs", "--equal-width", "--format --separator"),
    "sha1sum": _SUMS,
    "sha256sum": _SUMS,
    "sha512sum": _SUMS,
    "shasum": Safe("bt", "a", "", "--algorithm"),
    "sleep": Safe(most=1, check="sleep"),
    "sort": Safe(
        "bcCdfghiMnRrsuVz",
        "kt",
        """--ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort --human-numeric-sort
        --month-sort --numeric-sort --reverse --stable --unique --version-sort --zero-terminated --check""",
        "--key --field-separator --sort",
    ),
    "stat": Safe("Lft", "c", "--dereference --file-system --terse", "--format --printf"),
    "strings": Safe("afw", "nte", "--all --print-file-name", "--bytes --radix --encoding"),
    "tac": Safe("br", "s", "--before --regex", "--separator"),
    "tail": Safe(
        "qvz", "cn", "--quiet --silent --verbose --zero-terminated", "--bytes --lines", numbers=True
    ),
    "test": Safe(check="test"),
    "tr": Safe("cCdst", "", "--complement --delete --squeeze-repeats --truncate-set1", most=2),
    "tree": Safe(
        "aACdDfFghilNpqrsStuUvx",
        "LPI",
        "--dirsfirst --du --filesfirst --gitignore --ignore-case --inodes --noreport --prune --si",
        "--charset --filelimit --matchdirs --sort",
    ),
    "true": Safe(),
    "type": Safe("afpPt", check="names"),
    "uname": Safe("amnoprsv", "", "--all --machine --nodename --operating-system --kernel-release", most=0),
    "unexpand": Safe("a", "t", "--all --first-only", "--tabs"),
    "uniq": Safe(
        "cdDiuz", "fsw", "--count --repeated --unique --ignore-case", "--skip-fields --check-chars", most=1
    ),
    "wc": Safe("clLmw", "", "--bytes --chars --lines --max-line-length --words"),
    "which": Safe("a", "", "--all", check="names"),
    "whoami": Safe(most=0),
    "xxd": Safe("abeEip", "cglos", most=1),
}

GIT: dict[str, Safe] = {
    "annotate": Safe("lt", "L"),
    "blame": Safe(
        "bcefklnpstwCM", "LS", "--porcelain --line-porcelain --root --show-name --show-number", "--date"
    ),
    "branch": Safe(
        "ailqrv", "", "--all --list --remotes --show-current --verbose", "--sort --format", check="git-branch"
    ),
    "cat-file": Safe("epst", ""),
    "check-ignore": Safe("nqvz", "", "--no-index --non-matching --quiet --verbose"),
    "cherry": Safe("v"),
    "count-objects": Safe("Hv", "", "--human-readable --verbose"),
    "describe": Safe(
        "", "", "--all --always --dirty --long --tags", "--abbrev --candidates --exclude --match"
    ),
    "diff": Safe(check="git-diff"),
    "diff-files": Safe(check="git-diff"),
    "diff-index": Safe(check="git-diff"),
    "diff-tree": Safe(check="git-diff"),
    "for-each-ref": Safe("", "", "--merged --no-merged --contains", "--count --format --points-at --sort"),
    "grep": Safe(
        "aceEFGhHiIlLnoPqvwW",
        "ABCm",
        "--cached --count --files-with-matches --ignore-case --line-number --untracked --heading --break --column",
        "--after-context --before-context --context --max-count --max-depth",
        check="git-grep",
    ),
    "log": Safe(check="git-diff"),
    "ls-files": Safe(
        "cdikmostuvz",
        "x",
        "--cached --deleted --exclude-standard --ignored --modified --others --stage --unmerged --full-name",
        "--exclude",
    ),
    "ls-tree": Safe("dlrtz", "", "--full-name --full-tree --long --name-only --name-status --object-only"),
    "merge-base": Safe("a", "", "--all --fork-point --independent --is-ancestor --octopus"),
    "name-rev": Safe("", "", "--all --always --name-only --tags", "--exclude --refs"),
    "reflog": Safe("", "n", "--oneline --all", "--date", numbers=True, check="git-reflog"),
    "remote": Safe("v", "", "--verbose", check="git-remote"),
    "rev-list": Safe(check="git-diff"),
    "rev-parse": Safe(
        "q",
        "",
        """--abbrev-ref --absolute-git-dir --all --git-dir --is-inside-work-tree
        --short --show-toplevel --show-prefix --symbolic-full-name --verify --quiet --show-cdup
        --git-common-dir""",
    ),
    "shortlog": Safe(
        "censw", "", "--email --numbered --summary --no-merges", "--group --since --until --author"
    ),
    "show": Safe(check="git-diff"),
    "show-ref": Safe("dhqs", "", "--head --heads --tags --verify --quiet --hash --dereference"),
    "stash": Safe(check="git-stash"),
    "status": Safe(
        "bsvzu",
        "",
        """--ahead-behind --branch --ignored --long --porcelain --renames --short
        --show-stash --untracked-files --verbose --no-renames --null""",
    ),
    "tag": Safe("ln", "", "--list", "--sort --format --contains --points-at --merged", check="git-tag"),
    "version": Safe("", "", "--build-options", most=0),
    "whatchanged": Safe(check="git-diff"),
}
"""Subcommands of git that only read. Options before them are not safe, but for ``--no-pager``."""

GIT_DIFF = Safe(
    "abBcCilmMpqrRstuvwWz",
    "GLnSU",
    """--abbrev --abbrev-commit --all --ancestry-path --author-date-order --bisect --boundary --branches
    --cached --cc
    --check --cherry --cherry-mark --cherry-pick --color --color-moved --color-words --combined-all-paths
    --compact-summary --count --cumulative --date-order --decorate --dense --dirstat --exit-code
    --first-parent --follow
    --full-diff --full-history --full-index --function-context --graph --histogram --ignore-all-space
    --ignore-blank-lines --ignore-case --ignore-cr-at-eol --ignore-space-at-eol --ignore-space-change
    --ignore-submodules --invert-grep --irreversible-delete --ita-invisible-in-index --left-only --left-right
    --log-size --merge
    --merge-base --merges --minimal --name-only --name-status --no-color --no-decorate --no-ext-diff
    --no-merges --no-notes
    --no-patch --no-prefix --no-renames --no-textconv --no-walk --not --numstat --oneline --parents --patch
    --patch-with-stat --patience --quiet --raw --reflog --relative --relative-date --remotes --reverse
    --right-only
    --root --shortstat --show-notes --show-pulls --simplify-merges --sparse --staged --stat --summary --tags
    --text
    --topo-order --unified --walk-reflogs --word-diff --objects --find-renames --find-copies
    --find-copies-harder
    --regexp-ignore-case --extended-regexp --fixed-strings --perl-regexp --all-match --no-graph""",
    """--after --anchored --author --before --committer --date --diff-algorithm --diff-filter --encoding
    --exclude
    --format --glob --grep --inter-hunk-context --max-count --max-parents --min-parents --pretty --since
    --skip --src-prefix
    --dst-prefix --stat-width --until --word-diff-regex --ws-error-highlight --submodule""",
    numbers=True,
)
"""Options of ``git diff``, ``log`` and their kin. Left out on purpose: --output, --ext-diff, --textconv, --no-index,
-O."""

TEST_RUNNERS: dict[str, Safe] = {
    "pytest": Safe(
        "hlqsvVx",
        "kmnr",
        """--collect-only --co --durations --exitfirst --failed-first --ff --last-failed --lf --markers
        --new-first --nf
        --no-header --no-summary --quiet --setup-show --showlocals --strict-markers --sw --stepwise --verbose
        --version --fixtures --no-cov""",
        "--color --deselect --durations --ignore --ignore-glob --import-mode --maxfail --tb --timeout --verbosity",
    ),
    "unittest": Safe("bcfqv", "k", "--buffer --catch --failfast --locals --quiet --verbose"),
    "tox": Safe("qv", "e"),
    "cargo test": Safe(
        "qv", "p", "--all --lib --no-fail-fast --quiet --release --workspace --offline", "--package --test"
    ),
    "go test": Safe("", "", "-v -race -short -cover -json", "-run -count -timeout -bench"),
    "npm test": Safe(),
    "yarn test": Safe(),
    "pnpm test": Safe(),
}
"""Runs the project's own tests, which the mode `edit` does without a question. Options that load or write elsewhere
(-p, -c, -o, --rootdir, --basetemp, --junitxml) are left out."""

VERSIONS = names(
    """python python3 pip pip3 node npm npx yarn pnpm go rustc cargo java javac gcc g++ clang cmake make ruby gem perl
    php git bash tox pytest mypy ruff black uv poetry docker tsc deno bun rg jq"""
)
"""May be asked for their version, and for nothing else here."""
