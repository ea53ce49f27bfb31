"""A generated repository of 300 files with 20 bugs, each described as a user would: is the file among the first?

The files are 30 domains times 10 concerns, so every noun of a description stands in ten files and every concern in
thirty. Descriptions use other words than the code where people do, and name no file, function or class.
"""

import tempfile
import time
from pathlib import Path

import msgspec

from mycoder.workspace.retrieval import rank
from mycoder.workspace.retrieval_index import open_index

DOMAINS = [
    "invoice",
    "parcel",
    "member",
    "booking",
    "recipe",
    "sensor",
    "ticket",
    "course",
    "vehicle",
    "patient",
    "album",
    "library",
    "auction",
    "garden",
    "payroll",
    "tenant",
    "ferry",
    "museum",
    "orchard",
    "clinic",
    "playlist",
    "survey",
    "voucher",
    "warehouse",
    "runway",
    "festival",
    "harvest",
    "insurance",
    "laundry",
    "telescope",
]

CONCERNS: dict[str, tuple[str, str]] = {
    "rounding": (
        "round_amount",
        '    """Rounds an amount to cents, half away from zero."""\n    return int(amount * 100 + 0.5) / 100\n',
    ),
    "paging": (
        "page_of",
        '    """One page of the entries; the last page may be shorter."""\n'
        "    start = (number - 1) * size\n    return entries[start : start + size]\n",
    ),
    "expiry": (
        "is_expired",
        '    """Whether the deadline is over; the day itself still counts."""\n    return today > deadline\n',
    ),
    "search": (
        "find_by_title",
        '    """All whose title holds the query; upper and lower case do not matter."""\n'
        "    return [e for e in entries if query.lower() in e.title.lower()]\n",
    ),
    "exporting": (
        "to_csv",
        '    """Rows as CSV, fields with a comma in quotes."""\n'
        "    return '\\n'.join(','.join(quoted(f) for f in row) for row in rows)\n",
    ),
    "permissions": (
        "may_delete",
        '    """Only owners and administrators may delete."""\n    return user.is_admin or user == entry.owner\n',
    ),
    "retrying": (
        "send_again",
        '    """Tries a request again after a failure, with a growing pause, at most three attempts."""\n'
        "    for attempt in range(3):\n        pause(2**attempt)\n",
    ),
    "caching": (
        "cached",
        '    """The stored value, or a fresh one when it is stale."""\n'
        "    if now - stored_at > lifetime:\n        refresh(key)\n    return store[key]\n",
    ),
    "notifying": (
        "notify_subscribers",
        '    """Sends one mail to every subscriber, never two to the same address."""\n'
        "    for address in sorted(set(addresses)):\n        mail(address, message)\n",
    ),
    "parsing": (
        "parse_date",
        '    """A date written as day.month.year or as year-month-day."""\n'
        "    return by_dots(text) if '.' in text else by_dashes(text)\n",
    ),
}
_ARGUMENTS = {
    "rounding": "amount",
    "paging": "entries, number, size",
    "expiry": "deadline, today",
    "search": "entries, query",
    "exporting": "rows",
    "permissions": "user, entry",
    "retrying": "request",
    "caching": "key, now, stored_at, lifetime",
    "notifying": "addresses, message",
    "parsing": "text",
}

BUGS: tuple[tuple[str, str, str], ...] = (
    ("invoice", "rounding", "The total of an invoice with 2.675 is shown one cent too low: amounts are rounded badly."),
    ("parcel", "paging", "When I go through the list of parcels, the last page repeats entries of the page before."),
    ("member", "expiry", "A member whose deadline is today is treated as expired although the day is not over."),
    ("booking", "search", "Looking for a booking with a title in capital letters gives no hits, lower case works."),
    ("recipe", "exporting", "Opening the CSV of my recipes in a spreadsheet, a comma in a field breaks the columns."),
    ("sensor", "retrying", "A failed request to a sensor is attempted only once more, then it gives up at once."),
    ("ticket", "permissions", "Anybody can delete a ticket, even people who are neither its owner nor administrator."),
    ("course", "notifying", "Subscribers of a course get the same mail twice when they signed up two times."),
    ("vehicle", "caching", "After a change of a vehicle old values are shown for hours: stale ones are never renewed."),
    ("patient", "parsing", "The date of birth of a patient typed as 2001-05-04 is refused, with dots it is accepted."),
    ("album", "search", "Albums cannot be found by a part of their title any more."),
    ("library", "expiry", "Our library marks loans as overdue on the very day of the deadline."),
    ("auction", "rounding", "Bids in an auction lose half a cent: the amount is cut off where it should be rounded."),
    ("garden", "paging", "The second page of the garden overview begins with entry 12 where it should be 11."),
    ("payroll", "exporting", "The payroll export has no quotes around fields, so names with a comma are split in two."),
    ("tenant", "permissions", "An administrator is not allowed to delete entries of a tenant."),
    ("ferry", "retrying", "When the ferry service is down it is hammered: no growing pause between attempts."),
    ("museum", "notifying", "Some subscribers of the museum newsletter receive no mail at all."),
    ("orchard", "caching", "On the orchard screen every click is slow: the stored value is thrown away each time."),
    ("clinic", "parsing", "At the clinic 03.04.2025 becomes the fourth of March: day and month of a date are swapped."),
)  # fmt: skip

GOOD, COLD, WARM = 0.8, 10.0, 1.0
"""Recall at 5, and seconds of the index when all is read and when nothing has changed."""


class Figures(msgspec.Struct, frozen=True):
    files: int
    bugs: int
    recall_1: float
    recall_5: float
    cold: float
    warm: float
    ranks: dict[str, int]
    """Place of the right file, from 1; 0 when it was not among the first 20."""

    @property
    def is_good(self) -> bool:
        return self.recall_5 >= GOOD and self.cold <= COLD and self.warm <= WARM


def run(*, each: bool = False, as_json: bool = False) -> tuple[str, bool]:
    """What the command shows, and whether the figures are as they should be."""
    with tempfile.TemporaryDirectory(prefix="mycoder-") as folder:
        figures = measure(Path(folder))
    if as_json:
        return msgspec.json.encode(figures).decode(), figures.is_good
    lines = [f"{rank or '-':>3}  {name}" for name, rank in figures.ranks.items()] if each else []
    lines.append(
        f"{figures.bugs} bugs in {figures.files} files: recall@1 {figures.recall_1:.2f}, "
        f"recall@5 {figures.recall_5:.2f}; index cold {figures.cold:.2f} s, warm {figures.warm:.2f} s"
    )
    return "\n".join(lines), figures.is_good


def measure(folder: Path) -> Figures:
    root = folder / "shop"
    count = plant(root)
    started = time.perf_counter()
    index = open_index(root, folder / "index")
    cold = time.perf_counter() - started
    ranks: dict[str, int] = {}
    for domain, concern, text in BUGS:
        paths = [found.path for found in rank(text, index, most=20)]
        wanted = path_of(domain, concern)
        ranks[wanted] = paths.index(wanted) + 1 if wanted in paths else 0
    started = time.perf_counter()
    rank(BUGS[0][2], open_index(root, folder / "index"))
    warm = time.perf_counter() - started
    found = list(ranks.values())
    return Figures(
        files=count,
        bugs=len(BUGS),
        recall_1=sum(place == 1 for place in found) / len(found),
        recall_5=sum(0 < place <= 5 for place in found) / len(found),
        cold=round(cold, 3),
        warm=round(warm, 3),
        ranks=ranks,
    )


def path_of(domain: str, concern: str) -> str:
    return f"shop/{domain}/{concern}.py"


def plant(root: Path) -> int:
    """Writes the repository and returns how many files it has. What a bug changes in its file has no other words."""
    bugs = {(domain, concern) for domain, concern, _ in BUGS}
    count = 0
    for domain in DOMAINS:
        folder = root / "shop" / domain
        folder.mkdir(parents=True)
        for concern, (name, body) in CONCERNS.items():
            if (domain, concern) in bugs:
                body = _broken(body)
            head = f"from shop.{domain} import {_beside(concern)}\n\n\n"
            text = f"{head}def {name}({_ARGUMENTS[concern]}):\n{body}\n\nclass {domain.title()}{concern.title()}:\n"
            text += f"    def __init__(self, {domain}):\n        self.{domain} = {domain}\n"
            (folder / f"{concern}.py").write_text(text, encoding="utf-8")
            count += 1
    return count


def _broken(body: str) -> str:
    """The last line with another operator or number."""
    for old, new in (
        (" > ", " >= "),
        ("- 1", "- 0"),
        ("0.5", "0.4"),
        ("range(3)", "range(1)"),
        (" or ", " and "),
    ):
        if old in body.rpartition('"""')[2]:
            head, mark, code = body.rpartition('"""')
            return head + mark + code.replace(old, new, 1)
    head, mark, code = body.rpartition('"""')
    return head + mark + code.replace("(", "((", 1).replace(")", "))", 1)


def _beside(concern: str) -> str:
    names = list(CONCERNS)
    return names[(names.index(concern) + 1) % len(names)]
