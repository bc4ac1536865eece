"""Runs one method over all jobs: python run.py METHOD JOBS.json > answers, a JSON object a line. --list prints the methods' names."""

import json
import logging
import resource
import sys
import time
import warnings

import numpy as np

from methods import METHODS, History, Task, thinned

BYTES_PER_UNIT = 1 if sys.platform == "darwin" else 1024


def filled(values, day):
    """A gap is the value of a day before, else the last known: nothing that comes later is used."""
    out = np.array([np.nan if value is None else value for value in values], dtype=float)
    for i in np.flatnonzero(np.isnan(out)):
        before = out[i - day] if i >= day else np.nan
        out[i] = before if np.isfinite(before) else (out[i - 1] if i > 0 else 0.0)
    return out


def history_at(trace, start, origin, grid):
    step = trace["stepSeconds"]
    history = History(trace["filled"][start:origin], trace["startSeconds"] + start * step, step)
    every = max(1, (grid or step) // step)
    return thinned(history, every) if every > 1 else history


def answers(method, job, trace, levels):
    first = job["origins"][0]
    history = history_at(trace, job["from"], first, method.grid)
    task = Task(-(-job["horizonSeconds"] // history.step), tuple(levels))
    began = time.process_time()
    predict = method.fit(history, task)
    for origin in job["origins"]:
        newest = history_at(trace, job["from"] + origin - first, origin, method.grid)
        quantiles = np.asarray(predict(newest), dtype=float)
        seconds = time.process_time() - began
        if quantiles.shape != (len(levels), task.horizon) or not np.isfinite(quantiles).all():
            raise ValueError(f"answered {quantiles.shape} with {np.isnan(quantiles).sum()} NaN")
        yield {"job": job["id"], "origin": origin, "stepSeconds": history.step, "seconds": seconds, "values": rounded(quantiles)}
        began = time.process_time()


def rounded(quantiles):
    return [[float(f"{value:.7g}") for value in row] for row in quantiles]


def warm_up(method):
    """Imports and compilation aren't a method's time."""
    history = History(100 + 50 * np.sin(np.arange(4 * 48) * np.pi / 24), 0, 1_800)
    method.fit(history, Task(2, (0.5, 0.9)))(history)


def main():
    if sys.argv[1] == "--list":
        print(json.dumps([{"name": method.name, "gridSeconds": method.grid} for method in METHODS]))
        return
    method = next(method for method in METHODS if method.name == sys.argv[1])
    with open(sys.argv[2], encoding="utf8") as file:
        work = json.load(file)
    warnings.filterwarnings("ignore")
    logging.disable(logging.ERROR)
    for trace in work["traces"].values():
        trace["filled"] = filled(trace["values"], 86_400 // trace["stepSeconds"])
    warm_up(method)
    for job in work["jobs"]:
        try:
            for answer in answers(method, job, work["traces"][job["trace"]], work["levels"]):
                tell(answer)
        except Exception as error:  # A method that fails on one history is judged on the others, and the table says so.
            tell({"job": job["id"], "failed": f"{type(error).__name__}: {error}"[:300]})
    tell({"peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * BYTES_PER_UNIT})


def tell(answer):
    print(json.dumps(answer), flush=True)


main()
