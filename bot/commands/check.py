"""``check``: what is wrong with the flows."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.conversation.checker import Report

SCHEME_FILE = "scheme.yaml"


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(exists=True, path_type=Path))
@click.option("--templates", is_flag=True, help="Print the WhatsApp templates as they are submitted to Meta.")
def command(paths: tuple[Path, ...], templates: bool) -> None:
    """Find what is wrong with the flows, and say where: file, line, and a sentence.

    PATH is a folder of flows, a scheme's folder, or one file; FLOWS_DIR if left out. A file that lies
    elsewhere is checked among the flows of FLOWS_DIR. The exit status is 1 when there is an error; advice
    changes nothing. At the end stands what each flow costs.

    \b
    python -m bot check
    python -m bot check flows/tyneside
    python -m bot check flows/weekly_check_in.yaml
    python -m bot check --templates flows/tyneside
    """
    if templates:
        click.echo("\n\n\n".join(to_submit(path) for path in paths or (flows_dir(),)))
        return
    reports = [report(path) for path in paths or (flows_dir(),)]
    for each in reports:
        click.echo(each.text())
    if any(each.errors for each in reports):
        raise SystemExit(1)


def flows_dir() -> Path:
    """The folder of the flows."""
    from bot.settings import Settings

    return Settings.from_env().flows_dir


def to_submit(path: Path) -> str:
    """What the schemes of a folder, or one of them, submit for WhatsApp. Refused while there are errors."""
    from bot.conversation.submission import submissions
    from bot.library import FlowsRefused, Library

    path = path.resolve()
    one = path.name if (path / SCHEME_FILE).exists() else None
    library = Library.load(path.parent if one else path)
    try:
        library.require_sound()
    except FlowsRefused as error:
        raise click.ClickException(f"put these right first:\n{error}") from error
    keys = [one] if one else sorted(library.schemes)
    return "\n\n\n".join(submissions(library.flows(key), library.scheme(key)) for key in keys)


def report(path: Path) -> "Report":
    """The report on a folder, a scheme's folder, or one file among its neighbours."""
    from bot.library import check_folder

    path = path.resolve()
    if path.is_dir() and (path / SCHEME_FILE).exists():
        return check_folder(path.parent, path.name)
    if path.is_dir():
        return check_folder(path)
    if (path.parent / SCHEME_FILE).exists():
        scheme = path.parent.name
        return _about(check_folder(path.parent.parent, scheme), f"{scheme}/{path.name}")
    if any(path.parent.glob(f"*/{SCHEME_FILE}")):
        return _about(check_folder(path.parent), path.name)
    return _among_ours(path)


def _about(whole: "Report", file: str) -> "Report":
    """What a report says of one file."""
    from bot.conversation.checker import Report

    key = file.rpartition("/")[2].removesuffix(".yaml")
    faults = (fault for fault in whole.faults if fault.file == file)
    return Report(tuple(faults), tuple(cost for cost in whole.costs if cost.flow == key))


def _among_ours(path: Path) -> "Report":
    """A file from elsewhere, as if it lay in the folder of the flows."""
    from bot.conversation.checker import Report, check, costs
    from bot.library import Library, read_folder

    texts, faults = read_folder(flows_dir())
    library = Library.of({**texts, path.name: path.read_text("utf-8")}, faults)
    found = {fault for key, scheme in library.schemes.items() for fault in check(library.flows(key), scheme)}
    table = (cost for key, scheme in library.schemes.items() for cost in costs(library.flows(key), scheme))
    whole = Report(tuple(sorted(found | set(library.faults))), tuple(dict.fromkeys(table)))
    return _about(whole, path.name)
