import { describe, expect, it } from 'vitest';
import { Collecting } from '../../collector/demand/collecting.ts';
import type { DemandReading } from '../../collector/demand/demand-source.ts';
import {
  MemoryCollectionList,
  MemoryCollectorsAlive,
  MemoryReadingsStore,
  memoryMinutes,
} from '../../collector/demand/memory-collection.ts';
import { HOUR_SECONDS } from '../../core/series.ts';
import { workloadKey } from '../../core/workload.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { START, World, wave } from '../../test/engine-world.ts';
import { CollectedDemand } from '../sources/collected-demand.ts';
import { CollectedRecording } from '../sources/collected-recording.ts';

/** Pods that together serve so much and no more: what is over it can't be measured. */
const FULL = 250;

interface Story {
  readonly world: World;
  readonly tend: () => Promise<void>;
}

/** All in one process. */
function oneProcess(): Story {
  const world = new World();
  world.answer = (_, at) => measured(at);
  return { world, tend: async () => {} };
}

/** A collector and an actuator, which share a store. */
function distributed(collectorFirst: boolean): Story {
  const list = new MemoryCollectionList();
  const readingsStore = new MemoryReadingsStore();
  const nowSeconds = () => world.clock.nowSeconds();
  const alive = new MemoryCollectorsAlive(nowSeconds, 15);
  // The collector's write may come before the actuator's or after it.
  const late: (() => Promise<void>)[] = [];
  const minutes = () => memoryMinutes(world.history);
  const recording = new CollectedRecording({
    list,
    history: { forget: (id) => world.history.forget(id), appendAll: (points) => minutes().appendAll(points) },
    isLeader: () => world.leads,
    unwanted: () => false,
  });
  const clock = { nowSeconds, sleep: (seconds: number) => world.clock.sleep(seconds) };
  const source = new CollectedDemand({ readingsStore, collectors: alive, clock });
  const world: World = new World({}, { recording, source });
  const collecting = new Collecting(
    {
      name: 'a',
      list,
      readingsStore,
      alive,
      clock,
      epochSeconds: nowSeconds,
      random: () => 0.5,
      log: SILENT,
      history: {
        read: (id) => minutes().read(id),
        fill: (id, series) => minutes().fill(id, series),
        appendAll: async (points) => {
          if (collectorFirst) await minutes().appendAll(points);
          else late.push(() => minutes().appendAll(points));
        },
      },
      source: {
        latest: async (queries, at) => new Map(queries.map(({ id }) => [id, measured(at)])),
        history: async (_, { startSeconds, endSeconds }) => past(startSeconds, endSeconds),
      },
      pods: { registerAll: async () => new Map(), unregister: () => {}, podsOf: () => [], synced: true },
    },
    { heartbeatSeconds: 5, deadAfterSeconds: 15, backfillsAtOnce: 4 },
  );
  void collecting.run(new AbortController().signal);
  const tend = async () => {
    for (const write of late.splice(0)) await write();
    await recording.tend();
  };
  return { world, tend };
}

function past(startSeconds: number, endSeconds: number) {
  const times = Float64Array.from({ length: (endSeconds - startSeconds) / 60 + 1 }, (_, i) => startSeconds + 60 * i);
  return { times, values: times.map((time) => asked(time)) };
}

/** Of the minute that ends there. */
const asked = (seconds: number) => [0, 15, 30, 45].reduce((sum, back) => sum + wave(seconds - back) / 4, 0);

/** From one hour after the start on its pods are saturated at 250, while up to 500 are asked of them. */
function measured(atSeconds: number): DemandReading {
  const timeSeconds = atSeconds - 15;
  const value = asked(timeSeconds);
  const censored = timeSeconds > START + HOUR_SECONDS && value > FULL;
  return { kind: 'value', value: censored ? FULL : value, timeSeconds, censored };
}

/** Of the minutes in which the pods were saturated: what the engine took for the demand, and what is stored of it. */
async function saturated({ world, tend }: Story): Promise<{ taken: number[]; stored: number[] }> {
  const ref = await world.add('web', { replicas: 30, loads: [wave], days: 7, policy: { mode: 'observe' } });
  const taken = new Map<number, number>();
  await world.pass(3 * HOUR_SECONDS, async (statuses) => {
    const { load, censored } = statuses.get(workloadKey(ref))!.metrics[0]!;
    const minute = world.now - 15;
    if (censored && minute % 60 === 0) taken.set(minute, load!);
    await tend();
  });
  const { startSeconds, values } = (await world.history.read(`${workloadKey(ref)}#0`))!;
  const stored = [...taken.keys()].map((minute) => values[(minute - startSeconds) / 60]!);
  return { taken: [...taken.values()], stored };
}

describe('what is stored of a workload whose pods are saturated', () => {
  it.each([
    { mode: 'one process', story: oneProcess },
    { mode: 'a collector that writes before the actuator', story: () => distributed(true) },
    { mode: 'a collector that writes after the actuator', story: () => distributed(false) },
  ])('is what was expected and not the cut-off, in every mode: $mode', async ({ story }) => {
    const { taken, stored } = await saturated(story());
    expect(taken.length).toBeGreaterThan(100);
    expect(stored.map(Math.fround)).toEqual(taken.map(Math.fround));
    // 250 are measured, 350 to 500 asked for around midnight.
    expect(Math.min(...stored)).toBeGreaterThan(300);
  });
});

it('says while its pods are at their limit, and for two minutes after, why more of them come in steps', async () => {
  const { world, tend } = oneProcess();
  const ref = await world.add('web', { replicas: 30, loads: [wave], days: 7, policy: { mode: 'observe' } });
  let sinceSeconds = Number.POSITIVE_INFINITY;
  const seen = { yes: 0, no: 0 };
  await world.pass(3 * HOUR_SECONDS, async (statuses) => {
    const { metrics, conditions } = statuses.get(workloadKey(ref))!;
    sinceSeconds = metrics[0]!.censored ? 0 : sinceSeconds + 15;
    const condition = conditions.find(({ type }) => type === 'Saturated')!;
    expect(condition.status).toBe(sinceSeconds < 120);
    if (condition.status) expect(condition.message).toContain('hide the demand');
    seen[condition.status ? 'yes' : 'no']++;
    await tend();
  });
  expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(100);
});
