"""`python -m ops.bench`: start everything, measure, print the tables. `--help` tells the rest."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Any

from ops.bench import freshness, others, rest
from ops.bench.cases import CASES, Case
from ops.bench.report import Report, machine
from ops.bench.runner import EDUFLOW, LIMIT, Round, Runner
from ops.bench.school import found, plan
from ops.bench.site import Site, remove, running_site

_FIRST_FOLD_SECONDS = 120


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
    parser.add_argument("--rivals", type=Path, help="the Python of the rivals' environment")
    parser.add_argument("--only", default="", help="subjects, separated by commas")
    parser.add_argument("--json", type=Path, help="write the whole result here")
    parser.add_argument("--keep", action="store_true", help="keep the servers' folder and logs")
    return parser.parse_args()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


async def measure(options: argparse.Namespace, folder: Path) -> Report:
    """The whole run."""
    school = plan(courses=options.courses)
    report = Report(machine=machine(), school=school, options=_told(options))
    async with running_site(folder) as site:
        report.versions = await asyncio.to_thread(versions, site)
        say(f"founding a school of {school.people} people and {school.seats} seats")
        await found(school, site.superuser_dsn(standby=False))
        await rest.until_folded(site, seconds=_FIRST_FOLD_SECONDS)
        say("measuring at rest")
        report.memory, report.idle = await rest.at_rest(site)
        async with others.running(options.rivals, site, school) as rivals:
            runner = Runner(site, school, rivals)
            await compare(runner, report, options)
        rates = [int(rate) for rate in options.rates.split(",") if rate]
        report.freshness = await freshness.measure(runner, rates, seconds=options.fresh_seconds)
        report.memory_after, _ = await rest.at_rest(site)
    return report


async def compare(runner: Runner, report: Report, options: argparse.Namespace) -> None:
    """All subjects, in turn, at all cases, again and again."""
    cases: list[Case] = []
    for case in CASES:
        if options.cases in case.name:
            if (why := await runner.missing(case)) is None:
                cases.append(case)
            else:
                say(f"SKIPPED: EduFlow does not answer {case.name}: {why}")
                report.skipped[case.name] = why
    wanted = set(options.only.split(",")) if options.only else set(runner.subjects())
    turns = [(c, s) for c in cases for s in runner.subjects() if s in wanted]
    for number in range(options.rounds + 1):
        for case, subject in turns:
            seconds = options.seconds if number else 1.0
            turn = await runner.round(case, subject, seconds=seconds)
            say(line(number, turn))
            if number:  # The first only warms up.
                report.rounds.append(turn)


def _told(options: argparse.Namespace) -> dict[str, Any]:
    """What was chosen, without what only this machine knows."""
    return {name: v for name, v in vars(options).items() if name not in ("rivals", "json", "keep")}


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
    try:
        report = asyncio.run(measure(options, folder))
    finally:
        if options.keep:
            say(f"kept: {folder}")
        else:
            remove(folder)
    print(report.text(limit=LIMIT, subject=EDUFLOW))
    if options.json:
        options.json.write_bytes(report.json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
