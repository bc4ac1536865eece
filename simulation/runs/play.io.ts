import type { InvariantName, Violation } from '../invariants/invariant.ts';
import { KeptRefits } from '../processes/refits.ts';
import { generated, shrunk, type Wanted } from '../scenarios/generate.io.ts';
import { classOf, type FaultClass, type Scenario } from '../scenarios/scenario.ts';
import { simulate } from '../simulate.ts';
import { storyText } from '../story.ts';
import { type History, timelineText, timeText } from '../timeline.ts';

/** What is asked of whoever plays seeds: plain data, sent to worker threads. */
export interface PlayOptions extends Wanted {
  /** Scenarios that are played to make a failing one smaller; 0: it is shown as it is. */
  readonly shrinks: number;
}

/** What came of one scenario. Plain data. */
export interface Played {
  readonly seed: number;
  /** Simulated hours: hours of a workload's life, summed over its workloads. */
  readonly hours: number;
  /** How the addon saw the work. */
  readonly measured: string;
  /** Fault classes that ran, sorted. */
  readonly classes: readonly FaultClass[];
  /** Classes whose faults acted within five minutes of each other: `api+process`. */
  readonly pairs: readonly string[];
  readonly violations: readonly ShownViolation[];
  /** Of the smallest scenario that fails the same way; undefined where nothing is violated. */
  readonly shown: Shown | undefined;
}

export interface ShownViolation {
  readonly invariant: InvariantName;
  readonly workload: string | undefined;
  /** Since the start: `0:12:30`. */
  readonly at: string;
  readonly what: string;
}

export interface Shown {
  readonly story: string;
  readonly timeline: string;
  readonly scenario: Scenario;
  readonly violations: readonly ShownViolation[];
}

const NEAR_SECONDS = 300;
/** Of the timeline, before and after the first violation. */
const BEFORE_SECONDS = 240;
const AFTER_SECONDS = 75;

const refits = new KeptRefits();

/** Plays the scenario of a seed; where it fails, also smaller ones. */
export async function playSeed(seed: number, options: PlayOptions): Promise<Played> {
  const played = await playScenario(generated(seed, options));
  if (played.violations.length === 0 || options.shrinks === 0) return played;
  const first = played.violations[0]!.invariant;
  const fails = async (scenario: Scenario) => {
    const { violations } = await simulate(scenario, { refits, untilViolation: true });
    return violations.some(({ invariant }) => invariant === first);
  };
  const smallest = await shrunk(seed, options, fails, options.shrinks);
  return { ...played, shown: (await playScenario(smallest)).shown ?? played.shown };
}

/** Plays one scenario as it is. */
export async function playScenario(scenario: Scenario): Promise<Played> {
  const { history, violations } = await simulate(scenario, { refits });
  const hours = (scenario.duration / 3_600) * scenario.workloads.length;
  const found = violations.map((one) => shownViolation(one, history));
  return {
    seed: scenario.seed,
    hours,
    measured: measuredBy(scenario),
    ...classesOf(scenario),
    violations: found,
    shown:
      violations.length === 0
        ? undefined
        : { scenario, story: storyText(scenario), timeline: around(history, violations[0]!), violations: found },
  };
}

/** What stands in the table. */
function measuredBy({ measured: { by, every, resources } }: Scenario): string {
  return by === 'plain' ? 'plain' : `Prometheus ${every} s, pods by ${resources}`;
}

function shownViolation(
  { invariant, workload, atSeconds, what }: Violation,
  { startSeconds }: History,
): ShownViolation {
  return { invariant, workload, what, at: timeText(atSeconds - startSeconds) };
}

function around(history: History, { atSeconds, workload }: Violation): string {
  const at = atSeconds - history.startSeconds;
  return timelineText(history, workload, [at - BEFORE_SECONDS, at + AFTER_SECONDS]);
}

function classesOf({ commands }: Scenario): Pick<Played, 'classes' | 'pairs'> {
  const acting = commands.map(({ do: action, at, for: lasts = 0 }) => ({
    kind: classOf(action),
    from: at,
    to: at + lasts,
  }));
  const pairs = new Set<string>();
  for (const [i, a] of acting.entries()) {
    for (const b of acting.slice(i + 1)) {
      if (b.from <= a.to + NEAR_SECONDS && a.from <= b.to + NEAR_SECONDS) pairs.add([a.kind, b.kind].sort().join('+'));
    }
  }
  return { classes: [...new Set(acting.map(({ kind }) => kind))].sort(), pairs: [...pairs].sort() };
}
