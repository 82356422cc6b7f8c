"""``rag doctor``."""

from __future__ import annotations

import click
from rich.console import Console
from rich.text import Text

from rag.cli.options import FAILED, collection_option, print_json, settings_options
from rag.settings import Settings

_STYLES = {"ok": "green", "warning": "yellow", "failed": "red"}


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="print one JSON object")
@settings_options("index", "llm", "embedder", "models", "corpus")
@collection_option()
def doctor(as_json: bool, settings: Settings) -> int:
    """Check machine, build, models and index, and say what to do. Exit code 1: something failed."""
    from rag.doctor import Verdict, examine

    findings = list(examine(settings))
    if as_json:
        print_json(
            {
                "findings": [
                    {
                        "check": item.check,
                        "verdict": item.verdict.value,
                        "detail": item.detail,
                        "advice": item.advice,
                    }
                    for item in findings
                ]
            }
        )
    else:
        console = Console(highlight=False, soft_wrap=True)
        for item in findings:
            line = Text(f"{item.verdict.value:8}", style=_STYLES[item.verdict.value])
            line.append(f"{item.check:26}{item.detail}", style="default")
            console.print(line)
            if item.advice:
                console.print(Text(f"{'':8}{'':26}→ {item.advice}", style="bold"))
    return FAILED if any(item.verdict is Verdict.FAILED for item in findings) else 0
