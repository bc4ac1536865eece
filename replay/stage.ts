import type { StartupLatency } from '../core/startup.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import type { Grid } from './clock.ts';
import { startingPods } from './figures.ts';
import { type Autoscaler, type IsEnough, type Span, type StartupSequence, simulate, startupSequence } from './pods.ts';
import { type HpaRule, hpa } from './policies/hpa.ts';
import type { PolicyName, PolicyRun, ReplaySettings } from './result.ts';

/** What all policies of one replay share: the ticks, the pods' latencies, the pods at the start. */
export class Stage {
  readonly span: Span;
  readonly grid: Grid;
  /** At the ticks of the span. */
  readonly demand: Float64Array;
  readonly settings: ReplaySettings;
  readonly startups: StartupSequence;

  constructor(grid: Grid, startup: StartupLatency, settings: ReplaySettings) {
    const { min, max } = settings;
    const first = Math.ceil(settings.historySeconds / TICK_SECONDS);
    const initial = startingPods(grid.demand[first]!, settings);
    this.grid = grid;
    this.demand = grid.demand.subarray(first);
    this.settings = settings;
    this.span = { first, end: grid.demand.length, initial, min, max };
    this.startups = startupSequence(startup, settings.seed);
  }

  play(name: PolicyName, policy: Autoscaler, isEnough?: IsEnough): PolicyRun {
    return simulate(name, policy, this.span, this.startups, isEnough);
  }

  playHpa(name: PolicyName, rule: HpaRule, isEnough?: IsEnough): PolicyRun {
    return this.play(name, hpa(this.grid.observed, rule), isEnough);
  }

  /** An HPA as it stands, within its own bounds whatever those of the replay are. @param observed by tick of the grid */
  playOwnHpa(rule: HpaRule, observed: Float64Array): PolicyRun {
    const { min, max } = rule.bounds;
    const initial = startingPods(this.demand[0]!, { ...this.settings, min, max });
    return simulate('hpa', hpa(observed, rule), { ...this.span, initial, min, max }, this.startups);
  }
}
