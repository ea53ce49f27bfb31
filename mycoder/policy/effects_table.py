"""Programs by what they do beyond the project: data for `mycoder.policy.effects`."""

from mycoder.policy.tables import names

NETWORK = names("""
    curl wget aria2c http https xh httpie ssh scp sftp rsync-ssl mosh telnet ftp lftp nc ncat netcat socat ping ping6
    traceroute tracepath mtr nslookup dig host whois drill kdig w3m lynx links elinks ssh-copy-id ssh-keyscan nmap
    smbclient mail mailx sendmail mutt swaks rclone s3cmd croc magic-wormhole wormhole ngrok cloudflared yt-dlp
""")
"""Talk to other machines whatever their arguments are."""

NAME_LOOKUP = names("ping ping6 nslookup dig host drill kdig whois")
"""Send the words that they get out as a name, which needs no connection."""

OUTSIDE = names("""
    aws gcloud gsutil bq az doctl heroku flyctl fly vercel netlify railway firebase wrangler kubectl helm oc eksctl
    terraform tofu terragrunt pulumi ansible ansible-playbook cdk sam serverless gh glab hub twine docker podman nerdctl
    buildah skopeo ctr crictl vault op consul nomad stripe psql-remote mongosh-remote
""")
"""Change what other people see or what costs money."""

SYSTEM = names("""
    systemctl service launchctl crontab at batch mount umount swapon swapoff insmod modprobe rmmod iptables nft ufw
    sysctl useradd userdel usermod groupadd passwd chpasswd visudo update-alternatives loginctl hostnamectl timedatectl
    apt apt-get aptitude dpkg yum dnf rpm zypper pacman apk brew port snap flatpak nix-env emerge
""")
"""Change the machine and not the project."""

MACHINE_LOST = names("""
    mkfs mke2fs mkswap fdisk sfdisk cfdisk gdisk sgdisk parted wipefs blkdiscard cryptsetup shutdown reboot halt
    poweroff init telinit
""")
"""End the machine or what is on its disks. Names that begin with ``mkfs.`` belong here too."""

INSTALLERS: dict[str, frozenset[str]] = {
    "pip": names("install download"),
    "pip3": names("install download"),
    "pipx": names("install run upgrade inject"),
    "uv": names("add publish tool pip sync"),
    "poetry": names("add publish install update"),
    "pdm": names("add publish install update"),
    "hatch": names("publish"),
    "flit": names("publish"),
    "conda": names("install create update"),
    "mamba": names("install create update"),
    "npm": names(
        "install i ci add publish update up exec x init create unpublish deprecate dist-tag access owner"
    ),
    "pnpm": names("install i add publish update up dlx create"),
    "yarn": names("install add publish upgrade up dlx create npm"),
    "bun": names("install i add publish update x create"),
    "npx": names(""),
    "cargo": names("publish install add yank owner login"),
    "gem": names("install push yank update"),
    "bundle": names("install update add"),
    "go": names("get install"),
    "composer": names("install require update global"),
    "mvn": names("deploy release:perform"),
    "gradle": names("publish"),
    "dotnet": names("add publish nuget restore"),
    "deno": names("install publish deploy"),
    "helm": names("install upgrade uninstall"),
}
"""Subcommands that fetch, which runs what somebody wrote, or that publish."""

CODE: dict[str, tuple[str, ...]] = {
    "python": ("-c",),
    "pypy": ("-c",),
    "ipython": ("-c",),
    "perl": ("-e", "-E"),
    "ruby": ("-e",),
    "node": ("-e", "--eval", "-p", "--print"),
    "deno": ("eval",),
    "bun": ("-e", "--eval", "-p"),
    "php": ("-r",),
    "lua": ("-e",),
    "luajit": ("-e",),
    "Rscript": ("-e",),
    "R": ("-e",),
    "julia": ("-e", "--eval"),
    "osascript": ("-e",),
    "pwsh": ("-c", "-Command"),
    "elixir": ("-e",),
    "groovy": ("-e",),
    "scala": ("-e",),
    "ghc": ("-e",),
    "sqlite3": (),
    "tclsh": (),
    "expect": ("-c",),
    "gdb": ("-ex", "-batch-silent"),
}
"""Interpreters and the options after which code stands. Versions are taken off the name: python3.12 is python."""

SHELLS = names("sh bash zsh dash ksh mksh ash fish yash csh tcsh")

CARRIERS = names("""
    vim vi nvim ex ed emacs less more man make gmake ninja just tmux screen script entr inotifywait watchexec nodemon
    fswatch git-shell ssh logrotate systemd-run parallel watch su
""")
"""Take commands to run in their arguments, in ways of their own."""

CARRIERS_BY_OPTION = names("tar bsdtar gtar zip sort rg fd fdfind rsync split pv cmake tree git")
"""The same, but only in options."""

CARRIERS_BY_SCRIPT = names("awk gawk mawk nawk sed gsed")
"""The same, but only where the script has a word that runs something."""
