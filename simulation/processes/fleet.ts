import type { AddonConfig } from '../../addon/config/config.ts';
import type { Random } from '../../core/random.ts';
import { MINUTE_SECONDS } from '../../core/series.ts';
import type { MemoryKubernetesApi } from '../../kubernetes/fake/memory-api.ts';
import type { MemoryHistoryStore } from '../../storage/history-store.ts';
import type { SimulationClock } from '../clock.ts';
import type { Measurement } from '../plain-measurement.ts';
import { NAMESPACE } from '../plant/cluster.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { Traffic } from '../traffic.ts';
import { ProcessApi } from './api.ts';
import { sharedStores, startCollector, startForecaster } from './distributed.ts';
import type { LogLine } from './light-parts.ts';
import { Disk, ownStores } from './one-process.ts';
import { SimulatedProcess } from './process.ts';
import { SimulatedRedis } from './redis.ts';
import type { KeptRefits } from './refits.ts';
import { ScalingProcess } from './scaling-process.ts';

/** A container that ended by itself is started again; a pod that is killed, by default too. */
const RESTART_SECONDS = 3;
/** A new pod of a rolling upgrade is ready, and the next one is replaced. */
const REPLACE_SECONDS = 20;

export interface FleetParts {
  readonly scenario: Scenario;
  readonly clock: SimulationClock;
  readonly random: (name: string) => Random;
  readonly api: MemoryKubernetesApi;
  readonly traffic: Traffic;
  readonly measurement: Measurement;
  readonly refits: KeptRefits;
  readonly config: AddonConfig;
  /** What is known of a query's demand before the start, by minute. */
  readonly past: (id: string) => { readonly startSeconds: number; readonly values: Float64Array } | undefined;
  readonly note: (text: string) => void;
  readonly onWarning: () => void;
}

/** The places of one process for everything, and of the roles, as the chart has them. */
const ONE = ['addon-a', 'addon-b'];
const DISTRIBUTED = ['actuator-a', 'actuator-b', 'collector-a', 'collector-b', 'forecaster-a'];

/** A place for a process: what runs in it comes and goes, its disk stays until its pod is replaced. */
interface Slot {
  readonly name: string;
  disk: Disk;
  running: SimulatedProcess | undefined;
  scaling: ScalingProcess | undefined;
  incarnation: number;
  /** Not before then is one started. */
  startsSeconds: number;
}

/** The processes of the addon, as the chart runs them. */
export class Fleet {
  /** Undefined: one process for everything needs none. */
  readonly redis: SimulatedRedis | undefined;
  private readonly parts: FleetParts;
  private readonly slots: Slot[];
  private started = false;

  constructor(parts: FleetParts) {
    this.parts = parts;
    const { clock, config, scenario } = parts;
    const distributed = scenario.mode === 'distributed';
    const { deadAfterSeconds } = config.collector;
    this.redis = distributed ? new SimulatedRedis(clock, config.store.retentionDays, deadAfterSeconds) : undefined;
    this.slots = (distributed ? DISTRIBUTED : ONE).map((name) => ({
      name,
      disk: new Disk(parts.config.store.retentionDays),
      running: undefined,
      scaling: undefined,
      incarnation: 0,
      startsSeconds: 0,
    }));
  }

  /** All begin, the second a little after the first. */
  async start(): Promise<void> {
    this.started = true;
    if (this.redis) await this.fill(this.redis.state.history);
    else for (const slot of this.slots) await this.fill(slot.disk.history);
    for (const { at, do: action } of this.parts.scenario.commands) {
      if (action === 'redis-rolled-back') this.redis?.keepBefore(this.parts.clock.nowSeconds() + at);
    }
    for (const [index, slot] of this.slots.entries()) this.startLater(slot, 0.5 + 0.3 * index);
  }

  /** Who believes to lead. */
  leading(): ScalingProcess[] {
    return this.slots.flatMap(({ scaling }) => (scaling?.leads ? [scaling] : []));
  }

  /** Running processes by their place: `leader`, `standby`, a name, or undefined: all. */
  at(target: string | undefined): SimulatedProcess[] {
    return this.slotsAt(target).flatMap(({ running }) => (running?.alive ? [running] : []));
  }

  /** Whose requests a fault hits: by place, so that it goes on with the next process there. */
  hits(target: string | undefined): (process: string) => boolean {
    if (target === undefined) return () => true;
    const names = this.slotsAt(target).map(({ name }) => name);
    return (process) => names.includes(slotOf(process));
  }

  kill(target: string | undefined, downSeconds = RESTART_SECONDS): void {
    for (const slot of this.slotsAt(target)) {
      if (!slot.running?.alive) continue;
      slot.running.kill();
      this.parts.note(`${slot.running.name} is killed`);
      this.startLater(slot, downSeconds);
    }
  }

  /** SIGTERM; the container is started again. */
  stop(target: string | undefined, downSeconds = RESTART_SECONDS): void {
    for (const slot of this.slotsAt(target)) {
      slot.startsSeconds = this.parts.clock.nowSeconds() + downSeconds;
      slot.running?.stopping.abort();
    }
  }

  /** One pod after the other is replaced; an emptied disk comes with a new pod. */
  upgrade(): void {
    const { clock } = this.parts;
    for (const [index, slot] of this.slots.entries()) {
      clock.at(clock.nowSeconds() + index * REPLACE_SECONDS, () => {
        slot.disk = new Disk(this.parts.config.store.retentionDays);
        slot.startsSeconds = clock.nowSeconds() + 1;
        slot.running?.stopping.abort();
      });
    }
  }

  killAll(): void {
    this.started = false;
    for (const { running } of this.slots) running?.kill();
  }

  private slotsAt(target: string | undefined): Slot[] {
    if (target === undefined) return this.slots;
    const leader = this.slots.find(({ scaling }) => scaling?.leads);
    if (target === 'leader') return leader ? [leader] : [];
    if (target === 'standby') return this.slots.filter((slot) => slot !== leader && slot.scaling !== undefined);
    return this.slots.filter(({ name }) => name === target);
  }

  private startLater(slot: Slot, seconds: number): void {
    const { clock } = this.parts;
    slot.startsSeconds = Math.max(slot.startsSeconds, clock.nowSeconds() + seconds);
    clock.at(slot.startsSeconds, () => {
      if (this.started && !slot.running?.alive && clock.nowSeconds() >= slot.startsSeconds) this.begin(slot);
    });
  }

  private begin(slot: Slot): void {
    const { clock, api, traffic, note } = this.parts;
    const name = `${slot.name}.${++slot.incarnation}`;
    const process = new SimulatedProcess(name, clock, (_, why) => {
      note(`${name} ended: ${why}`);
      this.startLater(slot, RESTART_SECONDS);
    });
    slot.running = process;
    slot.scaling = this.run(slot, process, new ProcessApi(api, process, traffic));
  }

  /** @returns what decides and scales, where this place is for that */
  private run(slot: Slot, process: SimulatedProcess, api: ProcessApi): ScalingProcess | undefined {
    const { random, config, measurement, refits } = this.parts;
    const { redis } = this;
    const onLog = (line: LogLine) => this.take(process.name, line);
    const common = { process, config, random: random(process.name), onLog };
    if (redis && slot.name.startsWith('collector')) {
      startCollector({ ...common, redis, api, measurement });
      return undefined;
    }
    if (redis && slot.name.startsWith('forecaster')) {
      startForecaster({ ...common, redis, pool: refits });
      return undefined;
    }
    const stores = redis ? sharedStores(redis) : ownStores(slot.disk, measurement, refits);
    return new ScalingProcess({ ...common, api, stores });
  }

  private take(name: string, { level, message }: LogLine): void {
    if (level === 'info') {
      if (message.startsWith('leads')) this.parts.note(`${name} leads`);
      return;
    }
    this.parts.onWarning();
  }

  /** What a store has from the time before the simulation. */
  private async fill(history: MemoryHistoryStore): Promise<void> {
    for (const plan of this.parts.scenario.workloads) {
      // What Prometheus has is asked of it.
      if (plan.metric !== 'cpu' && plan.metric !== 'memory') continue;
      const id = `${NAMESPACE}/Deployment/${plan.name}#0`;
      const past = this.parts.past(id);
      if (past) await history.fill(id, { ...past, stepSeconds: MINUTE_SECONDS });
    }
  }
}

/** The place of a process: `addon-a` of `addon-a.3`. */
export function slotOf(process: string): string {
  return process.slice(0, process.lastIndexOf('.'));
}
