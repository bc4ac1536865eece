import { expect, it } from 'vitest';
import { ScaleSubresource } from '../../actuator/targets/scale.ts';
import { VirtualCluster } from '../../benchmarks/virtual-cluster.ts';
import type { DemandReading, DemandSource } from '../../collector/demand/demand-source.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import { eciStartup } from '../../core/startup.ts';
import { TICK_SECONDS } from '../../core/tick.ts';
import { workloadKey } from '../../core/workload.ts';
import { NeuralModelCache } from '../../forecaster/lead-time/neural/model-cache.ts';
import { toGrid } from '../../replay/clock.ts';
import { EXACT_OBSERVATION } from '../../replay/observation.ts';
import { startupSequence } from '../../replay/pods.ts';
import { replay } from '../../replay/replay.ts';
import type { ReplaySettings } from '../../replay/result.ts';
import { MemoryForecastStore } from '../../storage/forecast-store.ts';
import { MemoryHistoryStore } from '../../storage/history-store.ts';
import type { JobQueue } from '../../storage/job-queue.ts';
import { SILENT } from '../../telemetry/log/log.ts';
import { exampleWorkloadPolicy } from '../../test/example-policy.ts';
import { dailyLoad, SETTINGS, sampled } from '../../test/generated-traces.ts';
import { type Refitted, refit } from '../refits/refit.ts';
import type { RefitJob } from '../refits/refit-job.ts';
import { ownRecording } from '../sources/recording.ts';
import { Engine } from './engine.ts';

const HISTORY = 7 * DAY_SECONDS;

it('the whole live path decides what the replay decides, tick by tick, over two days with six refits and calibrations a day', async () => {
  // Noise of minutes would have the live path's guard against thrash speak, which the replay has not.
  const noisy = dailyLoad(9);
  const load = (t: number) => {
    let sum = 0;
    for (let minute = 0; minute < 20; minute++) sum += noisy(t + 60 * minute);
    return sum / 20;
  };
  const samples = sampled(HISTORY + 2 * DAY_SECONDS, load);
  // Its refits read a history by the tick, of exact means.
  const settings: ReplaySettings = {
    ...SETTINGS,
    podCapacity: 12,
    historySeconds: HISTORY,
    policies: ['predictive'],
    observation: EXACT_OBSERVATION,
  };
  const replayed = replay(samples, eciStartup(), settings).timeline.runs[0]!;
  const grid = toGrid(samples, settings);
  const first = HISTORY / TICK_SECONDS;

  const cluster = new VirtualCluster();
  cluster.at((first - 1) * TICK_SECONDS);
  const startups = startupSequence(eciStartup(), settings.seed);
  const ref = cluster.deploy('shop', 'web', Math.ceil(grid.demand[first]! / settings.podCapacity), startups);
  const id = `${workloadKey(ref)}#0`;
  let tick = first - 1;

  const source: DemandSource = {
    name: 'the trace',
    history: async () => ({ times: new Float64Array(0), values: new Float64Array(0) }),
    latest: async (queries) =>
      new Map(
        queries.map((query): [string, DemandReading] => {
          const value = grid.observed[tick]!;
          const timeSeconds = (tick - 1) * TICK_SECONDS;
          return [
            query.id,
            Number.isNaN(value) ? { kind: 'missing', why: 'gap' } : { kind: 'value', value, timeSeconds },
          ];
        }),
      ),
    close: async () => {},
  };
  // Every tick is kept, in double precision, so that a refit reads what the replay read.
  const history = new MemoryHistoryStore(20, TICK_SECONDS, Float64Array);
  await history.fill(id, {
    startSeconds: 0,
    stepSeconds: TICK_SECONDS,
    values: grid.observed.slice(1, first),
  });
  const forecasts = new MemoryForecastStore<Refitted>();
  let refits = 0;
  const queue: Pick<JobQueue<RefitJob>, 'submit' | 'cancel'> = {
    submit: async (_, job) => {
      refits++;
      const series = fromStart((await history.read(id))!);
      // The replay's own start-up, lead and seed; live measures the first two.
      const startup = { kind: 'log-normal', p50Seconds: 9, p90Seconds: 20 } as const;
      const refitted = refit({
        ...job,
        history: series,
        startup,
        leadTimeSeconds: undefined,
        seed: 0x5ca1e,
        neural: 'shipped',
      });
      const untilSeconds = refitted.untilSeconds;
      await forecasts.publish(id, { untilSeconds, expiresSeconds: Number.POSITIVE_INFINITY, payload: refitted });
    },
    cancel: async () => {},
  };
  const engine = new Engine(
    {
      api: cluster.api,
      source,
      history,
      recording: ownRecording(source, history),
      forecasts,
      neuralModels: new NeuralModelCache(),
      queue: queue as JobQueue<RefitJob>,
      pods: cluster,
      startups: { latency: () => ({ latency: eciStartup(), source: 'measured', samples: 100 }) },
      route: async () => ({ target: new ScaleSubresource(cluster.api, ref, `${cluster.path(ref)}/scale`) }),
      events: { normal: () => {}, warning: () => {}, forget: () => {} },
      isLeader: () => true,
      unitOf: () => 'req/s',
      log: SILENT,
    },
    {
      maxReplicas: settings.max,
      workloadsPerNamespace: 10,
      writesAtOnce: 4,
      fleetShare: 1,
      markDeletionCost: false,
      refitTicks: 4 * 240,
      historyStepSeconds: TICK_SECONDS,
    },
  );
  const policy = exampleWorkloadPolicy({
    metrics: [
      {
        metric: { kind: 'template', template: 'requests', args: {} },
        target: { kind: 'absolute', perPod: settings.podCapacity },
      },
    ],
    minReplicas: settings.min,
    maxReplicas: settings.max,
    unmetTargetBp: settings.unmetTargetBp,
  });
  await engine.apply({ kind: 'in', ref, uid: '1', policy });
  await engine.tick(tick * TICK_SECONDS);
  await engine.settled();

  const differ: string[] = [];
  for (tick = first; tick < grid.demand.length; tick++) {
    cluster.at(tick * TICK_SECONDS);
    const [status] = await engine.tick(tick * TICK_SECONDS);
    await cluster.settle();
    const expected = replayed.desired[tick - first]!;
    const decided = await cluster.replicas(ref);
    if (decided !== expected)
      differ.push(`tick ${tick - first}: ${decided}, not ${expected}: ${status!.reasons.join(' ')}`);
    const { total, ready } = cluster.countsOf(workloadKey(ref));
    if (decided === expected && (total !== replayed.total[tick - first] || ready !== replayed.ready[tick - first])) {
      differ.push(`tick ${tick - first}: ${ready} of ${total} pods Ready`);
    }
  }
  expect(differ.slice(0, 20)).toEqual([]);
  expect(refits).toBeGreaterThan(8);
  expect(new Set(replayed.desired).size).toBeGreaterThan(5);
});

/** The replay's first ticks have no observation; a store begins with its first value. Rows are learned each fourth tick, so the place counts. */
function fromStart({ startSeconds, values }: Series): Series {
  const missing = startSeconds / TICK_SECONDS + 1;
  const whole = new Float64Array(missing + values.length).fill(Number.NaN);
  whole.set(values, missing);
  return { startSeconds: -TICK_SECONDS, stepSeconds: TICK_SECONDS, values: whole };
}
