import { DAY_SECONDS } from './series.ts';

/** Every policy decides once a tick: the HPA's sync period. */
export const TICK_SECONDS = 15;
export const TICKS_PER_DAY = DAY_SECONDS / TICK_SECONDS;
export const TICKS_PER_HOUR = TICKS_PER_DAY / 24;

/** An observation at tick t is the mean demand of the four ticks t − 4 … t − 1: over (t − 75 s, t − 15 s]. */
export const OBSERVATION_TICKS = 4;
