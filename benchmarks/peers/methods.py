"""
The peers: well-known forecasting methods, one function each. Add a method here and nowhere else.

A method is told a History and the Task (how far, which quantiles), fits, and returns `predict(history)`: the fitted method applied to
a history that has gone on since (or the same). It answers an array [level][step], the first level the median, one step of the
history after another. `grid`: the least step, seconds, of the histories it is given (a finer one is thinned to every so many
values, ending at the newest); None: the load's own.
Libraries are imported inside, so that a method's memory is its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

DAY = 86_400
HOUR = 3_600
FIVE_MINUTES = 300


@dataclass(frozen=True)
class History:
    """Values without gaps, oldest first; the instant of the first and the step, seconds."""

    values: np.ndarray
    start: int
    step: int

    @property
    def day(self) -> int:
        """Steps of a daily season; 1 where there are not two days."""
        day = DAY // self.step
        return day if len(self.values) >= 2 * day else 1


@dataclass(frozen=True)
class Task:
    """How many steps ahead; quantile levels, 0.5 first."""

    horizon: int
    levels: tuple[float, ...]


@dataclass(frozen=True)
class Method:
    name: str
    fit: Callable[[History, Task], Callable[[History], np.ndarray]]
    grid: int | None


METHODS: list[Method] = []


def method(name: str, grid: int | None = None):
    def register(fit):
        METHODS.append(Method(name, fit, grid))
        return fit

    return register


@method("persistence")
def persistence(history, task):
    """The newest value, and by how much the load changed over so many steps in the history (the median change left out)."""
    y = history.values
    changes = np.zeros((len(task.levels), task.horizon))
    for h in range(1, min(task.horizon, len(y) - 1) + 1):
        quantiles = np.quantile(y[h:] - y[:-h], task.levels)
        changes[:, h - 1] = quantiles - quantiles[0]
    return lambda newest: newest.values[-1] + changes


@method("SeasonalNaive")
def seasonal_naive(history, task):
    from statsforecast.models import SeasonalNaive

    return fit_statsforecast(SeasonalNaive(season_length=history.day), history, task)


@method("MSTL", grid=FIVE_MINUTES)
def mstl(history, task):
    from statsforecast.models import MSTL

    return fit_statsforecast(MSTL(season_length=history.day), history, task)


@method("AutoETS", grid=FIVE_MINUTES)
def auto_ets(history, task):
    """Its seasons end at 24 steps, and it takes half a minute for a week of five minutes: by the hour for a day, else without a season on a day."""
    from statsforecast.models import AutoETS

    if task.horizon * history.step > HOUR and history.step <= HOUR:
        every = HOUR // history.step
        hourly = Task(-(-task.horizon // every), task.levels)
        predict = fit_statsforecast(AutoETS(season_length=24), thinned(history, every), hourly)
        return lambda newest: refined(predict(thinned(newest, every)), newest.values[-1], every)[:, : task.horizon]
    last = lambda whole: History(whole.values[-(DAY // whole.step) :], 0, whole.step)
    predict = fit_statsforecast(AutoETS(season_length=1), last(history), task)
    return lambda newest: predict(last(newest))


@method("AutoTheta", grid=FIVE_MINUTES)
def auto_theta(history, task):
    from statsforecast.models import AutoTheta

    return fit_statsforecast(AutoTheta(season_length=history.day), history, task)


@method("DynamicOptimizedTheta", grid=FIVE_MINUTES)
def dynamic_optimized_theta(history, task):
    from statsforecast.models import DynamicOptimizedTheta

    return fit_statsforecast(DynamicOptimizedTheta(season_length=history.day), history, task)


@method("Prophet", grid=FIVE_MINUTES)
def prophet(history, task):
    """As it comes, quantiles from 300 sampled paths. It knows no newest value: a later history only moves the times that are asked for."""
    import logging

    import pandas as pd
    from prophet import Prophet

    logging.getLogger("cmdstanpy").disabled = True

    def times(start, count):
        return pd.DataFrame({"ds": pd.to_datetime(start + history.step * np.arange(count), unit="s")})

    model = Prophet(uncertainty_samples=300)
    model.fit(times(history.start, len(history.values)).assign(y=history.values), seed=1)

    def predict(newest):
        np.random.seed(1)
        ahead = times(newest.start + newest.step * len(newest.values), task.horizon)
        return np.quantile(model.predictive_samples(ahead)["yhat"], task.levels, axis=1)

    return predict


@method("LightGBM with lags", grid=FIVE_MINUTES)
def lightgbm_lags(history, task):
    """mlforecast, one step fed into the next: lags of an hour and a day, means, time of day; its conformal intervals."""
    from lightgbm import LGBMRegressor
    from mlforecast import MLForecast
    from mlforecast.lag_transforms import RollingMean
    from mlforecast.utils import PredictionIntervals

    day = history.day
    hour = max(2, HOUR // history.step)
    place = history.start // history.step

    def time_of_day(steps):
        return (steps + place) % day

    model = MLForecast(
        models={"load": LGBMRegressor(verbosity=-1, n_jobs=1, random_state=1)},
        freq=1,
        lags=sorted({1, 2, 3, hour, day}),
        lag_transforms={1: [RollingMean(hour)], day: [RollingMean(hour)]},
        date_features=[time_of_day],
    )
    # As many calibration windows as leave half of what remains after the lags to learn from.
    windows = max(2, min(48, (len(history.values) - day - hour) // 2 // task.horizon))
    intervals = PredictionIntervals(n_windows=windows, h=task.horizon)
    model.fit(long_frame(history, history), prediction_intervals=intervals)

    def predict(newest):
        sides = [side for side in central(task.levels) if side is not None]
        answer = model.predict(task.horizon, level=sides, new_df=long_frame(newest, history))
        return np.stack([answer["load" if side is None else f"load-hi-{side}"] for side in central(task.levels)])

    return predict


def long_frame(history, fitted):
    """Steps are counted from the start of the fitted history."""
    import pandas as pd

    first = (history.start - fitted.start) // history.step
    return pd.DataFrame({"unique_id": "load", "ds": first + np.arange(len(history.values)), "y": history.values})


def central(levels):
    """The central interval, percent, whose upper end each level is; None for the median."""
    whole = lambda side: int(side) if side == int(side) else side
    return [None if level == 0.5 else whole(round(200 * level - 100, 6)) for level in levels]


def fit_statsforecast(model, history, task):
    """The model's own intervals; the median is its point forecast. Later histories: the fitted parameters, states anew."""
    sides = [side for side in central(task.levels) if side is not None]
    model.fit(history.values)

    def predict(newest):
        answer = model.forward(newest.values, task.horizon, level=sides)
        upper = {float(key.removeprefix("hi-")): value for key, value in answer.items() if key.startswith("hi-")}
        return np.stack([answer["mean"] if side is None else upper[float(side)] for side in central(task.levels)])

    return predict


def thinned(history, every):
    """Every so many values, the newest among them."""
    skipped = (len(history.values) - 1) % every
    return History(history.values[skipped::every], history.start + skipped * history.step, history.step * every)


def refined(quantiles, newest, every):
    """Between the newest value and each step: straight lines."""
    known = np.concatenate([np.full((len(quantiles), 1), newest), quantiles], axis=1)
    steps = np.arange(1, every * quantiles.shape[1] + 1) / every
    return np.stack([np.interp(steps, np.arange(known.shape[1]), row) for row in known])
