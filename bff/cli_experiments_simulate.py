"""`portico experiment simulate`: whether this store's experiments can be believed."""

from __future__ import annotations

import os
import sys
import time

import click

from bff.experiments.simulation.bounds import plans
from bff.experiments.simulation.processes import simulated

EXPERIMENTS, VISITORS, PROCESSES = 2_000, 1_000, 2


@click.command()
@click.option(
    "--experiments", type=click.IntRange(10), default=EXPERIMENTS, show_default=True, help="Of each large kind."
)
@click.option("--visitors", type=click.IntRange(800), default=VISITORS, show_default=True, help="Of each experiment.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another one, other visitors.")
@click.option("--processes", type=click.IntRange(1, 64), default=PROCESSES, show_default=True, help="At once.")
def simulate(experiments: int, visitors: int, seed: int, processes: int) -> None:
    """Run experiments whose truth is known through assignment, templates, event log and report, and see whether the reports
    find it. Experiments without a difference, with one, with lost exposures, with errors planted in the recording: whole,
    it takes minutes. Status 1 where a bound is broken."""
    began, broken = time.perf_counter(), 0
    load = os.getloadavg()[0]
    click.echo(f"{processes} processes, seed {seed}; {load:.1f} processes waited for a processor before this began.")
    for plan, lines in simulated(plans(experiments, visitors), seed, processes):
        seconds = time.perf_counter() - began
        click.echo(f"\n{plan.name}: {plan.experiments:,} × {plan.visitors:,} visitors  ({seconds:.0f} s)")
        for line in lines:
            broken += not line.kept
            click.echo(f"  {'✓' if line.kept else '✗'} {line.what}: {line.figure}  ({line.bound})")
    click.echo(f"\n{time.perf_counter() - began:.0f} s; {broken or 'no'} bounds broken.")
    if broken:
        sys.exit(1)
