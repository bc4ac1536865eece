import { Judge, truthOf } from './invariants/all.ts';
import type { Violation } from './invariants/invariant.ts';
import type { KeptRefits } from './processes/refits.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { History } from './timeline.ts';
import { World } from './world.ts';

export interface Simulated {
  readonly history: History;
  readonly violations: readonly Violation[];
}

export interface SimulateOptions {
  readonly refits?: KeptRefits;
  /** Ends with the first violation: all that shrinking needs. */
  readonly untilViolation?: boolean;
}

/** Plays a scenario with all invariants watching. The same scenario gives the same history, byte for byte. */
export async function simulate(scenario: Scenario, options: SimulateOptions = {}): Promise<Simulated> {
  const world = new World(scenario, options);
  const judge = new Judge(truthOf(world));
  const history = await world.run((tick, soFar) => {
    const found = judge.look(tick, soFar);
    return !(options.untilViolation && found.length > 0);
  });
  if (world.unsupported.length > 0) throw new Error(`the simulated Prometheus can't answer ${world.unsupported[0]}`);
  return { history, violations: judge.violations };
}
