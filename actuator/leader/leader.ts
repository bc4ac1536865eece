import type { Sleep } from '../../core/clock.ts';
import type { KubernetesApi } from '../../kubernetes/api.ts';
import { type Lease, LeaseObject, type LeaseSpec, microTime } from './lease.ts';

export interface LeaderOptions {
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly name: string;
  /** Unique in all the cluster's time: the pod's name and a random part. */
  readonly identity: string;
  /** Others wait so long for a sign of life. */
  readonly leaseSeconds?: number;
  /** A leader that could not renew for so long stops; below leaseSeconds, the difference is for writes under way. */
  readonly renewDeadlineSeconds?: number;
  /** Between two tries, by leader and followers. */
  readonly retrySeconds?: number;
  readonly monotonicNow: () => number;
  /** Epoch seconds: written into the lease for people to read, and used to notice a machine that was suspended. */
  readonly wallNow: () => number;
  readonly sleep: Sleep;
  /** In [0, 1), for jitter. */
  readonly random: () => number;
  readonly onStarted: () => void;
  /** The signal ends our leadership: finish the writes under way; the lease is given back when this resolves. */
  readonly onStopped: () => void | Promise<void>;
  /** Why another replica would lead better, as this one is cut off from what it decides on; undefined: it would not. Default: never. */
  readonly unfit?: () => string | undefined;
  /** Unfit for ten seconds, it leads no more, as of now: finish the writes under way; the lease is given back when this resolves. */
  readonly onHandOver?: (why: string) => void | Promise<void>;
  /** Leadership is lost: the process must end now, as it may hold what is no longer true. */
  readonly onLost: (why: string) => void;
  /** What failed and will be tried again. */
  readonly onError: (error: Error) => void;
  readonly signal: AbortSignal;
}

/** Who leads and is unfit for so long hands over: what lasts less is over before another one would know what to do. */
const HAND_OVER_SECONDS = 10;
/**
 * A lease that nobody took for so long, and up to a half longer by chance, is taken by one that is unfit as well: a fit one tries each two
 * seconds. Without demand a leader holds, but somebody's bounds, conditions and Events still want one.
 */
const NOBODY_FIT_SECONDS = 10;
/** Why a timer is ended: nobody reads it, and an error of its own with each attempt would cost more than the timer. */
const OVER = 'over';
/** Who took it like that keeps it so long, then another one has its chance again. */
const KEPT_UNFIT_SECONDS = 300;

export interface Leadership {
  /** Whether we lead at this very moment: asked before each write. False by itself when a renewal is overdue. */
  isLeader(): boolean;
  /** Who held the lease when we last looked; undefined: nobody. */
  readonly holder: string | undefined;
  /** Resolves when it was stopped (the lease given back) or lost; never rejects. */
  readonly done: Promise<void>;
}

/**
 * Leader election by a Lease. A lease is expired only by how long WE saw it unchanged, so clocks that differ don't matter. With
 * the defaults a dead leader is followed within 2 + 15 + 2 = 19 s, one that stops gracefully within 2 s. Where there is no Lease it is
 * created: whoever creates it leads from its next attempt on, 2 s later.
 */
export function leaderElection(options: LeaderOptions): Leadership {
  return new Election(options);
}

/** One instant by both clocks. */
interface Instant {
  readonly monotonic: number;
  readonly wall: number;
}

function newer(a: Instant | undefined, b: Instant): Instant {
  return a && a.monotonic > b.monotonic ? a : b;
}

class Election implements Leadership {
  readonly done: Promise<void>;
  private readonly options: LeaderOptions;
  private readonly lease: LeaseObject;
  private readonly leaseSeconds: number;
  private readonly renewDeadlineSeconds: number;
  private readonly retrySeconds: number;
  /** The newest state of the lease, and when we first saw it. */
  private seen: { readonly lease: Lease; readonly atSeconds: number } | undefined;
  /** Between onStarted and the end of it. */
  private leading = false;
  /** The last attempt brought no answer. */
  private failed = false;
  /** Since when it is unfit; undefined: it is not. */
  private unfitSince: number | undefined;
  /** No hand-over before: it was taken by an unfit one, as no other did. */
  private keptUntil = Number.NEGATIVE_INFINITY;
  /** It leads no more, though the lease is still held until its last write is through. */
  private handingOver = false;
  /** When the request was sent that renewed it last, by both clocks; undefined: it isn't ours. */
  private renewed: Instant | undefined;

  constructor(options: LeaderOptions) {
    const { leaseSeconds = 15, renewDeadlineSeconds = 10, retrySeconds = 2 } = options;
    if (!(leaseSeconds > renewDeadlineSeconds && renewDeadlineSeconds > retrySeconds && retrySeconds > 0)) {
      throw new RangeError('leader election needs leaseSeconds > renewDeadlineSeconds > retrySeconds > 0');
    }
    this.options = options;
    this.leaseSeconds = leaseSeconds;
    this.renewDeadlineSeconds = renewDeadlineSeconds;
    this.retrySeconds = retrySeconds;
    this.lease = new LeaseObject(options.api, options.namespace, options.name);
    this.done = this.run();
  }

  get holder(): string | undefined {
    return this.seen?.lease.spec.holderIdentity || undefined;
  }

  isLeader(): boolean {
    return !this.handingOver && this.renewed !== undefined && this.leftSeconds() > 0;
  }

  /**
   * Until our last renewal is overdue. The monotonic clock stands still while a machine is suspended; the wall clock doesn't,
   * so that one counts too, if only forwards: set back, it proves nothing.
   */
  private leftSeconds(): number {
    if (!this.renewed) return 0;
    const monotonic = this.options.monotonicNow() - this.renewed.monotonic;
    const wall = this.options.wallNow() - this.renewed.wall;
    return Math.min(this.renewDeadlineSeconds - monotonic, this.leaseSeconds - wall);
  }

  private async run(): Promise<void> {
    const { signal, sleep, random, onStarted } = this.options;
    while (!signal.aborted) {
      const why = this.handOverWhy();
      if (why !== undefined) await this.handOver(why);
      else await this.attempt();
      if (this.leading && !this.isLeader()) return this.lose();
      // Acquired, but frozen before we could know of it: overdue already, so it never began.
      if (!this.isLeader()) this.renewed = undefined;
      else if (!this.leading) {
        this.leading = true;
        if (this.unfitSince !== undefined) this.keptUntil = this.options.monotonicNow() + KEPT_UNFIT_SECONDS;
        this.call(onStarted);
      }
      await sleep(this.pauseSeconds(random()), signal);
    }
    await this.giveBack(() => this.options.onStopped());
  }

  /** Also keeps count of how long it is unfit. @returns why another should lead, where it is time for that */
  private handOverWhy(): string | undefined {
    const why = this.options.unfit?.();
    const now = this.options.monotonicNow();
    if (why === undefined) {
      this.unfitSince = undefined;
      this.keptUntil = Number.NEGATIVE_INFINITY;
      return undefined;
    }
    this.unfitSince ??= now;
    const long = now >= this.unfitSince + HAND_OVER_SECONDS && now >= this.keptUntil;
    return this.isLeader() && long ? why : undefined;
  }

  private async handOver(why: string): Promise<void> {
    this.handingOver = true;
    await this.giveBack(() => this.options.onHandOver?.(why));
    this.handingOver = false;
  }

  /** An unfit one leaves a free lease to others for a while. @param freeSince monotonic */
  private leavesToOthers(freeSince: number): boolean {
    if (this.unfitSince === undefined) return false;
    const { monotonicNow, random } = this.options;
    return monotonicNow() < Math.max(freeSince, this.unfitSince) + NOBODY_FIT_SECONDS * (1 + random() / 2);
  }

  /**
   * A leader renews each 1.2…1.5 s and tries again at once where that failed: an outage of 8 s that begins just before a
   * renewal ends 9.5 s after the last one, and the try within 0.25 s of its end is still before the deadline of 10 s.
   */
  private pauseSeconds(random: number): number {
    if (!this.leading) return this.retrySeconds * (0.75 + 0.25 * random);
    const left = Math.max(0, this.leftSeconds());
    return Math.min(left, this.retrySeconds * (this.failed ? 0.125 : 0.6 + 0.15 * random));
  }

  private lose(): void {
    const { namespace, name, onLost } = this.options;
    const overdue = `it was not renewed for ${this.renewDeadlineSeconds} s`;
    const why = this.renewed ? overdue : `${this.holder ?? 'nobody'} holds it`;
    this.leading = false;
    this.renewed = undefined;
    this.call(() => onLost(`the lease ${namespace}/${name} is lost: ${why}`));
  }

  /**
   * One try to renew or acquire, cut off where its answer would come too late. A late answer
   * makes no leader; for a leader it is a renewal from when it was sent, as others wait from later on.
   */
  private async attempt(): Promise<void> {
    const { monotonicNow, wallNow, sleep } = this.options;
    // From before the request, as the lease may be stored at any time after.
    const sent = { monotonic: monotonicNow(), wall: wallNow() };
    const patience = this.leading ? Math.min(this.retrySeconds / 2, this.leftSeconds()) : this.renewDeadlineSeconds / 2;
    if (patience <= 0) return;
    const timer = new AbortController();
    let late = false;
    this.failed = true;
    const work = (this.leading ? this.renew() : this.acquire()).then(
      (ours) => {
        if (!ours) this.renewed = undefined;
        else if (!late || (this.leading && this.isLeader())) this.renewed = newer(this.renewed, sent);
        if (!late) this.failed = false;
      },
      (error: unknown) => this.call(() => this.options.onError(error as Error)),
    );
    await Promise.race([work, sleep(patience, timer.signal)]);
    late = true;
    timer.abort(OVER);
  }

  /** @returns false where another holds it */
  private async renew(): Promise<boolean> {
    const { lease } = this.seen!;
    const spec = { ...lease.spec, leaseDurationSeconds: this.leaseSeconds, renewTime: this.now() };
    const written = await this.lease.write(lease, spec);
    if (written) return this.keep(written);
    // Refused: an earlier renewal of ours whose answer got lost, or another holder.
    const read = await this.lease.read();
    if (!read) return this.makeAgain(spec);
    if (read.spec.holderIdentity !== this.options.identity) {
      this.keep(read);
      return false;
    }
    const again = await this.lease.write(read, { ...read.spec, renewTime: this.now() });
    return again ? this.keep(again) : this.isOurs(await this.lease.read());
  }

  /**
   * The Lease was deleted under us (an upgrade from a chart that shipped it, kubectl): it is made again, and of all who may
   * try the API server lets one. @returns whether that was us
   */
  private async makeAgain(spec: LeaseSpec): Promise<boolean> {
    const made = await this.lease.create(spec);
    return made ? this.keep(made) : this.isOurs(await this.lease.read());
  }

  /** @returns whether it is ours now */
  private async acquire(): Promise<boolean> {
    const { identity } = this.options;
    const lease = await this.lease.read();
    const ours: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: this.leaseSeconds,
      renewTime: this.now(),
    };
    if (!lease) {
      // Deleted, not given back: whoever held it when we last looked may act for as long as that lease lasts.
      if (this.seen && this.isHeld(this.seen)) return false;
      if (this.leavesToOthers(Number.NEGATIVE_INFINITY)) return false;
      const made = await this.lease.create({ ...ours, acquireTime: this.now(), leaseTransitions: 0 });
      if (made) this.keep(made);
      // Ours from the next attempt on: a leader whose Lease was deleted finds ours at its next renewal, which comes before.
      return false;
    }
    this.keep(lease);
    if (this.isHeld(this.seen!)) return false;
    const { holderIdentity: holder, leaseDurationSeconds = this.leaseSeconds } = lease.spec;
    const freeSince = this.seen!.atSeconds + (holder && holder !== identity ? leaseDurationSeconds : 0);
    if (this.leavesToOthers(freeSince)) {
      if (holder === identity) await this.free(lease);
      return false;
    }
    const { acquireTime = this.now(), leaseTransitions = 0 } = lease.spec;
    const terms =
      holder === identity
        ? { acquireTime, leaseTransitions }
        : { acquireTime: this.now(), leaseTransitions: leaseTransitions + 1 };
    const written = await this.lease.write(lease, { ...ours, ...terms });
    return written ? this.keep(written) : false;
  }

  /** Whether another's lease, as we saw it, may still last. */
  private isHeld({ lease: { spec }, atSeconds }: { readonly lease: Lease; readonly atSeconds: number }): boolean {
    const { holderIdentity: holder, leaseDurationSeconds = this.leaseSeconds } = spec;
    if (!holder || holder === this.options.identity) return false;
    return this.options.monotonicNow() < atSeconds + leaseDurationSeconds;
  }

  /** Remembers a state of the lease, and since when. @returns true */
  private keep(lease: Lease): true {
    if (this.seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      this.seen = { lease, atSeconds: this.options.monotonicNow() };
    }
    return true;
  }

  private isOurs(lease: Lease | undefined): boolean {
    if (lease) this.keep(lease);
    return lease?.spec.holderIdentity === this.options.identity;
  }

  /** Nobody holds it, so that the next one need not wait; a second of validity, as the API wants more than zero. */
  private async giveBack(finish: () => void | Promise<void>): Promise<void> {
    if (!this.leading) return;
    try {
      await finish();
      // Finishing may have taken longer than the lease: another may hold it by now.
      if (this.leftSeconds() <= 0) return;
      this.renewed = undefined;
      await this.free(this.seen!.lease);
    } catch (error) {
      this.call(() => this.options.onError(error as Error));
    } finally {
      this.leading = false;
      this.renewed = undefined;
    }
  }

  private async free(lease: Lease): Promise<void> {
    const freed = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.now() };
    const written = await this.lease.write(lease, freed);
    if (written) this.keep(written);
  }

  private now(): string {
    return microTime(this.options.wallNow());
  }

  /** What others throw is reported and stops nothing. */
  private call(what: () => void): void {
    try {
      what();
    } catch (error) {
      try {
        this.options.onError(error as Error);
      } catch {
        // Who is told of errors can't be told of its own.
      }
    }
  }
}
