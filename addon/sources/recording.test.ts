import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DemandQuery, TimeRange } from '../../collector/demand/demand-source.ts';
import { WorldError } from '../../core/errors.ts';
import { DAY_SECONDS as DAY } from '../../core/series.ts';
import { WEEKS_DAYS, WEEKS_STEP_SECONDS, withWeeks } from '../../core/weeks.ts';
import { VirtualClock } from '../../kubernetes/fake/virtual-clock.ts';
import { FileHistoryStore } from '../../storage/file-history-store.io.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { ownRecording } from './recording.ts';

const NOW = 1_800_000_015;
const END = NOW - 15;
const QUERY: DemandQuery = {
  id: 'shop/Deployment/web#0',
  workload: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
  metric: { kind: 'template', template: 'requests', args: {} },
};
const HANDLERS = { onDamage: (message: string) => expect.unreachable(message), epochSeconds: () => NOW + DAY };

let folder: string;
let asked: TimeRange[];
let problems: string[];
let refuses: boolean;
/** What answers for the weeks wait for. */
let slow: Promise<void> | undefined;
let clock: VirtualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'recording-'));
  [asked, problems, refuses, slow] = [[], [], false, undefined];
  clock = new VirtualClock(NOW);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const source = {
  history: async (_: DemandQuery, range: TimeRange) => {
    asked.push(range);
    const { startSeconds, endSeconds, stepSeconds } = range;
    if (refuses && stepSeconds > 60) throw new WorldError('range too long');
    if (stepSeconds > 60) await slow;
    const length = (endSeconds - startSeconds) / stepSeconds + 1;
    const times = Float64Array.from({ length }, (_, i) => startSeconds + i * stepSeconds);
    return { times, values: times.map(() => 5) };
  },
};
const openStores = async () => ({
  history: await FileHistoryStore.open(folder, 8, HANDLERS),
  weeks: await FileHistoryStore.open(join(folder, 'weeks'), WEEKS_DAYS, HANDLERS, WEEKS_STEP_SECONDS),
});
type Stores = Awaited<ReturnType<typeof openStores>>;
const recordingOf = ({ history, weeks }: Stores) =>
  ownRecording(source, history, {
    store: weeks,
    clock,
    epochSeconds: clock.nowSeconds,
    random: () => 0.5,
    log: { ...SILENT, warn: (_, fields) => problems.push(`${fields?.lacking}: ${fields?.why}`) },
  });
const daysKnown = async ({ history, weeks }: Stores) =>
  withWeeks((await history.read(QUERY.id))!, await weeks.read(QUERY.id)).values.length / 1_440;
/** What nobody waits for ends when the files are at rest. */
const atRest = async (found: () => Promise<boolean> | boolean) => {
  for (let tries = 0; tries < 200 && !(await found()); tries++) await new Promise((resolve) => setTimeout(resolve, 5));
};

it('a folder of eight days of minutes, as it was before there were weeks, is read and gets its weeks', async () => {
  const before = await FileHistoryStore.open(folder, 8, HANDLERS);
  const values = new Float64Array(8 * 1_440).fill(7);
  await before.fill(QUERY.id, { startSeconds: END - 60 * (values.length - 1), stepSeconds: 60, values });
  await before.close();

  const stores = await openStores();
  const read = (await stores.history.read(QUERY.id))!.values;
  expect([read.length, read.every((value) => value === 7)]).toEqual([values.length, true]);
  expect(await recordingOf(stores).begin(QUERY, 'app=web', NOW)).toBe(true);
  await atRest(async () => (await daysKnown(stores)) > 20);
  expect(await daysKnown(stores)).toBeCloseTo(28, 2);
  // Eight days are known: only what is before them was asked for.
  expect(asked.map(({ stepSeconds }) => stepSeconds)).toEqual([300]);
  expect(asked[0]!.endSeconds).toBeLessThan(END - 7.9 * DAY);
  await Promise.all([stores.history.close(), stores.weeks.close()]);
});

it('where the server refuses so long a range the workload opens on its minutes, and it is asked again minutes later', async () => {
  refuses = true;
  const stores = await openStores();
  const recording = recordingOf(stores);
  const record = async (minute: number) => {
    await clock.advance(60);
    await recording.record(QUERY.id, END + 60 * minute, 5, false);
  };
  expect(await recording.begin(QUERY, 'app=web', NOW)).toBe(true);
  await atRest(() => problems.length > 0);
  expect(problems).toEqual(['weeks: range too long']);
  refuses = false;
  for (let minute = 1; minute <= 4; minute++) await record(minute);
  expect(asked.filter(({ stepSeconds }) => stepSeconds === 300)).toHaveLength(1);
  for (let minute = 5; minute <= 6; minute++) await record(minute);
  await atRest(async () => (await daysKnown(stores)) > 20);
  expect(asked.filter(({ stepSeconds }) => stepSeconds === 300)).toHaveLength(2);
  expect(await daysKnown(stores)).toBeCloseTo(28, 1);
  await Promise.all([stores.history.close(), stores.weeks.close()]);
});

it('weeks that come when the workload is opted out already are not kept', async () => {
  let answer = () => {};
  slow = new Promise((resolve) => {
    answer = resolve;
  });
  const stores = await openStores();
  const recording = recordingOf(stores);
  await recording.begin(QUERY, 'app=web', NOW);
  await atRest(() => asked.length === 2);
  await recording.end(QUERY.id);
  answer();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await stores.weeks.ids()).toEqual([]);
  await Promise.all([stores.history.close(), stores.weeks.close()]);
});

it('what is recorded stands among the weeks each five minutes, and goes with the workload', async () => {
  const stores = await openStores();
  const recording = recordingOf(stores);
  await recording.begin(QUERY, 'app=web', NOW);
  await atRest(async () => (await daysKnown(stores)) > 20);
  for (let minute = 1; minute <= 10; minute++) await recording.record(QUERY.id, END + 60 * minute, minute, false);
  expect((await stores.weeks.read(QUERY.id))!.values.slice(-3)).toEqual(Float64Array.of(5, 5, 10));
  await recording.end(QUERY.id);
  expect(await stores.weeks.ids()).toEqual([]);
  expect(await stores.history.ids()).toEqual([]);
  await Promise.all([stores.history.close(), stores.weeks.close()]);
});
