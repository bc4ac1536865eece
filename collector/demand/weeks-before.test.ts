import { beforeEach, describe, expect, it } from 'vitest';
import { WorldError } from '../../core/errors.ts';
import { DAY_SECONDS as DAY } from '../../core/series.ts';
import { WEEKS_DAYS, WEEKS_STEP_SECONDS, withWeeks } from '../../core/weeks.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { backfill, backfillWeeks } from './backfill.ts';
import { Backfills } from './backfills.ts';
import { Collecting } from './collecting.ts';
import type { DemandQuery, DemandSource, TimeRange } from './demand-source.ts';
import {
  MemoryCollectionList,
  MemoryCollectorsAlive,
  MemoryReadingsStore,
  memoryMinutes,
} from './memory-collection.ts';
import { recordedWithWeeks } from './recorded-weeks.ts';

/** The newest whole minute ended a quarter of a minute ago, at a full five minutes. */
const NOW = 1_800_000_015;
const END = NOW - 15;
const QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'template', template: 'requests', args: {} },
};
const load = (seconds: number) => Math.round(seconds / 60) % 1_009;

let asked: TimeRange[];
/** How many days a Prometheus keeps. */
let retentionDays: number;
let refuses: string | undefined;
let minutes: MemoryHistoryStore;
let weeks: MemoryHistoryStore;
const source: Pick<DemandSource, 'history'> = {
  history: async (_, range) => {
    const { startSeconds, endSeconds, stepSeconds } = range;
    asked.push(range);
    if (refuses !== undefined && stepSeconds > 60) throw new WorldError(refuses);
    const all = Array.from(
      { length: (endSeconds - startSeconds) / stepSeconds + 1 },
      (_, i) => startSeconds + i * stepSeconds,
    );
    const times = Float64Array.from(all.filter((time) => time > END - retentionDays * DAY));
    return { times, values: times.map(load) };
  },
};
const inDays = ({ startSeconds, endSeconds, stepSeconds }: TimeRange) => [
  (startSeconds - END) / DAY,
  (endSeconds - END) / DAY,
  stepSeconds,
];

beforeEach(() => {
  asked = [];
  retentionDays = 90;
  refuses = undefined;
  minutes = new MemoryHistoryStore(8);
  weeks = new MemoryHistoryStore(WEEKS_DAYS, WEEKS_STEP_SECONDS);
});

/** As a collector does: the week of minutes, each fifth of them among the weeks, and the weeks before. */
async function open(): Promise<void> {
  const history = recordedWithWeeks(memoryMinutes(minutes), memoryMinutes(weeks));
  await backfill(source, history, QUERY, NOW);
  await backfillWeeks(source, weeks, QUERY, NOW);
}

describe('the weeks before', () => {
  it('are one question more: 21 days in steps of five minutes, fewer points than the 11,000 that Prometheus gives', async () => {
    await open();
    expect(asked).toHaveLength(2);
    const [first, last, step] = inDays(asked[1]!);
    expect(first).toBeCloseTo(-28, 2);
    expect(last).toBeCloseTo(-7, 1);
    expect(step).toBe(300);
    expect((asked[1]!.endSeconds - asked[1]!.startSeconds) / 300).toBeLessThan(11_000);
    const known = withWeeks((await minutes.read(QUERY.id))!, await weeks.read(QUERY.id));
    expect(known.values.length / 1_440).toBeCloseTo(28, 2);
    expect(known.values.some(Number.isNaN)).toBe(false);
    const wrong = [...known.values.keys()].filter((m) => {
      const at = known.startSeconds + 60 * m;
      return at % 300 === 0 && known.values[m] !== load(at);
    });
    expect(wrong).toEqual([]);
  });

  it('are not asked for again where they are known', async () => {
    await open();
    await backfillWeeks(source, weeks, QUERY, NOW + 3_600);
    expect(asked).toHaveLength(2);
  });

  it('of a Prometheus that keeps 15 days are one week: what it does not have stays unknown', async () => {
    retentionDays = 15;
    await open();
    const known = withWeeks((await minutes.read(QUERY.id))!, await weeks.read(QUERY.id));
    expect(known.values.length / 1_440).toBeCloseTo(15, 1);
    expect(known.values.some(Number.isNaN)).toBe(false);
  });

  it('of a Prometheus that keeps a week are none, and the history is that of the minutes', async () => {
    retentionDays = 7;
    await open();
    const week = (await minutes.read(QUERY.id))!;
    expect(withWeeks(week, await weeks.read(QUERY.id))).toBe(week);
  });

  it.each([
    ['before the week of minutes is there', false],
    ['behind it', true],
  ])('are asked for where nobody recorded for days, %s', async (_, minutesFirst) => {
    const values = Float64Array.from({ length: 18 * 288 }, (__, i) => load(END - 28 * DAY + 300 * i));
    await weeks.fill(QUERY.id, { startSeconds: END - 28 * DAY, stepSeconds: 300, values });
    const history = recordedWithWeeks(memoryMinutes(minutes), memoryMinutes(weeks));
    if (minutesFirst) await backfill(source, history, QUERY, NOW);
    await backfillWeeks(source, weeks, QUERY, NOW);
    await backfill(source, history, QUERY, NOW);
    const known = (await weeks.read(QUERY.id))!;
    expect(known.values.length / 288).toBeCloseTo(28, 1);
    expect(known.values.some(Number.isNaN)).toBe(false);
    const questions = asked.filter(({ stepSeconds }) => stepSeconds === 300);
    expect(questions.map(({ endSeconds }) => endSeconds < END - 7 * DAY)).toEqual([minutesFirst]);
    await backfillWeeks(source, weeks, QUERY, NOW + 60);
    expect(asked.filter(({ stepSeconds }) => stepSeconds === 300)).toHaveLength(1);
  });

  it('go on by each fifth minute that is recorded', async () => {
    await open();
    const history = recordedWithWeeks(memoryMinutes(minutes), memoryMinutes(weeks));
    for (let at = END + 60; at <= END + 9 * DAY; at += 60)
      await history.appendAll([{ id: QUERY.id, timeSeconds: at, value: load(at) }]);
    const known = withWeeks((await minutes.read(QUERY.id))!, await weeks.read(QUERY.id));
    expect(known.values.length / 1_440).toBeCloseTo(28, 2);
    expect(known.values.some(Number.isNaN)).toBe(false);
  });
});

describe('backfills', () => {
  const started = (clock: VirtualClock, filled: string[], log = SILENT) =>
    new Backfills({
      source,
      history: recordedWithWeeks(memoryMinutes(minutes), memoryMinutes(weeks)),
      weeks,
      atOnce: 2,
      onFilled: async (id) => void filled.push(id),
      clock,
      epochSeconds: () => NOW + clock.nowSeconds(),
      random: () => 0.5,
      log,
    });
  const run = async (clock: VirtualClock, backfills: Backfills, seconds: number, stepSeconds = 2) => {
    for (let second = 0; second < seconds; second += stepSeconds) {
      backfills.start();
      await clock.advance(stepSeconds);
    }
  };

  it('ask for them when the week is there, and say of the week alone that it is', async () => {
    const [clock, filled]: [VirtualClock, string[]] = [new VirtualClock(0), []];
    const backfills = started(clock, filled);
    backfills.week(QUERY);
    await run(clock, backfills, 10);
    expect(asked.map(({ stepSeconds }) => stepSeconds)).toEqual([60, 300]);
    expect(filled).toEqual([QUERY.id]);
    expect(backfills.waiting + backfills.failing).toBe(0);
  });

  it('open without them where the server refuses so long a range, and ask it ever more rarely', async () => {
    refuses = 'the query time range exceeds the limit';
    const [clock, filled]: [VirtualClock, string[]] = [new VirtualClock(0), []];
    const backfills = started(clock, filled);
    backfills.week(QUERY);
    await run(clock, backfills, 3_600);
    expect(filled).toEqual([QUERY.id]);
    expect(backfills).toMatchObject({ waiting: 0, failing: 1 });
    expect(asked.filter(({ stepSeconds }) => stepSeconds === 300)).toHaveLength(3);
    refuses = undefined;
    await run(clock, backfills, 3_600);
    expect(backfills.failing).toBe(0);
    expect((await weeks.read(QUERY.id))!.values.length * 300).toBeGreaterThan(27 * DAY);
  });

  it('ask a server that goes on refusing once a day', async () => {
    refuses = 'the query time range exceeds the limit';
    const waits: unknown[] = [];
    const clock = new VirtualClock(0);
    const backfills = started(clock, [], { ...SILENT, warn: (_, fields) => waits.push(fields?.inSeconds) });
    backfills.weeks(QUERY);
    await run(clock, backfills, 4 * DAY, 60);
    // Four times as long each time, up to a day; three quarters of it, as chance has it.
    expect(waits.slice(0, 7)).toEqual([240, 960, 3_840, 15_360, 61_440, DAY, DAY].map((seconds) => 0.75 * seconds));
  });

  it('ask for those of a metric that was opened before there were any', async () => {
    const [clock, filled]: [VirtualClock, string[]] = [new VirtualClock(0), []];
    await backfill(source, minutes, QUERY, NOW);
    const backfills = started(clock, filled);
    backfills.weeks(QUERY);
    await run(clock, backfills, 4);
    expect((await weeks.read(QUERY.id))!.values.length * 300).toBeCloseTo(28 * DAY, -3);
    expect(filled).toEqual([]);
  });
});

it('weeks that are lost alone are read again by the collector that has the metric', async () => {
  const clock = new VirtualClock(NOW);
  const list = new MemoryCollectionList();
  await list.put([{ query: QUERY, selector: 'app=web' }]);
  const kept = memoryMinutes(weeks, (id) => collecting.refillWeeks(id));
  const collecting: Collecting = new Collecting(
    {
      name: 'a',
      list,
      readingsStore: new MemoryReadingsStore(),
      alive: new MemoryCollectorsAlive(clock.nowSeconds, 15),
      history: recordedWithWeeks(memoryMinutes(minutes), kept),
      weeks,
      source: {
        ...source,
        latest: async (_, at) => new Map([[QUERY.id, { kind: 'value', value: load(at - 15), timeSeconds: at - 15 }]]),
      },
      pods: { registerAll: async () => new Map(), unregister: () => {}, podsOf: () => [], synced: true },
      clock,
      epochSeconds: clock.nowSeconds,
      random: () => 0.5,
      log: SILENT,
    },
    { heartbeatSeconds: 5, deadAfterSeconds: 15, backfillsAtOnce: 4 },
  );
  const stop = new AbortController();
  const done = collecting.run(stop.signal);
  const daysOfWeeks = async () => ((await weeks.read(QUERY.id))?.values.length ?? 0) / 288;
  await clock.advance(900);
  expect(await daysOfWeeks()).toBeCloseTo(28, 1);
  await weeks.forget(QUERY.id);
  await clock.advance(900);
  expect(await daysOfWeeks()).toBeCloseTo(28, 1);
  expect(asked.filter(({ stepSeconds }) => stepSeconds === 300)).toHaveLength(2);
  stop.abort();
  await clock.advance(1);
  await done;
});
