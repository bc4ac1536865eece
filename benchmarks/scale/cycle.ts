import type { CycleFigures, StoreFigures } from './redis-fleet.ts';
import { type Row, row } from './rows.ts';
import type { TakingFigures } from './taking.ts';

/** Seconds and bytes are wanted of 10,000 workloads. */
const WANTED = { cycleSeconds: 240, speedUp: 1.7, overheadMs: 3, redisMb: 600, processMb: 500, tickSeconds: 15 };
/** A calibration a day: of the refits each three hours one in eight. */
export const CALIBRATING_EACH = 8;

/** What is measured of the forecasts of a fleet. */
export interface FleetFigures {
  readonly workloads: number;
  readonly one: CycleFigures;
  readonly two: CycleFigures;
  readonly calibrating: CycleFigures;
  readonly taking: TakingFigures;
  readonly store: StoreFigures;
  /** Minutes that a history has room for. */
  readonly points: number;
}

/** @param atSize whether the fleet has the size for which seconds and bytes were wanted */
export function fleetRows(figures: FleetFigures, atSize: boolean): Row[] {
  return [...cycleRows(figures, atSize), ...takingRows(figures), ...storeRows(figures, atSize)];
}

function cycleRows({ workloads, one, two, calibrating }: FleetFigures, atSize: boolean): Row[] {
  const wanted = (value: number) => (atSize ? value : undefined);
  const most = Math.max(...[one, two, calibrating].map(({ mostResidentBytes }) => mostResidentBytes));
  return [
    row(`${workloads} routine refits, one forecaster`, one.seconds, 's'),
    row(`${workloads} routine refits, two forecasters`, two.seconds, 's', wanted(WANTED.cycleSeconds)),
    speedUp(one.seconds / two.seconds),
    row('forecasts, two forecasters', workloads / two.seconds, 'a second'),
    row(
      `${workloads} refits of which one in ${CALIBRATING_EACH} calibrates, two forecasters`,
      calibrating.seconds,
      's',
      wanted(WANTED.cycleSeconds),
    ),
    row('a routine refit on its thread, one forecaster', fitMs(one).clock, 'ms'),
    row('a routine refit on its thread, two forecasters', fitMs(two).clock, 'ms'),
    row('of that the thread ran', fitMs(two).cpu, 'ms'),
    row('CPU a refit, all threads of a forecaster', (1000 * two.cpuSeconds) / two.done, 'ms'),
    row('queue and store a job, one forecaster', overheadMs(one).clock, 'ms', WANTED.overheadMs),
    row('queue and store a job, two forecasters', overheadMs(two).clock, 'ms', WANTED.overheadMs),
    row('and what their threads waited for a core', overheadMs(two).cpu, 'ms'),
    row('submitting a job', (1000 * two.submitSeconds) / two.jobs, 'ms'),
    row('most resident memory of a forecaster', most / 1e6, 'MB', WANTED.processMb),
  ];
}

/** Two can't be more than twice as fast: what says so was measured while others took more of the machine from the one. */
function speedUp(factor: number): Row {
  const found = row('how much faster the second makes it', factor, '×', WANTED.speedUp, true);
  if (factor <= 2) return found;
  const [what, measured, unit, wanted] = found;
  return [what, measured, unit, wanted, 'no figure: the machine was not its own'];
}

function fitMs({ fits }: CycleFigures): { clock: number; cpu: number } {
  return { clock: (1000 * fits.seconds) / fits.fits, cpu: (1000 * fits.cpuSeconds) / fits.fits };
}

/** What the forecasters were there for and did not fit, a job; by the CPU of their threads, what others took from them counts. */
function overheadMs({ waitedSeconds, workers, done, fits }: CycleFigures): { clock: number; cpu: number } {
  const each = (fitSeconds: number) => (1000 * (waitedSeconds * workers - fitSeconds)) / done;
  return { clock: each(fits.seconds), cpu: each(fits.cpuSeconds) };
}

function takingRows({ workloads, taking }: FleetFigures): Row[] {
  return [
    row('published before a look and not taken at it', taking.late, `of ${taking.published}`, 0),
    row('from publication until taken, most', taking.mostWaitedSeconds, 's', WANTED.tickSeconds),
    row('from publication until taken, median', taking.waitedSeconds, 's'),
    row(`a look at ${workloads} forecasts of which none is new`, 1000 * taking.lookSeconds, 'ms'),
    row('taking a forecast', 1000 * taking.takeSeconds, 'ms'),
  ];
}

function storeRows({ workloads, store, points }: FleetFigures, atSize: boolean): Row[] {
  const { histories, forecasts, jobs, memory } = store;
  return [
    row('Redis with all of it', memory.usedBytes / 1e6, 'MB', atSize ? WANTED.redisMb : undefined),
    row('Redis at its highest', memory.mostUsedBytes / 1e6, 'MB', atSize ? WANTED.redisMb : undefined),
    row('of it histories', histories / 1e6, 'MB'),
    row('of it forecasts', forecasts / 1e6, 'MB'),
    row('of it jobs: all waiting, all coming again', jobs / 1e6, 'MB'),
    row('a minute of a history', histories / (workloads * points), 'bytes'),
    row('a forecast', forecasts / workloads / 1e3, 'kB'),
    row('a job', jobs / workloads / 1e3, 'kB'),
    row('resident memory of redis-server', memory.residentBytes / 1e6, 'MB'),
  ];
}
