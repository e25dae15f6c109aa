"""`python -m ops.bench`: start everything, measure, print the tables. `--help` tells the rest."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from ops.bench import attempts, flatness, freshness, others, overload, rest, storm
from ops.bench.cases import CASES, Case
from ops.bench.ids import plan
from ops.bench.report import Report, machine
from ops.bench.runner import EDUFLOW, LIMIT, Round, Runner
from ops.bench.site import Site, remove, running_site
from ops.bench.start import opened, say


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument(
        "--rounds", type=int, default=5, help="turns of every subject at every case"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one turn")
    parser.add_argument("--courses", type=int, default=20, help="courses of 200 learners")
    parser.add_argument("--cases", default="", help="only cases whose name contains this")
    parser.add_argument("--rates", default="50,200,500", help="commands a second, for freshness")
    parser.add_argument("--fresh-seconds", type=float, default=10.0, help="length at each rate")
    parser.add_argument("--storm-seconds", type=float, default=10.0, help="0: no login storm")
    parser.add_argument("--overload-seconds", type=float, default=10.0, help="0: no overload")
    parser.add_argument(
        "--flatness", action="store_true", help="only: does a read cost more in a large school?"
    )
    parser.add_argument("--rivals", type=Path, help="the Python of the rivals' environment")
    parser.add_argument("--only", default="", help="subjects, separated by commas")
    parser.add_argument("--json", type=Path, help="write the whole result here")
    parser.add_argument("--keep", action="store_true", help="keep the servers' folder and logs")
    return parser.parse_args()


async def measure(options: argparse.Namespace, folder: Path) -> Report:
    """The whole run."""
    school = plan(courses=options.courses)
    report = Report(machine=machine(), school=school, options=_told(options))
    async with running_site(folder) as site:
        report.versions = await asyncio.to_thread(versions, site)
        report.founding = await opened(site, school)
        say("measuring at rest")
        report.memory, report.idle = await rest.at_rest(site)
        async with others.running(options.rivals, site, school) as rivals:
            runner = Runner(site, school, rivals)
            await compare(runner, report, options)
        if options.storm_seconds:
            say("measuring beside a storm of logins")
            report.storm = await storm.measure(runner, seconds=options.storm_seconds)
        if options.overload_seconds:
            say("measuring under overload")
            report.overload = await overload.measure(runner, seconds=options.overload_seconds)
        rates = [int(rate) for rate in options.rates.split(",") if rate]
        report.freshness = await freshness.measure(runner, rates, seconds=options.fresh_seconds)
        report.memory_after, _ = await rest.at_rest(site)
    return report


async def compare(runner: Runner, report: Report, options: argparse.Namespace) -> None:
    """All subjects, in turn, at all cases, again and again."""
    cases: list[Case] = []
    known = list(CASES)
    if options.cases and options.cases in attempts.NAME:
        say("beginning attempts that are to be handed in")
        known.append(await attempts.case(runner.site, runner.school))
    for case in known:
        if options.cases in case.name and (case.usual or options.cases):
            if case.note:
                report.notes[case.name] = case.note
            if (why := await runner.missing(case)) is None:
                cases.append(case)
            else:
                say(f"SKIPPED: EduFlow does not answer {case.name}: {why}")
                report.skipped[case.name] = why
    wanted = set(options.only.split(",")) if options.only else set(runner.subjects())
    turns = [(c, s) for c in cases for s in runner.subjects() if s in wanted]
    for number in range(options.rounds + 1):
        for case, subject in turns:
            seconds = options.seconds if number else min(1.0, options.seconds)
            turn = await runner.round(case, subject, seconds=seconds)
            say(line(number, turn))
            if number:  # The first only warms up.
                report.rounds.append(turn)


def _told(options: argparse.Namespace) -> dict[str, Any]:
    """What was chosen, without what only this machine knows."""
    return {name: v for name, v in vars(options).items() if name not in ("rivals", "json", "keep")}


async def only_flatness(options: argparse.Namespace, folder: Path) -> None:
    """Instead of all the rest."""
    found = await flatness.measure(folder, rounds=options.rounds, seconds=options.seconds)
    print(found.table())
    if options.json:
        out = msgspec.json.format(msgspec.json.encode(found, enc_hook=str))
        await asyncio.to_thread(options.json.write_bytes, out)


def line(number: int, turn: Round) -> str:
    result = turn.result
    told = f"{result.bad} refused: {result.sample}" if result.bad else ""
    return (
        f"round {number}  {turn.subject:10} {turn.case:34} {result.good / result.seconds:9,.0f}/s"
        f"  app {turn.app_us:6.0f} us  db {turn.database_us:6.0f} us"
        f"  foreign {turn.foreign:.1f}  {told}"
    )


def versions(site: Site) -> dict[str, str]:
    return {"PostgreSQL": site.cluster.ask("SHOW server_version"), "Python": sys.version.split()[0]}


def main() -> int:
    options = arguments()
    folder = Path(tempfile.mkdtemp(prefix="eduflow-bench-"))
    report = None
    try:
        if options.flatness:
            asyncio.run(only_flatness(options, folder))
        else:
            report = asyncio.run(measure(options, folder))
    finally:
        if options.keep:
            say(f"kept: {folder}")
        else:
            remove(folder)
    if report is None:
        return 0
    print(report.text(limit=LIMIT, subject=EDUFLOW))
    if options.json:
        options.json.write_bytes(report.json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
