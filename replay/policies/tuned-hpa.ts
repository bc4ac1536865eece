import { cheapestAtService, type ServiceCost } from '../../core/equal-service.ts';
import { HOUR_SECONDS } from '../../core/series.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { effort, service } from '../figures.ts';
import type { IsEnough } from '../pods.ts';
import { type PolicyRun, TICK_SECONDS } from '../result.ts';
import type { Stage } from '../stage.ts';
import { defaultHpa, tunedGrid } from './hpa.ts';

/** One HPA of the grid that `hpa-tuned` picks from; its cost is the objective in hours. */
export interface TunedHpa extends ServiceCost {
  readonly target: number;
  readonly windowSeconds: number;
  readonly startsPerDay: number;
}

/** What two ways of adding up may differ by, as a share: who is over a limit by less is not given up. */
const ROUNDING = 1e-9;

/** Every HPA of the grid, played. Only figures are kept: the runs of a year would be gigabytes. */
export function tunedHpas(stage: Stage): TunedHpa[] {
  return tunedGrid(stage.settings.startCostSeconds).map((rule) => figuresOf(stage, rule, playOf(stage, rule)));
}

/** The one that in hindsight was cheapest by objective while keeping the promise, else the one with the least unmet demand. */
export function tunedHpa(stage: Stage): PolicyRun {
  const { target, windowSeconds } = bestOf(stage);
  return { ...playOf(stage, { target, windowSeconds }), target, windowSeconds };
}

type GridRule = ReturnType<typeof tunedGrid>[number];

/** What `cheapestAtService` picks of all of them. A play ends once it can't be picked any more: most do within a day or two. */
function bestOf(stage: Stage): TunedHpa {
  const { startCostSeconds, unmetTargetBp } = stage.settings;
  const rest = new RestOfSpan(stage);
  let played: TunedHpa[] = [];
  // From the fullest pods on: among them is the cheapest that keeps a promise, and what costs more is soon known to.
  for (const rule of tunedGrid(startCostSeconds).toReversed()) {
    const giveUp = played.length > 0 ? rest.giveUp(cheapestAtService(played, unmetTargetBp)) : undefined;
    let isGivenUp = false;
    const run = playOf(stage, rule, giveUp && ((...so) => (isGivenUp = giveUp(...so))));
    // In the order of the grid, as the first of equals is picked.
    if (!isGivenUp) played = [figuresOf(stage, rule, run), ...played];
  }
  return cheapestAtService(played, unmetTargetBp);
}

function playOf(stage: Stage, { target, windowSeconds }: GridRule, isEnough?: IsEnough) {
  const { podCapacity } = stage.settings;
  return stage.playHpa('hpa-tuned', defaultHpa(podCapacity, target, windowSeconds, stage.settings), isEnough);
}

function figuresOf(stage: Stage, { target, windowSeconds }: GridRule, run: PolicyRun): TunedHpa {
  const { startCostSeconds, podCapacity } = stage.settings;
  const { objectiveHours, startsPerDay } = effort(run, startCostSeconds);
  const { unmetBp } = service(stage.demand, run.ready, podCapacity);
  return { target, windowSeconds, startsPerDay, cost: objectiveHours, unmetBp };
}

/** What the rest of the span will cost at least. */
class RestOfSpan {
  private readonly stage: Stage;
  private readonly asked: number;
  /** By hour: pod-ticks that serving all demand from there on takes. */
  private readonly podTicks: Float64Array;

  constructor(stage: Stage) {
    this.stage = stage;
    const { demand } = stage;
    const { podCapacity, min } = stage.settings;
    this.podTicks = new Float64Array(Math.ceil(demand.length / TICKS_PER_HOUR));
    let rest = 0;
    let asked = 0;
    for (let i = demand.length - 1; i >= 0; i--) {
      const d = demand[i]!;
      if (d > 0) asked += d;
      rest += d > min * podCapacity ? d / podCapacity : min;
      if (i % TICKS_PER_HOUR === 0) this.podTicks[i / TICKS_PER_HOUR] = rest;
    }
    this.asked = asked;
  }

  /** Ends a play once it can't be picked instead of `best`. */
  giveUp(best: TunedHpa): IsEnough {
    const { demand } = this.stage;
    const { podCapacity, startCostSeconds, unmetTargetBp } = this.stage.settings;
    const hasKeeper = best.unmetBp <= unmetTargetBp;
    const mostFailed = ((hasKeeper ? unmetTargetBp : best.unmetBp) / 1e4) * this.asked * (1 + ROUNDING);
    let [i, pods, starts, failed] = [0, 0, 0, 0];
    return ({ total, ready, started }, ticks) => {
      for (; i < ticks; i++) {
        const missing = demand[i]! - ready[i]! * podCapacity;
        if (missing > 0) failed += missing;
        pods += total[i]!;
        starts += started[i]!;
      }
      if (failed > mostFailed) return true;
      if (!hasKeeper) return false;
      // What it may still leave unmet needs no pods.
      const leastPods = this.podTicks[ticks / TICKS_PER_HOUR]! - (mostFailed - failed) / podCapacity;
      const seconds = (pods + Math.max(0, leastPods)) * TICK_SECONDS + starts * startCostSeconds;
      return seconds / HOUR_SECONDS > best.cost * (1 + ROUNDING);
    };
  }
}
