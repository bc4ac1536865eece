import { type AddonConfig, addonConfig } from '../addon/config/config.ts';
import { hashOf } from '../core/hash.ts';
import { type Random, seededRandom } from '../core/random.ts';
import { TICK_SECONDS } from '../core/tick.ts';
import { workloadKey } from '../core/workload.ts';
import type { WorkloadStatus } from '../core/workload-status.ts';
import { SimulationClock } from './clock.ts';
import { Commands } from './commands.ts';
import { constantSince } from './demand.ts';
import { MeasurementFaults } from './measurement-faults.ts';
import { type Measurement, PlainMeasurement } from './plain-measurement.ts';
import { Cluster } from './plant/cluster.ts';
import { HpaController } from './plant/hpa-controller.ts';
import { MetricsServer } from './plant/metrics-server.ts';
import type { SimulatedWorkload } from './plant/workload.ts';
import { Fleet } from './processes/fleet.ts';
import { KeptRefits } from './processes/refits.ts';
import { PrometheusMeasurement } from './prometheus-measurement.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { unscheduledSince } from './scheduled-minimum.ts';
import type { History, Tick, Totals, WorkloadTick } from './timeline.ts';
import { Traffic, type Write } from './traffic.ts';

/** Monday, 5 January 2026, 12:00 UTC. */
export const START_SECONDS = 1_767_614_400;
/** A tick is looked at so much later, when what it decided is written. */
const LOOK_SECONDS = 5;

/** cAdvisor's own times are 10–30 s apart as they are scraped, and `rate` extrapolates over wide edges by half a spacing: up to 10 % too low. */
const CADVISOR_ERROR = 0.15;
/** What a rate is low by where a scrape is lost, beside the share of them that is. */
const LOST_ERROR = 0.05;
/** Of four scrapes in a window, the first and the last are three of its quarters apart. */
const COVERED_SHARE = 0.75;
/** A kubelet measures a container each 10–20 s, and is asked each 15 s. */
const METERED_SECONDS = 30;

export interface WorldOptions {
  /** Kept over many runs. */
  readonly refits?: KeptRefits;
  /** Who measures the plant; default: without an error of its own. */
  readonly measurement?: (world: World) => Measurement;
  /** Told of each tick as soon as it is over. @returns false: that is enough */
  readonly onTick?: (tick: Tick, history: History) => boolean | undefined;
}

/** One scenario, played: plant, processes, faults. */
export class World {
  readonly scenario: Scenario;
  readonly clock = new SimulationClock(START_SECONDS);
  readonly cluster: Cluster;
  readonly traffic: Traffic;
  readonly measured = new MeasurementFaults();
  readonly measurement: Measurement;
  readonly fleet: Fleet;
  readonly commands: Commands;
  private readonly hpas = new Map<string, HpaController>();
  private readonly ticks: Tick[] = [];
  private readonly totals: Totals = { requests: 0, events: 0, warnings: 0, podStarts: 0 };
  private writes: Write[] = [];
  private notes: string[] = [];

  constructor(scenario: Scenario, options: WorldOptions = {}) {
    this.scenario = scenario;
    const { clock } = this;
    const random = (name: string): Random => seededRandom(hashOf(`${scenario.seed} ${name}`));
    this.cluster = new Cluster(scenario, clock);
    this.traffic = new Traffic(clock.nowSeconds, random('traffic'));
    const config = addonConfig(configOf(scenario), 'the simulation');
    this.measurement = options.measurement?.(this) ?? this.measures(config, random('scrapes'));
    this.traffic.onWrite = (write) => {
      this.writes.push(write);
      this.cluster.workloads.get(write.workload)?.deployment.soon();
    };
    this.traffic.floorOf = (name) => this.hpas.get(name)?.minReplicas ?? Number.NaN;
    for (const workload of this.cluster.workloads.values()) {
      const { hpa, name } = workload.plan;
      if (hpa) this.hpas.set(name, new HpaController(this.cluster, workload, clock));
    }
    this.fleet = new Fleet({
      scenario,
      clock,
      random,
      api: this.cluster.api,
      traffic: this.traffic,
      measurement: this.measurement,
      refits: options.refits ?? new KeptRefits(),
      config,
      past: (id) => this.past(id),
      note: (text) => this.notes.push(text),
      onWarning: () => this.totals.warnings++,
    });
    this.commands = new Commands(this);
  }

  /** Queries that the simulated Prometheus can't answer: there must be none. */
  get unsupported(): readonly string[] {
    return this.measurement instanceof PrometheusMeasurement ? this.measurement.unsupported : [];
  }

  /** Also has metrics.k8s.io answered. */
  private measures({ prometheus }: AddonConfig, random: Random): Measurement {
    const { scenario, cluster, clock, measured, traffic } = this;
    if (scenario.measured.by === 'plain') {
      traffic.metricsServer = new MetricsServer(cluster, clock, measured);
      return new PlainMeasurement(cluster, clock, measured, scenario.history);
    }
    for (const workload of cluster.workloads.values()) {
      if (workload.plan.metric === 'requests') workload.windowSeconds = COVERED_SHARE * windowSeconds(scenario);
      if (workload.isClosed && scenario.measured.resources === 'prometheus') workload.errorShare = CADVISOR_ERROR;
      if (workload.isClosed) workload.lagSeconds = () => METERED_SECONDS;
      if (workload.plan.metric === 'queue') workload.errorShare += workload.plan.demand.noise;
      // A rate over the scrapes that are left is low: by up to one of them, and the lower the more are lost.
      if (scenario.measured.lost > 0) workload.errorShare += LOST_ERROR + scenario.measured.lost;
    }
    const parts = { cluster, clock, faults: measured };
    const measurement = new PrometheusMeasurement(parts, scenario, prometheus.templates, random);
    traffic.metricsServer = measurement;
    return measurement;
  }

  get nowSeconds(): number {
    return this.clock.nowSeconds();
  }

  note(text: string): void {
    this.notes.push(text);
  }

  /** Plays it to its end. */
  async run(onTick: WorldOptions['onTick'] = () => undefined): Promise<History> {
    const { scenario, clock } = this;
    const history: History = { scenario, startSeconds: START_SECONDS, ticks: this.ticks, totals: this.totals };
    this.commands.plan();
    await this.fleet.start();
    const end = START_SECONDS + scenario.duration;
    for (let tick = START_SECONDS + TICK_SECONDS; tick <= end; tick += TICK_SECONDS) {
      await clock.advance(tick + LOOK_SECONDS);
      this.ticks.push(this.look(tick));
      if (onTick(this.ticks.at(-1)!, history) === false) break;
    }
    this.fleet.killAll();
    return history;
  }

  private look(atSeconds: number): Tick {
    const leading = this.fleet.leading();
    const statuses = new Map(leading[0]?.statuses.map((status) => [workloadKey(status.ref), status]));
    const workloads = [...this.cluster.workloads.values()].map((workload) =>
      this.lookAt(workload, atSeconds, statuses.get(workloadKey(workload.deployment.ref))),
    );
    this.count();
    const tick = {
      atSeconds,
      workloads,
      writes: this.writes,
      notes: this.notes,
      leaders: leading.map(({ process }) => process.name),
      faults: this.commands.active,
    };
    this.writes = [];
    this.notes = [];
    return tick;
  }

  private lookAt(workload: SimulatedWorkload, atSeconds: number, status: WorkloadStatus | undefined): WorkloadTick {
    const { deployment, plan } = workload;
    const since = latestOf(
      constantSince(plan.demand, atSeconds - START_SECONDS),
      unscheduledSince(plan.windows, atSeconds - START_SECONDS),
    );
    const person = this.commands.person(plan.name);
    const known = workload.meanWork(atSeconds - TICK_SECONDS - workload.lagSeconds(atSeconds));
    return {
      name: plan.name,
      work: workload.workAt(atSeconds),
      need: workload.needAt(atSeconds),
      meanNeed: workload.needOf(workload.meanWork(atSeconds)),
      knowableNeed: workload.needOf(known),
      toleratedNeed: workload.toleratedNeedOf(known),
      seenNeed: workload.seenNeedOf(known),
      closed: workload.isClosed,
      hpaStays: workload.hpaStays(known, deployment.replicas),
      replicas: deployment.replicas,
      pods: deployment.active.length,
      ready: deployment.ready.length,
      rolling: deployment.rolling,
      constantSince: since === undefined ? undefined : START_SECONDS + since,
      obstacles: this.commands.obstacles(workload),
      ...person,
      orderedByOthers: this.commands.orderedByOthers(plan.name),
      floor: this.hpas.get(plan.name)?.minReplicas,
      status,
    };
  }

  private count(): void {
    const { totals } = this;
    totals.requests = 0;
    totals.events = 0;
    for (const { requests, events } of this.traffic.counts.values()) {
      totals.requests += requests;
      totals.events += events;
    }
    totals.podStarts = 0;
    for (const { deployment, plan } of this.cluster.workloads.values()) {
      // Those of an HPA are its own.
      if (plan.hpa) continue;
      totals.podStarts += deployment.lives.created - plan.replicas;
    }
  }

  /** What the addon's own store knows of the time before the start. @param id of a query */
  private past(id: string): { readonly startSeconds: number; readonly values: Float64Array } | undefined {
    const workload = [...this.cluster.workloads.values()].find(({ deployment }) =>
      id.startsWith(`${workloadKey(deployment.ref)}#`),
    );
    const minutes = Math.floor(this.scenario.history / 60);
    if (!workload || minutes === 0) return undefined;
    const startSeconds = START_SECONDS - 60 * minutes;
    return {
      startSeconds,
      values: Float64Array.from({ length: minutes }, (_, i) => workload.pastDemand(startSeconds + 60 * i)),
    };
  }
}

/** Since when both are; undefined: one is not. */
function latestOf(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(one, other);
}

/** Of a rate: four scrapes. */
function windowSeconds({ measured }: Scenario): number {
  return 4 * measured.every;
}

function configOf(scenario: Scenario): object {
  const window = `${windowSeconds(scenario) / 60}m`;
  const of = '{namespace="$namespace",workload="$name"}';
  return {
    prometheus: {
      templates: {
        requests: { query: `sum(rate(http_requests_total${of}[${window}]))`, unit: 'req/s' },
        queue: { query: `sum(queue_jobs${of})`, unit: 'jobs' },
      },
    },
    takeOverHpa: { enabled: true },
    neural: { use: 'none' },
    leaderElection: { retrySeconds: scenario.leaseRetry },
  };
}
