import type { Refitted } from '../../addon/refits/refit.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import type { ForecastStore } from '../../storage/forecast-store.ts';
import { now, type RedisFleet } from './redis-fleet.ts';
import { median } from './rows.ts';

const IDLE_LOOKS = 50;
/** Each workload once an hour: so many forecasts come in a tick. */
const TICKS_AN_HOUR = 240;

export interface TakingFigures {
  /** A look at what is new, where nothing is: median and most, seconds. */
  readonly lookSeconds: number;
  readonly mostLookSeconds: number;
  /** Taking one, decoded, seconds: a mean over all. */
  readonly takeSeconds: number;
  /** In time for a look. */
  readonly published: number;
  /** From a publication until the reader had it, seconds: median and most. */
  readonly waitedSeconds: number;
  readonly mostWaitedSeconds: number;
  /** Published before a look, and not taken at it. */
  readonly late: number;
}

/** A reader that looks each 15 s, as an actuator does, while a forecaster publishes in between; all that was there before was taken. */
export async function takingBench(fleet: RedisFleet, ticks: number): Promise<TakingFigures> {
  const reader = fleet.forecasts();
  const takeSeconds = await takeAll(reader);
  const looks: number[] = [];
  for (let i = 0; i < IDLE_LOOKS; i++) {
    const began = performance.now();
    await reader.news();
    looks.push((performance.now() - began) / 1000);
  }
  const each = Math.ceil(fleet.workloads / TICKS_AN_HOUR);
  const workers = await fleet.startWorkers(1);
  const waited: number[] = [];
  /** Asked for and not taken yet: when its forecast of before was published. */
  const open = new Map<string, number>();
  let late = 0;
  try {
    for (let tick = 0; tick < ticks; tick++) {
      const lookAt = performance.now() + TICK_SECONDS * 1000;
      for (let i = tick * each; i < (tick + 1) * each; i++) {
        open.set(fleet.idOf(i), await fleet.publishedSeconds(fleet.idOf(i)));
        await fleet.submit(1, 0, i);
        await until(lookAt - (((tick + 1) * each - 1 - i) * TICK_SECONDS * 1000) / each);
      }
      await until(lookAt);
      const lookedSeconds = now();
      const news = await reader.news();
      const taken = new Map<string, number>();
      for (const id of news) if (await reader.take(id, now())) taken.set(id, now());
      for (const [id, before] of open) {
        const published = await fleet.publishedSeconds(id);
        const takenSeconds = taken.get(id);
        // One that came in during the look is this one's or the next one's.
        if (takenSeconds === undefined && (published <= before || published > lookedSeconds)) continue;
        if (takenSeconds === undefined) late++;
        else waited.push(takenSeconds - published);
        open.delete(id);
      }
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
  return {
    lookSeconds: median(looks),
    mostLookSeconds: Math.max(...looks),
    takeSeconds,
    published: waited.length + late,
    waitedSeconds: median(waited),
    mostWaitedSeconds: Math.max(...waited),
    late,
  };
}

/** @returns seconds for each */
async function takeAll(reader: ForecastStore<Refitted>): Promise<number> {
  const began = performance.now();
  const news = await reader.news();
  for (const id of news) await reader.take(id, now());
  return (performance.now() - began) / 1000 / news.size;
}

async function until(atMs: number): Promise<void> {
  const leftMs = atMs - performance.now();
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
}
