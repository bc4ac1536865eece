import type { OrdinaryTest } from './mutations.ts';

/** An old mistake in what a simulation has not: real answers, real stores, processes as the command line makes them. */
export interface Beyond {
  readonly what: string;
  readonly test: OrdinaryTest;
}

/** Each was put back by hand once, and that test failed. */
export const BEYOND: readonly Beyond[] = [];
