import { logNormalStartup } from '../../core/startup.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { type Grid, toGrid } from '../../replay/clock.ts';
import { effort, service } from '../../replay/figures.ts';
import { DEFAULT_OBSERVATION } from '../../replay/observation.ts';
import { downWindowSeconds } from '../../replay/policies/hpa.ts';
import { oracle } from '../../replay/policies/oracle.ts';
import { predictivePolicy } from '../../replay/policies/predictive.ts';
import type { PolicyName, PolicyRun, ReplaySettings } from '../../replay/result.ts';
import { Stage } from '../../replay/stage.ts';
import type { WhatIfAnswer } from '../api/what-if.ts';
import { HISTORY_SECONDS, type WhatIfTask, type WhatIfWork } from './what-if-task.ts';

/** In the order in which they are replayed. */
const POLICIES = ['predictive', 'hpa', 'oracle'] as const satisfies readonly PolicyName[];
const SEED = 1;
const LEAST_STARTUP_SECONDS = 0.5;

/**
 * Replays the policies, the predictive one first: an answer after that one, and the whole one. Takes about a second of CPU.
 * @param checkpoint called each replayed hour: what it throws ends the replay
 */
export function* replayPast(
  { task, samples, hpaSamples }: WhatIfWork,
  checkpoint: () => void = () => {},
): Generator<WhatIfAnswer, void, void> {
  const { asked, startupRatio } = task;
  const settings = settingsOf(task);
  const seconds = Math.max(LEAST_STARTUP_SECONDS, asked.startupSeconds);
  const startup = logNormalStartup(Math.max(LEAST_STARTUP_SECONDS, seconds * startupRatio), seconds);
  const grid = toGrid(samples, settings);
  const stage = new Stage(grid, startup, settings);
  const runs: RunFigures[] = [];
  const add = (run: PolicyRun) => runs.push(figuresOf(run, stage));
  const answer = () => answerOf(task, stage, runs, samples.times.at(-1)!);
  add(stage.play('predictive', predictivePolicy(grid, startup, settings, stage.span, checkpoint)));
  yield answer();
  checkpoint();
  const observed = hpaSamples === null ? grid.observed : onGrid(toGrid(hpaSamples, settings), grid);
  add(stage.playOwnHpa(ruleOf(task), observed));
  const { podCapacity, startCostSeconds } = settings;
  add(stage.play('oracle', oracle(grid.demand, stage.span.end, podCapacity, stage.startups, startCostSeconds)));
  yield answer();
}

function settingsOf(task: WhatIfTask): ReplaySettings {
  const { asked, podCapacity, leastStabilizationTicks, hpaMetric } = task;
  const { loadPerPod } = ruleOf(task);
  return {
    podCapacity,
    unmetTargetBp: unmetBp(asked.sloPercent),
    min: asked.min,
    max: asked.max,
    // Of a metric of another unit nothing can be said here.
    hpaTarget: hpaMetric === null ? loadPerPod / podCapacity : 1,
    observation: DEFAULT_OBSERVATION,
    startCostSeconds: asked.startCostSeconds,
    ...(leastStabilizationTicks === null ? {} : { leastStabilizationTicks }),
    historySeconds: HISTORY_SECONDS,
    seed: SEED,
    policies: POLICIES,
    neural: 'none',
  };
}

/** Rounded so that 100 − 99.99 is 0.01 to the last digit. */
function unmetBp(sloPercent: number): number {
  return Math.round((100 - sloPercent) * 100 * 1e6) / 1e6;
}

/** In the unit of the demand that it sees: the default one is in pods' worth. */
function ruleOf({ hpa: { rule, metric }, podCapacity }: WhatIfTask): WhatIfTask['hpa']['rule'] {
  return metric === undefined ? { ...rule, loadPerPod: rule.loadPerPod * podCapacity } : rule;
}

/** What is observed of another metric, at the ticks of the grid. */
function onGrid(other: Grid, { startSeconds, demand }: Grid): Float64Array {
  const observed = new Float64Array(demand.length).fill(Number.NaN);
  const offset = Math.round((startSeconds - other.startSeconds) / TICK_SECONDS);
  for (let i = 0; i < observed.length; i++) observed[i] = other.observed[i + offset] ?? Number.NaN;
  return observed;
}

type RunFigures = ReturnType<typeof figuresOf>;

/** No more of a run than an answer shows. */
function figuresOf(run: PolicyRun, { settings: { startCostSeconds, podCapacity }, demand }: Stage) {
  return { name: run.name, ...effort(run, startCostSeconds), ...service(demand, run.ready, podCapacity) };
}

function answerOf(task: WhatIfTask, stage: Stage, runs: readonly RunFigures[], toSeconds: number): WhatIfAnswer {
  const { asked, hpa, leftOut, annotate } = task;
  const { grid, span } = stage;
  const hpaHours = runs.find(({ name }) => name === 'hpa')?.podHours ?? 0;
  const { source, object, target, note, rule } = hpa;
  const { min, max } = rule.bounds;
  const targetShare = task.hpaMetric === null ? ruleOf(task).loadPerPod / task.podCapacity : null;
  const windowSeconds = downWindowSeconds(rule.behavior);
  return {
    fromSeconds: grid.startSeconds + span.first * TICK_SECONDS,
    toSeconds,
    asked,
    hpa: { source, object, target, targetShare, note, windowSeconds, min, max },
    policies: runs.map(({ name, podHours, unmetBp: unmet, starts, underProvisionedMinutes }) => ({
      name,
      podHours,
      servedPercent: 100 - unmet / 100,
      starts,
      underProvisionedMinutes,
      savedShare: hpaHours > 0 ? 1 - podHours / hpaHours : null,
      cost: asked.price === null ? null : podHours * asked.price,
    })),
    pending: POLICIES.slice(runs.length),
    leftOut: [...leftOut],
    annotate,
  };
}
