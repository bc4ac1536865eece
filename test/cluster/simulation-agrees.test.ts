import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TICK_SECONDS } from '../../core/tick.ts';
import { levelAt } from '../../simulation/demand.ts';
import { type Scenario, scenarioOf, type WorkloadPlan } from '../../simulation/scenarios/scenario.ts';
import { START_SECONDS, World } from '../../simulation/world.ts';
import { type DemandExporter, EXPORTER, startDemandExporter } from './demand-exporter.ts';
import { type ReplicaWatch, shown, watchReplicas } from './fault-watch.ts';
import { type Cluster, startCluster } from './harness.ts';
import { installPrescale } from './prescale.ts';
import { pause } from './server-process.ts';
import { AGREED_TEMPLATE, COUNTER, FALSE_ZERO, scrapedMeasurement } from './simulated-scrapes.ts';

/*
 * The simulation is checked against real servers: five workloads with the same demand, start-up times, queries and policy (no history),
 * once in virtual and once in real time, which takes seven minutes. Both are scraped every 5 s, at phases of their own: a mean of a
 * minute that rises by a pod a tick is then off by a third of a pod, and what rounds up, or passes the HPA's tolerance, does so a tick
 * sooner or later. So replicas may differ by one pod, at ticks that differ by one.
 */
const SCRAPE_SECONDS = 5;
const OPT_IN_SECONDS = 22;
/** What is written at a tick is looked at so much later: two loaded cores take their time. */
const LOOK_SECONDS = 10;
const MOST_PODS = 1;
const MOST_TICKS = 1;

const QUICK = { p50: 9, p90: 9 };
const SCENARIO: Scenario = scenarioOf({
  duration: 405,
  workloads: [
    {
      name: 'step',
      replicas: 4,
      startup: QUICK,
      demand: { level: 3.6, changes: [{ kind: 'step', at: 90, to: 11.6 }] },
    },
    {
      name: 'ramp',
      replicas: 4,
      startup: QUICK,
      demand: { level: 3.6, changes: [{ kind: 'ramp', at: 90, for: 150, to: 12.6 }] },
    },
    {
      name: 'fall',
      replicas: 12,
      startup: QUICK,
      demand: { level: 11.6, changes: [{ kind: 'step', at: 35, to: 5.6 }] },
    },
    { name: 'zero', replicas: 6, startup: QUICK, demand: { level: 5.6 } },
    {
      name: 'slow',
      replicas: 4,
      startup: { p50: 40, p90: 40 },
      demand: { level: 3.6, changes: [{ kind: 'step', at: 90, to: 9.6 }] },
    },
  ],
  commands: [{ at: 60, do: 'metric-zero', for: 180, workload: 'zero' }],
});
const NAMES = SCENARIO.workloads.map(({ name }) => name);

/** Replicas of each workload at tick 0, 1, … */
type Course = Readonly<Record<string, readonly number[]>>;

async function simulated(): Promise<Course> {
  const world = new World(SCENARIO, { measurement: (one) => scrapedMeasurement(one, SCRAPE_SECONDS) });
  const enable = (value: string) => {
    for (const name of NAMES) world.cluster.annotate(name, 'prescale.dev/enabled', value);
  };
  enable('false');
  world.clock.at(START_SECONDS + OPT_IN_SECONDS, () => enable('true'));
  const { ticks } = await world.run();
  const at = (name: string, workloads: (typeof ticks)[number]['workloads']) =>
    workloads.find((workload) => workload.name === name)!.replicas;
  // It looks from the first tick on; at the start there are as many as the plan says.
  return Object.fromEntries(
    SCENARIO.workloads.map(({ name, replicas }) => [
      name,
      [replicas, ...ticks.map((tick) => at(name, tick.workloads))],
    ]),
  );
}

let exporter: DemandExporter;
let cluster: Cluster;
let watch: ReplicaWatch | undefined;
let both: { readonly real: Course; readonly simulated: Course };

/** From the start, which is not known before everything runs. */
let startSeconds = Number.POSITIVE_INFINITY;
const since = (epochSeconds: number) => epochSeconds - startSeconds;
const epochSeconds = () => Date.now() / 1000;
const until = (seconds: number) => pause(Math.max(0, 1000 * (startSeconds + seconds - epochSeconds())));

function expose({ name, demand, target }: WorkloadPlan): void {
  exporter.follow(`${COUNTER}{app="${name}"}`, (now) => target * levelAt(demand, since(now), SCENARIO.seed));
  const [zero] = SCENARIO.commands.filter(({ workload }) => workload === name);
  if (!zero) return;
  const holds = (now: number) => since(now) >= zero.at && since(now) < zero.at + zero.for!;
  exporter.follow(`${FALSE_ZERO}{app="${name}"}`, (now) => (holds(now) ? 1 : Number.NaN));
}

async function onServers(): Promise<Course> {
  exporter = await startDemandExporter();
  for (const plan of SCENARIO.workloads) expose(plan);
  cluster = await startCluster({ scrape: { [EXPORTER]: exporter }, scrapeSeconds: SCRAPE_SECONDS });
  await cluster.createNamespace('sim');
  for (const { name, replicas, startup } of SCENARIO.workloads) {
    await cluster.createDeployment({ namespace: 'sim', name, replicas, startupSeconds: startup.p50 });
  }
  const templates = { requests: AGREED_TEMPLATE };
  const config = { prometheus: { templates } };
  const addon = await (await installPrescale(cluster, { values: { config } })).start();
  await cluster.waitFor('the addon to lead', async () => (await shown(addon)).leader, 30);
  for (const { name, replicas } of SCENARIO.workloads) {
    const ready = async () => (await cluster.readyPods('sim', name)) === replicas;
    await cluster.waitFor(`the pods of ${name}`, ready, 90);
  }
  watch = watchReplicas(cluster);
  startSeconds = TICK_SECONDS * Math.ceil((epochSeconds() + 5) / TICK_SECONDS);
  await until(OPT_IN_SECONDS);
  const path = (name: string) => `/apis/apps/v1/namespaces/sim/deployments/${name}`;
  await Promise.all(
    SCENARIO.workloads.map(({ name, ...plan }) =>
      cluster.api.request('PATCH', path(name), { metadata: { annotations: annotationsOf(plan) } }),
    ),
  );
  await until(SCENARIO.duration + TICK_SECONDS);
  return Object.fromEntries(NAMES.map((name) => [name, courseOf(name)]));
}

function annotationsOf({ mode, metric, target, min, max }: Omit<WorkloadPlan, 'name'>): Record<string, string> {
  const own = { enabled: 'true', mode, metric, target, 'min-replicas': min, 'max-replicas': max };
  return Object.fromEntries(Object.entries(own).map(([name, value]) => [`prescale.dev/${name}`, String(value)]));
}

function courseOf(name: string): number[] {
  const samples = watch!.of(`sim/${name}`);
  return Array.from({ length: SCENARIO.duration / TICK_SECONDS + 1 }, (_, tick) => {
    const before = samples.filter(({ atSeconds }) => since(atSeconds) <= TICK_SECONDS * tick + LOOK_SECONDS);
    return (before.at(-1) ?? samples[0]!).replicas;
  });
}

/** Ticks at which one has a number that the other has not, within the tolerance, at any tick near it. */
function disagreements(one: readonly number[], other: readonly number[]): string[] {
  return one.flatMap((replicas, tick) => {
    const near = other.slice(Math.max(0, tick - MOST_TICKS), tick + MOST_TICKS + 1);
    const differs = near.every((there) => Math.abs(there - replicas) > MOST_PODS);
    return differs ? [`tick ${tick}: ${replicas}, there ${near.join(', ')}`] : [];
  });
}

/** `4 6@8 9@9`: the first number, and each write with its tick. */
function writes(course: readonly number[]): string {
  const changes = course.flatMap((replicas, tick) =>
    tick > 0 && replicas !== course[tick - 1] ? [`${replicas}@${tick}`] : [],
  );
  return [course[0], ...changes].join(' ');
}

beforeAll(async () => {
  both = { simulated: await simulated(), real: await onServers() };
  for (const name of NAMES) {
    console.log(`${name}: simulated ${writes(both.simulated[name]!)}; real ${writes(both.real[name]!)}`);
  }
}, 1_500_000);

afterAll(async () => {
  await watch?.stop();
  await exporter?.close();
  await cluster?.stop();
});

describe('the simulation decides as the addon on real servers does, within a pod and a tick', () => {
  /** What each story is about, so that two that do nothing do not agree. */
  const expected: Readonly<Record<string, readonly [title: string, last: number]>> = {
    step: ['steady, then a step up', 12],
    ramp: ['a ramp', 13],
    fall: ['a fall', 6],
    zero: ['a false zero for three minutes', 6],
    slow: ['pods that start in 40 s', 10],
  };
  for (const name of NAMES) {
    const [title, last] = expected[name]!;
    it(title, () => {
      const [simulation, real] = [both.simulated[name]!, both.real[name]!];
      const words = `simulated ${writes(simulation)}; real ${writes(real)}`;
      expect([...disagreements(simulation, real), ...disagreements(real, simulation)], words).toEqual([]);
      for (const course of [simulation, real]) expect(Math.abs(course.at(-1)! - last), words).toBeLessThanOrEqual(1);
    });
  }
});
