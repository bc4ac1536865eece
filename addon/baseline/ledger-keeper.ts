import { HOUR_SECONDS } from '../../core/series.ts';
import { TICKS_PER_HOUR } from '../../core/tick.ts';
import { workloadKey } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { KeptTexts } from '../journal/kept-texts.ts';
import { decodeLedger, type LedgerHour, withHour } from './ledger-text.ts';

/** An hour of which more is missing is not kept: a restart, a gap of the data, a pause. */
const LEAST_TICKS = Math.ceil(0.9 * TICKS_PER_HOUR);

export interface LedgerKeeperParts {
  readonly store: WorkloadTexts;
  readonly isLeader: () => boolean;
  readonly epochSeconds: () => number;
  readonly log: Log;
}

/** The sums of the hour under way, and the pods of the tick before; undefined: that one didn't count. */
interface Running {
  hour: number;
  ticks: number;
  podTicks: number;
  asked: number;
  unmet: number;
  starts: number;
  podCapacity: number;
  pods: number | undefined;
}

/** What ran hour by hour, as measured at each tick, by the replica that acts. A hour that it did not see whole is not kept. */
export class LedgerKeeper {
  private readonly parts: LedgerKeeperParts;
  private readonly texts: KeptTexts;
  private readonly running = new Map<string, Running>();
  private readonly present = new Set<string>();

  constructor(parts: LedgerKeeperParts) {
    this.parts = parts;
    const { store, isLeader, log } = parts;
    this.texts = new KeptTexts({ store, log, what: 'ledgers', writes: isLeader });
  }

  /** After each tick, with all workloads that there are; those that are gone take their ledger along. */
  record(statuses: readonly WorkloadStatus[], nowSeconds: number): void {
    const hour = Math.floor(nowSeconds / HOUR_SECONDS);
    const before = new Set(this.present);
    this.present.clear();
    for (const status of statuses) {
      const key = workloadKey(status.ref);
      this.present.add(key);
      before.delete(key);
      this.take(key, status, hour);
    }
    for (const key of before) {
      this.running.delete(key);
      if (this.parts.isLeader()) this.texts.forget(key);
    }
  }

  flush(): Promise<void> {
    return this.texts.flush();
  }

  /** What is stored of workloads that nobody wants goes. @throws where the store can't be read */
  forgetOthers(isWanted: (key: string) => boolean): Promise<void> {
    return this.texts.forgetOthers(isWanted);
  }

  /** Oldest first; none where nothing is kept, or it is damaged. @throws where the store can't be read */
  async read(keys: readonly string[]): Promise<ReadonlyMap<string, readonly LedgerHour[]>> {
    const texts = await this.texts.read(keys);
    return new Map([...texts].map(([key, text]) => [key, this.understood(key, text)]));
  }

  private take(key: string, status: WorkloadStatus, hour: number): void {
    let running = this.running.get(key);
    if (running && running.hour !== hour) {
      this.end(key, running);
      const { pods } = running;
      running = { ...NOTHING, hour, pods };
      this.running.set(key, running);
    }
    const ran = this.parts.isLeader() ? ranAt(status) : undefined;
    if (!ran) {
      if (running) running.pods = undefined;
      return;
    }
    if (!running) {
      running = { ...NOTHING, hour };
      this.running.set(key, running);
    }
    const { pods, ready, need, podCapacity } = ran;
    running.ticks++;
    running.podTicks += pods;
    running.asked += need;
    running.unmet += Math.max(0, need - ready);
    if (running.pods !== undefined) running.starts += Math.max(0, pods - running.pods);
    running.pods = pods;
    running.podCapacity = podCapacity;
  }

  private end(key: string, running: Running): void {
    if (running.ticks < LEAST_TICKS) return;
    const { pods: _, ...ended } = running;
    this.texts.change(key, (text) => withHour(text === undefined ? [] : this.understood(key, text), ended));
  }

  private understood(key: string, text: string): readonly LedgerHour[] {
    const hours = decodeLedger(text, this.parts.epochSeconds());
    if (!('damage' in hours)) return hours;
    this.texts.reportDamage(key, hours.damage);
    return [];
  }
}

const NOTHING: Running = {
  hour: 0,
  ticks: 0,
  podTicks: 0,
  asked: 0,
  unmet: 0,
  starts: 0,
  podCapacity: Number.NaN,
  pods: undefined,
};

/** What ran at a tick because of Prescale; undefined: it didn't act, or something is not known. */
function ranAt({ mode, target, conditions, replicas, metrics }: WorkloadStatus) {
  const isPaused = conditions.some(({ type, status }) => type === 'Paused' && status);
  if (mode === undefined || mode === 'observe' || target === 'dry-run' || isPaused) return undefined;
  // The minReplicas of an HPA are no pods.
  const pods = replicas.ofHpa ? replicas.asked : replicas.current;
  const podCapacity = metrics[0]?.podCapacity;
  if (pods === undefined || Number.isNaN(pods) || podCapacity === undefined) return undefined;
  let need = 0;
  for (const { load, podCapacity: capacity } of metrics) {
    if (load === undefined || capacity === undefined) return undefined;
    need = Math.max(need, load / capacity);
  }
  return { pods, ready: Math.min(replicas.ready, pods), need, podCapacity };
}
