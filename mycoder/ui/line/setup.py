"""Setting up a model in the line face: provider, key (tried at once), the same as the welcome screen."""

import asyncio

from mycoder.ui.door import Options, Provider
from mycoder.ui.line.printer import Printer
from mycoder.ui.line.reader import Reader
from mycoder.ui.visible import visible_line


async def set_up_model(options: Options, reader: Reader, printer: Printer) -> str:
    """The model that answered; empty when the person left it. Every step says how to leave."""
    if not options.providers:
        printer.say("No provider can be set up here.", "warning", "/model PROVIDER/NAME names a model.")
        return ""
    provider = await _provider(options, reader, printer)
    while provider is not None:
        key = "" if provider.is_local else await _key(provider, reader)
        if not key and not provider.is_local:
            return ""
        printer.say("Trying it ...")
        tried = await options.test_key(provider.id, key)
        if not tried.problem:
            await _keep(options, printer, provider, key)
            return tried.model or provider.model
        printer.say(f"It does not work: {visible_line(tried.problem)}", "error")
        if provider.is_local:
            return ""
    return ""


async def _provider(options: Options, reader: Reader, printer: Printer) -> Provider | None:
    for number, each in enumerate(options.providers, 1):
        about = "no key needed" if each.is_local else each.key_page
        printer.console.print(f"{number:>3}  {visible_line(each.label)}  {about}")
    line = await reader.read(lambda: "number, or Enter to leave: ")
    text = line.strip()
    if text.isascii() and text.isdigit() and 0 < int(text[:4]) <= len(options.providers):
        return options.providers[int(text[:4]) - 1]
    if text:
        printer.say(f"There is no number {visible_line(text)}.", "warning", "/setup asks again.")
    return None


async def _key(provider: Provider, reader: Reader) -> str:
    return (await reader.read_secret(f"key for {provider.label} (not shown; Enter leaves): ")).strip()


async def _keep(options: Options, printer: Printer, provider: Provider, key: str) -> None:
    if not key or options.save_key is None:
        return
    try:
        where = await asyncio.to_thread(options.save_key, provider.id, key)
    except (OSError, ValueError) as error:
        printer.say(f"The key works, but could not be stored: {error}", "warning")
    else:
        printer.say(f"The key works and is stored in {where}.")
