import { describe, expect, it } from 'vitest';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import { CAPACITY, START, World, wave } from '../../test/engine-world.ts';
import { explainChain } from '../status/explain-chain.ts';

const HOUR = 3_600;
const MINUTE = 60;
const WEB = 'shop/Deployment/web';

/** At the top of the wave, with a week behind it. */
async function atTheTop(world: World) {
  const ref = await world.add('web', { replicas: 60, loads: [wave], days: 7 });
  await world.pass(10 * MINUTE);
  return ref;
}

function condition(status: WorkloadStatus | undefined, type: string) {
  return status!.conditions.find((one) => one.type === type)!;
}

describe('an hour of answers that say nothing', () => {
  it.each<[string, DemandReading]>([
    ['no series', { kind: 'missing', why: 'no series' }],
    ['NaN', { kind: 'value', value: Number.NaN, timeSeconds: START }],
    ['Inf', { kind: 'value', value: Number.POSITIVE_INFINITY, timeSeconds: START }],
    ['a negative number', { kind: 'value', value: -5, timeSeconds: START }],
  ])('%s takes no pod away, and it is said which metric has no value', async (_, reading) => {
    const world = new World();
    const ref = await atTheTop(world);
    const before = await world.replicas(ref);
    world.answer = () => reading;
    const statuses = await world.pass(HOUR, async () => expect(await world.replicas(ref)).toBe(before));
    const status = statuses.get(WEB);
    expect(status!.reasons).toContain('no-data');
    expect(condition(status, 'Ready')).toMatchObject({ status: false, reason: 'NoMetric' });
    expect(condition(status, 'Ready').message).toMatch(
      /no data, so nothing changes: requests: (no series|.* is no demand)/,
    );
    expect(status!.metrics[0]!.missing).toBeDefined();
  });

  it('a source that throws is no data for all, and the tick goes on', async () => {
    const world = new World();
    const ref = await atTheTop(world);
    const before = await world.replicas(ref);
    world.answer = () => {
      throw new Error('connection refused');
    };
    const statuses = await world.pass(5 * MINUTE);
    expect(await world.replicas(ref)).toBe(before);
    expect(condition(statuses.get(WEB), 'Ready').message).toContain('connection refused');
  });
});

it('back after 30 minutes with half-filled windows: nothing is taken away before five minutes are whole', async () => {
  const world = new World();
  const ref = await atTheTop(world);
  const before = await world.replicas(ref);
  world.answer = () => ({ kind: 'missing', why: 'gone' });
  await world.pass(30 * MINUTE);
  // A rate over a window that holds a quarter, a half, … of its samples.
  const back = world.now;
  world.answer = (_, at) => {
    const share = Math.min(1, (at - back) / (4 * MINUTE));
    return { kind: 'value', value: 500 * share, timeSeconds: at - TICK_SECONDS };
  };
  await world.pass(4 * MINUTE, async (statuses) => {
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(before);
    expect(statuses.get(WEB)!.replicas.wanted).toBeGreaterThanOrEqual(before);
  });
  await world.pass(10 * MINUTE);
  expect(await world.replicas(ref)).toBeGreaterThanOrEqual(500 / CAPACITY);
});

it.each<[string, number, string]>([
  ['where it is unusual at this time of day', 7, 'unusually-low'],
  ['where nobody knows yet what is usual, and counted for the alert', 1, 'false-zero'],
])('a valid 0 while pods are Ready is held for a quarter of an hour: %s', async (_, days, reason) => {
  const world = new World();
  const ref = await world.add('web', { replicas: 60, loads: [wave], days });
  await world.pass(10 * MINUTE);
  const before = await world.replicas(ref);
  world.change(ref, () => 0);
  const said = new Set<string>();
  await world.pass(14 * MINUTE, async (statuses) => {
    for (const one of statuses.get(WEB)!.reasons) said.add(one);
    // What was planned above the load may leave, what the load before it needs may not.
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(days === 7 ? before - 1 : 500 / CAPACITY);
  });
  expect([...said]).toContain(reason);
});

it('one of two metrics has no value through the evening: nothing is taken away, and what the other asks for is added', async () => {
  const world = new World();
  const ref = await world.add('web', { replicas: 60, loads: [wave, () => 100], days: 7 });
  await world.pass(15 * MINUTE);
  const before = await world.replicas(ref);
  world.answer = ({ id }) => (id.endsWith('#1') ? { kind: 'missing', why: 'no series' } : undefined);
  const held = await world.pass(6 * HOUR, async () => {
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(before);
  });
  expect(held.get(WEB)!.metrics[0]!.load).toBeLessThan(350);
  expect(held.get(WEB)!.reasons).toContain('metric-missing');
  world.change(ref, () => 800);
  await world.pass(3 * MINUTE);
  expect(await world.replicas(ref)).toBeGreaterThanOrEqual(80);
});

it('of 15 pods 5 have no measurement while the others are over their target: after two minutes it is said, in one Event, until all are measured', async () => {
  const world = new World();
  const ref = await world.add('web', { replicas: 15, loads: [() => 130] });
  const measured = (counted: number): DemandReading => ({
    kind: 'value',
    value: 13 * counted,
    timeSeconds: 0,
    pods: { counted, unmeasured: 15 - counted, starting: 0 },
  });
  world.answer = () => measured(10);
  const early = await world.pass(MINUTE);
  expect(condition(early.get(WEB), 'Ready')).toMatchObject({ status: true });
  const late = await world.pass(2 * MINUTE);
  // The HPA would not add pods either: those that are not measured count as idle.
  expect(await world.replicas(ref)).toBe(15);
  expect(condition(late.get(WEB), 'Ready')).toMatchObject({
    status: false,
    reason: 'PartlyMeasured',
    message: expect.stringContaining('5 of 15 running pods have no measured'),
  });
  expect(explainChain(late.get(WEB)!)[0]!.note).toContain('of 10 pods; 5 that run are not measured');
  expect(world.told.filter(({ reason }) => reason === 'PartlyMeasured')).toHaveLength(1);
  world.answer = () => measured(15);
  const after = await world.pass(MINUTE);
  expect(condition(after.get(WEB), 'Ready')).toMatchObject({ status: true });
  expect(await world.replicas(ref)).toBe(20);
});

it('a load that falls to 30 % because what it waits for hangs: never under the reactive floor, and not lowered for half an hour', async () => {
  const world = new World();
  const ref = await atTheTop(world);
  const before = await world.replicas(ref);
  const since = world.now;
  // Within three minutes, at a time of day that never saw it.
  world.change(ref, (t) => wave(t) * Math.max(0.3, 1 - (0.7 * (t - since)) / (3 * MINUTE)));
  let said = false;
  await world.pass(30 * MINUTE, async (statuses) => {
    const { reasons, replicas } = statuses.get(WEB)!;
    said ||= reasons.includes('unusually-low');
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(replicas.reactive!);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(0.95 * before);
  });
  expect(said).toBe(true);
  // The dependency is back, and with it all that had waited.
  world.change(ref, (t) => 1.3 * wave(t));
  await world.pass(3 * MINUTE);
  expect(await world.replicas(ref)).toBeGreaterThanOrEqual(65);
});

describe('a workload that is new', () => {
  it('without any history scales by its load at once: within a minute of the first observation', async () => {
    const world = new World();
    const ref = await world.add('web', { replicas: 2, loads: [() => 200] });
    const statuses = await world.pass(MINUTE);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(20);
    expect(condition(statuses.get(WEB), 'Forecasting')).toMatchObject({ status: false, reason: 'NoPeriod' });
  });

  it('with a week of history has pods before its daily ramp', async () => {
    const world = new World();
    // From 100 to 400 within two minutes, each hour at half past.
    const load = (t: number) =>
      (t + 7200) % 7200 >= 3600 ? Math.min(400, 100 + 300 * (((t % 7200) - 3600) / 120)) : 100;
    const ref = await world.add('web', { replicas: 12, loads: [load], days: 7, startupSeconds: 15 });
    await world.pass(59 * MINUTE + 45);
    expect(world.cluster.countsOf(workloadKey(ref)).total).toBeGreaterThan(12);
  });
});

it('a queue that was emptied is asked again for all within an hour', async () => {
  const world = new World();
  await world.add('web', { replicas: 60, loads: [wave], days: 7 });
  await world.add('api', { replicas: 60, loads: [wave], days: 7 });
  await world.pass(2 * MINUTE);
  expect(world.asked).toBe(2);
  await world.pass(HOUR);
  expect(world.asked).toBe(2);
  world.engine.queueLost();
  await world.pass(HOUR + MINUTE);
  expect(world.asked).toBe(4);
});

it('the past that the store lacks is read, also where it holds the last hour already', async () => {
  const world = new World();
  const id = `${WEB}#0`;
  for (let minute = 60; minute > 1; minute--) await world.history.append(id, START - minute * MINUTE, 123);
  await world.add('web', { replicas: 60, loads: [wave], days: 7 });
  await world.pass(2 * MINUTE);
  const series = (await world.history.read(id))!;
  expect((world.now - series.startSeconds) / (24 * HOUR)).toBeGreaterThan(6.9);
  // What was observed stays as it was.
  expect([...series.values]).toContain(123);
  expect(world.engine.get(WEB)!.metrics[0]!.learnedDays).toBeGreaterThan(6.9);
});

describe('refits that fail for good', () => {
  it('are dead letters that are said; the load carries it from the first minutes on, and a later refit heals it', async () => {
    const world = new World();
    const heals = world.refit;
    world.refit = () => {
      throw new Error('singular matrix');
    };
    const ref = await world.add('web', { replicas: 3, loads: [() => 200], days: 3 });
    const statuses = await world.pass(3 * MINUTE);
    expect(await world.queue.failed()).toMatchObject([{ id: `${WEB}#0`, attempts: 5, error: 'singular matrix' }]);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(20);
    const status = statuses.get(WEB)!;
    expect(status.reasons).toContain('reactive');
    expect(status.error).toBe('a refit failed 5 times, tried again in 10 min: singular matrix');
    expect(condition(status, 'Forecasting')).toMatchObject({ status: false, reason: 'Learning' });
    expect(condition(status, 'Ready')).toMatchObject({ status: false, reason: 'Failing', message: status.error });
    world.refit = heals;
    const healed = (await world.pass(12 * MINUTE)).get(WEB)!;
    expect(healed.error).toBeUndefined();
    expect(healed.reasons).not.toContain('forecast-expired');
    expect(condition(healed, 'Ready').status).toBe(true);
  });

  it('are told on the workload by one Event, and by another one only when they fail after one that succeeded', async () => {
    const world = new World();
    const heals = world.refit;
    const fails = () => {
      throw new Error('singular matrix');
    };
    world.refit = fails;
    await world.add('web', { replicas: 3, loads: [() => 200], days: 3 });
    await world.pass(45 * MINUTE);
    const events = () => world.told.filter(({ reason }) => reason === 'RefitFailed').map(({ message }) => message);
    expect(events()).toEqual([
      expect.stringMatching(
        /: no new forecast, its refit failed 5 times: singular matrix; the observed load alone decides$/,
      ),
    ]);
    world.refit = heals;
    await world.pass(12 * MINUTE);
    world.refit = fails;
    await world.pass(8 * HOUR);
    expect(events()).toHaveLength(2);
    expect(events()[1]).toMatch(/the forecast in use goes on until it expires$/);
  });

  it('of one that was learned leave it to its load when the forecast ends, never to nothing', async () => {
    const world = new World();
    const ref = await atTheTop(world);
    world.refit = () => {
      throw new Error('out of memory');
    };
    let expired = 0;
    await world.pass(8 * HOUR, async (statuses) => {
      const { reasons, replicas } = statuses.get(WEB)!;
      if (reasons.includes('forecast-expired')) expired ||= world.now;
      if (expired) expect(await world.replicas(ref)).toBeGreaterThanOrEqual(Math.min(replicas.reactive!, 500));
    });
    expect((expired - START) / HOUR).toBeGreaterThan(5);
    expect((expired - START) / HOUR).toBeLessThan(7);
    const status = world.engine.statuses[0]!;
    expect(condition(status, 'Forecasting').reason).toBe('Expired');
    expect(status.error).toMatch(/out of memory/);
  });

  it('are not asked for while there is no data, and at once when it is back', async () => {
    const world = new World();
    await atTheTop(world);
    const before = world.asked;
    world.answer = () => ({ kind: 'missing', why: 'gone' });
    await world.pass(9 * HOUR);
    expect(world.asked).toBe(before);
    world.answer = () => undefined;
    const statuses = await world.pass(10 * MINUTE);
    expect(world.asked).toBeGreaterThan(before);
    expect(world.asked).toBeLessThan(before + 5);
    expect(statuses.get(WEB)!.reasons).not.toContain('forecast-expired');
  });

  it('that the queue lost are asked for again', async () => {
    const world = new World();
    const submit = world.queue.submit.bind(world.queue);
    let lost = 0;
    world.queue.submit = async (id, job, priority) => {
      if (lost++ === 0) return;
      await submit(id, job, priority);
    };
    const ref = await world.add('web', { replicas: 3, loads: [() => 200], days: 2 });
    await world.pass(4 * MINUTE);
    expect(lost).toBeGreaterThan(1);
    expect(await world.replicas(ref)).toBeGreaterThanOrEqual(20);
  });
});
