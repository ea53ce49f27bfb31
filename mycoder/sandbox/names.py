"""Names that commands may not change, and places they may not read."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


HIDDEN_AT_HOME = _words("""
    .ssh .gnupg .aws .azure .oci .kube .docker .netrc .authinfo .authinfo.gpg .pgpass .my.cnf .mylogin.cnf
    .npmrc .yarnrc.yml .pypirc .git-credentials .vault-token .password-store .s3cfg .boto .databrickscfg
    .snowsql .terraform.d .terraformrc .cargo/credentials .cargo/credentials.toml .gem/credentials
    .bundle/config .composer/auth.json .nuget .m2/settings.xml .m2/settings-security.xml
    .gradle/gradle.properties .ivy2/.credentials .config/gcloud .config/gh .config/glab-cli .config/hub
    .config/git/credentials .config/op .config/doctl .config/heroku .config/rclone .config/containers
    .config/sops .config/age .config/pypoetry .config/github-copilot .config/openai .config/anthropic
    .config/google-chrome .config/chromium .config/BraveSoftware .config/vivaldi .config/microsoft-edge
    .config/opera .config/Signal .config/1Password .config/Bitwarden .config/keybase .local/share/keyrings
    .local/share/kwalletd .local/share/pass .mozilla .thunderbird .electrum .bitcoin .ethereum
    .cache/huggingface/token .huggingface/token .claude .claude.json .codex .gemini .aider.conf.yml
    .bash_history .zsh_history .python_history .node_repl_history .psql_history .mysql_history
    .sqlite_history .lesshst .viminfo .local/share/fish/fish_history Library/Keychains Library/Cookies
    Library/Safari Library/Messages Library/Mail
""")
"""Credential stores, browsers, histories: hidden wherever they exist. Relative to the home directory."""

HIDDEN_FROM_ROOT = ("/etc/shadow", "/etc/ssh", "/var/lib/docker")
"""What only root can read; hidden when mycoder runs as root."""

MASKED = (".mycoder", ".mcp.json", ".vscode", ".claude", ".cursor", ".codex")
"""In a repository: configuration that makes somebody's program run something. Read-only, also when absent."""

READ_ONLY = (".idea", ".devcontainer")
"""The same kind, read-only when it is there."""

GIT_FILES = ("config", "config.worktree", "hooks", "commondir", "gitdir", "modules")
"""Inside a git directory: what decides which programs git starts. All else (index, objects, refs) is
writable."""

GIT_FORBIDDEN = ("commondir", "gitdir", "config.worktree")
"""Inside a git directory: files that make git read its configuration elsewhere. Nothing can be mounted where
they are absent, because git stops at an empty one; they are taken away when a command has made one."""

SHELL_FILES = _words("""
    .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin
    .zlogout .kshrc .cshrc .tcshrc .inputrc .gitconfig .config/git .config/fish .config/autostart
    .config/systemd .config/environment.d .xprofile .xinitrc .xsessionrc .pam_environment .vimrc
    .config/nvim .emacs .emacs.d .tmux.conf .ripgreprc .local/bin bin .local/share/applications
    Library/LaunchAgents
""")
"""At home: what a login, a shell or an editor runs. Matters where the home directory is, or links into, the
repository; everywhere else the home directory is read-only as a whole."""

SHELL_MASKED = (
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".zprofile",
    ".gitconfig",
)
"""Of those, the ones that are masked also when they are absent."""
