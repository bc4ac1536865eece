import { messageOf } from '../../core/errors.ts';
import { HOUR_SECONDS } from '../../core/series.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { nightOf } from '../training/nightly-training.ts';
import { type ClusterBounds, decodeBounds, encodeBounds, type NoBounds } from './cluster-bounds.ts';

/** After the baselines have begun. */
export const BOUNDS_HOUR_UTC = 3;
/** What failed is not asked for again before. */
const AGAIN_SECONDS = HOUR_SECONDS;
/** A replica that doesn't lead looks so often for what the leader made. */
const LOOK_SECONDS = 600;

const NOT_MADE_YET: NoBounds = {
  why: `it is made once after the start and each night from ${BOUNDS_HOUR_UTC}:00 UTC on, by the replica that leads`,
};

export interface NightlyBoundsParts {
  readonly store: WorkloadTexts;
  /** Reads the cluster and its Prometheus, with a bound on the queries and the time. @throws WorldError, InputError in words */
  readonly read: () => Promise<ClusterBounds>;
  readonly isLeader: () => boolean;
  /** Replicas of the addon share the store. */
  readonly shared: boolean;
  readonly epochSeconds: () => number;
  readonly log: Log;
}

/** Each night, what could be saved at most on workloads that have not opted in: by the replica that leads. */
export class NightlyBounds {
  private readonly parts: NightlyBoundsParts;
  private known: ClusterBounds | undefined;
  /** What is known is in the store too. */
  private isStored = true;
  private failed: string | undefined;
  private triedSeconds = Number.NEGATIVE_INFINITY;
  private readSeconds = Number.NEGATIVE_INFINITY;
  private wasLeader: boolean | undefined;

  constructor(parts: NightlyBoundsParts) {
    this.parts = parts;
  }

  /** The newest; where the last attempt failed, why, beside what is known. */
  get bounds(): (ClusterBounds & { readonly failed: string | null }) | NoBounds {
    const { known, failed } = this;
    if (known) return { ...known, failed: failed ?? null };
    return failed === undefined ? NOT_MADE_YET : { why: failed };
  }

  /** To be called each minute. @throws where the store can't be read or written: the next call tries again */
  async look(): Promise<void> {
    const { isLeader, epochSeconds, shared } = this.parts;
    const now = epochSeconds();
    const leads = isLeader();
    if (leads !== this.wasLeader || (!leads && shared && now - this.readSeconds >= LOOK_SECONDS)) {
      await this.load(now);
      this.readSeconds = now;
      this.wasLeader = leads;
    }
    if (!leads) return;
    if (this.isDue(now)) await this.make(now);
    // Reading takes minutes: another one may lead by now.
    if (isLeader()) await this.keep();
  }

  private isDue(now: number): boolean {
    if (now - this.triedSeconds < AGAIN_SECONDS) return false;
    return !this.known || nightOf(this.known.madeSeconds, BOUNDS_HOUR_UTC) < nightOf(now, BOUNDS_HOUR_UTC);
  }

  private async make(now: number): Promise<void> {
    const { read, log } = this.parts;
    this.triedSeconds = now;
    try {
      this.known = await read();
      this.isStored = false;
      this.failed = undefined;
    } catch (error) {
      // The same words each hour are said once.
      const why = messageOf(error);
      if (why !== this.failed) log.warn('what could be saved on other workloads can not be told', { error });
      this.failed = why;
    }
  }

  private async keep(): Promise<void> {
    const { store } = this.parts;
    if (!this.known || this.isStored) return;
    const texts = encodeBounds(this.known);
    const gone = (await store.keys()).filter((key) => !texts.has(key));
    await store.write(texts, gone);
    this.isStored = true;
  }

  private async load(now: number): Promise<void> {
    const { store, log } = this.parts;
    const found = decodeBounds(await store.get(await store.keys()), now);
    if (found === undefined) return;
    if ('damage' in found) log.warn('what could be saved on other workloads is read again', { why: found.damage });
    else if (found.madeSeconds >= (this.known?.madeSeconds ?? 0)) {
      // What failed here was done by another replica since.
      if (found.madeSeconds > this.triedSeconds) this.failed = undefined;
      this.known = found;
      this.isStored = true;
    }
  }
}
