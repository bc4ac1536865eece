import type { History, Tick } from '../timeline.ts';
import type { World } from '../world.ts';
import { budgets } from './budgets.ts';
import { downIsSafe } from './down-is-safe.ts';
import { followsTheMinimum } from './follows-the-minimum.ts';
import type { Invariant, Truth, Violation } from './invariant.ts';
import { leavesAlone } from './leaves-alone.ts';
import { likeTheHpa } from './like-the-hpa.ts';
import { recovers } from './recovers.ts';
import { settles } from './settles.ts';
import { tellsTheTruth } from './tells-the-truth.ts';
import { upIsBounded } from './up-is-bounded.ts';

/** All of them, each with a memory of its own: for one run. */
export function allInvariants(): Invariant[] {
  return [
    downIsSafe(),
    upIsBounded(),
    settles(),
    tellsTheTruth(),
    recovers(),
    budgets(),
    likeTheHpa(),
    followsTheMinimum(),
    leavesAlone(),
  ];
}

/** What goes on to be wrong is one violation; it is one more when it was well for so long. */
const SAME_SECONDS = 300;

/** Asks the invariants after each tick, and keeps what they find, each trouble once. */
export class Judge {
  readonly violations: Violation[] = [];
  private readonly invariants: readonly Invariant[];
  private readonly truth: Truth;
  private readonly newest = new Map<string, number>();

  constructor(truth: Truth, invariants: readonly Invariant[] = allInvariants()) {
    this.truth = truth;
    this.invariants = invariants;
  }

  /** @returns what is new in this tick */
  look(tick: Tick, history: History): Violation[] {
    const found = this.invariants.flatMap((one) => one.check({ tick, history, truth: this.truth }));
    const fresh = found.filter((one) => this.isNew(one, tick.atSeconds));
    this.violations.push(...fresh);
    return fresh;
  }

  private isNew({ invariant, workload }: Violation, atSeconds: number): boolean {
    const key = `${invariant} ${workload}`;
    const before = this.newest.get(key);
    this.newest.set(key, atSeconds);
    return before === undefined || atSeconds - before > SAME_SECONDS;
  }
}

/** The truth of a world's plant. */
export function truthOf(world: World): Truth {
  const of = (name: string) => world.cluster.workloads.get(name)!;
  return {
    needAt: (name, seconds) => of(name).needAt(seconds),
    meanNeedAt: (name, seconds, share = 1) => of(name).needOf(share * of(name).meanWork(seconds)),
    errorShare: (name) => of(name).errorShare,
    lagSeconds: (name, atSeconds) => of(name).lagSeconds(atSeconds),
    startupSeconds: (name, level) => of(name).deployment.lives.startupQuantile(level),
  };
}
