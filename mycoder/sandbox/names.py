"""Names that commands may not change, and places they may not read."""


def _words(text: str) -> tuple[str, ...]:
    """Words of a list; `\\` before a space makes it part of a word."""
    return tuple(word.replace("\0", " ") for word in text.replace("\\ ", "\0").split())


HIDDEN_AT_HOME = _words(r"""
    .ssh .gnupg .putty .pki .age .config/sops .config/age .local/share/gnupg .config/Yubico
    .password-store .vault-token .local/share/keyrings .local/share/kwalletd .local/share/pass .config/op
    .config/1Password .config/Bitwarden .config/Bitwarden\ CLI .config/keybase .config/keepassxc
    .aws .azure .oci .kube .docker .boto .s3cfg .config/gcloud .config/doctl .config/heroku .config/hcloud
    .config/scw .config/linode-cli .config/rclone .rclone.conf .mc .config/helm .fly .config/flyctl
    .netlify .config/netlify .vercel .local/share/com.vercel.cli .config/com.vercel.cli .wrangler
    .config/.wrangler .config/stripe .config/ngrok .ngrok2 .pulumi .terraform.d .terraformrc .snowsql
    .databrickscfg .dbt .kaggle .config/kaggle .config/wandb .config/containers .config/cachix
    .local/share/docker .lima .colima .rd .orbstack .local/share/libvirt .config/libvirt
    .netrc .authinfo .authinfo.gpg .pgpass .my.cnf .mylogin.cnf .git-credentials .config/git/credentials
    .config/gh .config/glab-cli .config/hub .npmrc .yarnrc .yarnrc.yml .bunfig.toml .pypirc .config/pypoetry
    .config/pypirc .cargo/credentials .cargo/credentials.toml .gem/credentials .local/share/gem/credentials
    .bundle/config .composer/auth.json .config/composer/auth.json .nuget .config/NuGet
    .m2/settings.xml .m2/settings-security.xml .gradle/gradle.properties .ivy2/.credentials .sbt/.credentials
    .hex/hex.config .cache/huggingface/token .cache/huggingface/stored_tokens .huggingface/token
    .config/github-copilot .config/openai .config/anthropic .config/Code .config/Cursor .config/VSCodium
    .claude .claude.json .codex .gemini .qwen .aider.conf.yml .cursor .continue .config/goose
    .local/share/goose .config/opencode .local/share/opencode .config/crush .local/share/crush .kimi .vibe
    .mozilla .thunderbird .librewolf .waterfox .config/google-chrome .config/google-chrome-beta
    .config/chromium .config/BraveSoftware .config/vivaldi .config/microsoft-edge .config/opera
    .config/qutebrowser .local/share/qutebrowser .var/app snap .cache/mozilla .cache/thunderbird
    .cache/google-chrome .cache/chromium .cache/BraveSoftware .cache/microsoft-edge .cache/gnome-keyring
    .config/evolution .local/share/evolution .config/goa-1.0 .msmtprc .muttrc .mutt .config/neomutt
    .fetchmailrc .mbsyncrc .offlineimaprc .config/Signal .config/Slack .config/discord
    .local/share/TelegramDesktop .config/hexchat .weechat .irssi .config/weechat
    .electrum .bitcoin .ethereum .config/filezilla .config/remmina .local/share/remmina
    .Xauthority .ICEauthority .local/share/jupyter/runtime
    .bash_history .zsh_history .python_history .node_repl_history .psql_history .mysql_history
    .sqlite_history .rediscli_history .irb_history .lesshst .viminfo .local/share/fish/fish_history
    .local/share/atuin Library/Keychains Library/Cookies Library/Safari Library/Messages Library/Mail
    Library/Containers Library/Application\ Support/Google Library/Application\ Support/Firefox
    Library/Application\ Support/BraveSoftware
""")
"""Credential stores, browsers, histories: hidden wherever they exist. Relative to the home directory."""

HIDDEN_FROM_ROOT = _words("""
    /etc/shadow /etc/gshadow /etc/ssh /etc/ssl/private /etc/sudoers /etc/sudoers.d /etc/krb5.keytab
    /etc/NetworkManager/system-connections /etc/wireguard /etc/kubernetes /etc/rancher
    /var/lib/docker /var/lib/containerd /var/lib/kubelet /var/lib/rancher /var/lib/lxd /var/lib/incus
    /var/snap/lxd /var/lib/libvirt /var/lib/cloud /var/lib/sss
""")
"""What only root can read or talk to; hidden when mycoder runs as root."""

MASKED = (".mycoder", ".mcp.json", ".vscode", ".claude", ".cursor", ".codex")
"""In a repository: configuration that makes somebody's program run something. Read-only, also when absent."""

READ_ONLY = _words("""
    .idea .devcontainer .devcontainer.json .zed .fleet .agents .gemini .qwen .windsurf .continue .kiro .roo
    .kilocode .junie .amazonq .opencode opencode.json .crush.json crush.json .aider.conf.yml
""")
"""The same kind, of programs that are fewer or ask more: read-only when it is there; one that a command makes
is taken away when the command ends, so that no empty folders of these names appear."""

GIT_FILES = _words("config config.worktree hooks commondir gitdir modules remotes branches info/attributes")
"""Inside a git directory: what decides which programs git starts. All else (index, objects, refs) is
writable."""

GIT_FORBIDDEN = ("commondir", "gitdir", "config.worktree", "remotes", "info/attributes")
"""Inside a git directory: files that make git read its configuration elsewhere, name other servers, or give
files to filters that the person has set up. Nothing can be mounted where
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
