/* Each night: every workload's HPA played on its last week, and its figures kept beside those of what ran. */
import type { HpaObject } from '../../actuator/targets/hpa.ts';
import { messageOf } from '../../core/errors.ts';
import { hashOf } from '../../core/hash.ts';
import { DAY_SECONDS, type Series } from '../../core/series.ts';
import type { StartupSpec } from '../../core/startup.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { Baseline, NoBaseline } from '../../core/workload-status.ts';
import type { HistoryStore } from '../../storage/history-store.ts';
import type { WorkloadTexts } from '../../storage/workload-texts.ts';
import type { Log } from '../../telemetry/log/log.ts';
import { KeptTexts } from '../journal/kept-texts.ts';
import { nightOf } from '../training/nightly-training.ts';
import { type BaselineHpa, type BaselineMetric, baselineHpa } from './baseline-hpa.ts';
import { decodeBaseline, encodeBaseline } from './baseline-text.ts';
import { type BaselineTask, LEAST_HOURS, type PlayBaselines, type PlayedBaseline } from './compare.ts';
import type { LedgerKeeper } from './ledger-keeper.ts';

/** From this hour on, UTC, last night's baselines are old. */
export const BASELINE_HOUR_UTC = 2;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** Workloads at once, each minute: 5,000 take less than two hours of a night. */
const AT_ONCE = 50;
/** A replica that doesn't lead looks so often for what the leader made. */
const LOOK_SECONDS = 600;

export const NOT_MADE_YET: NoBaseline = {
  why: `it is made each night from ${BASELINE_HOUR_UTC}:00 UTC on, once a day can be compared`,
  madeSeconds: null,
};

/** A workload, as its baseline needs it. */
export interface BaselineWorkload {
  readonly key: string;
  readonly ref: WorkloadRef;
  /** In the order of the policy; empty where its annotations are wrong. */
  readonly metrics: readonly (BaselineMetric & { readonly id: string; readonly podCapacity: number | undefined })[];
  readonly bounds: { readonly min: number; readonly max: number };
  /** Why nothing of what ran is Prescale's doing; undefined: it acts. */
  readonly idle: string | undefined;
}

export interface NightlyBaselinesParts {
  readonly store: WorkloadTexts;
  readonly ledger: Pick<LedgerKeeper, 'read' | 'forgetOthers'>;
  readonly history: Pick<HistoryStore, 'read'>;
  readonly workloads: () => readonly BaselineWorkload[];
  /** The HPA that scales it; undefined: none does. */
  readonly hpaOf: (ref: WorkloadRef) => Promise<HpaObject | undefined>;
  readonly startupOf: (key: string) => StartupSpec;
  readonly play: PlayBaselines;
  readonly isLeader: () => boolean;
  /** Replicas of the addon share the store. */
  readonly shared: boolean;
  /** Whether all that is opted in is known by now. */
  readonly settled: () => boolean;
  readonly epochSeconds: () => number;
  readonly log: Log;
}

/** Each night, what an HPA would have run in the last week beside what ran: by the replica that leads, some workloads a minute. */
export class NightlyBaselines {
  private readonly parts: NightlyBaselinesParts;
  private readonly texts: KeptTexts;
  private known = new Map<string, Baseline | NoBaseline>();
  private readSeconds = Number.NEGATIVE_INFINITY;
  private wasLeader = false;
  private reconciled = false;

  constructor(parts: NightlyBaselinesParts) {
    this.parts = parts;
    const { store, log } = parts;
    this.texts = new KeptTexts({ store, log, what: 'baselines', writes: () => parts.isLeader() || !parts.shared });
  }

  /** By workloadKey; of a workload that is not among them, none was made yet. */
  get baselines(): ReadonlyMap<string, Baseline | NoBaseline> {
    return this.known;
  }

  of(key: string): Baseline | NoBaseline {
    return this.known.get(key) ?? NOT_MADE_YET;
  }

  /** To be called each minute; what fails is tried again by the next. */
  async look(): Promise<void> {
    const { isLeader, epochSeconds, workloads } = this.parts;
    const now = epochSeconds();
    const all = workloads();
    const leads = isLeader();
    if (leads !== this.wasLeader || (!leads && now - this.readSeconds >= LOOK_SECONDS)) {
      await this.readAll(all.map(({ key }) => key));
      this.readSeconds = now;
      this.wasLeader = leads;
      this.reconciled = false;
    }
    const present = new Set(all.map(({ key }) => key));
    this.forgetGone(present, leads);
    if (!leads) return;
    if (!this.reconciled && this.parts.settled()) {
      await this.texts.forgetOthers((key) => present.has(key));
      await this.parts.ledger.forgetOthers((key) => present.has(key));
      this.reconciled = true;
    }
    const night = nightOf(now, BASELINE_HOUR_UTC);
    const due = all.filter(({ key }) => nightOf(this.known.get(key)?.madeSeconds ?? 0, BASELINE_HOUR_UTC) < night);
    await this.make(due.slice(0, AT_ONCE), now);
  }

  private async readAll(keys: readonly string[]): Promise<void> {
    const now = this.parts.epochSeconds();
    for (const [key, text] of await this.texts.read(keys)) {
      const baseline = decodeBaseline(text, now);
      if ('damage' in baseline) this.texts.reportDamage(key, baseline.damage);
      else this.known.set(key, baseline);
    }
  }

  private forgetGone(present: ReadonlySet<string>, leads: boolean): void {
    for (const key of this.known.keys()) {
      if (present.has(key)) continue;
      this.known.delete(key);
      if (leads) this.texts.forget(key);
    }
  }

  private async make(due: readonly BaselineWorkload[], madeSeconds: number): Promise<void> {
    if (due.length > 0) {
      const prepared: { readonly key: string; readonly hpa: BaselineHpa; readonly task: BaselineTask }[] = [];
      const ledgers = await this.parts.ledger.read(due.map(({ key }) => key));
      for (const workload of due) {
        const { key } = workload;
        const ready = await this.prepare(workload, ledgers.get(key) ?? [], madeSeconds);
        if (typeof ready === 'string') this.keep(key, { why: ready, madeSeconds });
        else prepared.push({ key, ...ready });
      }
      const played = prepared.length === 0 ? [] : await this.parts.play(prepared.map(({ task }) => task));
      prepared.forEach(({ key, hpa }, i) => {
        this.keep(key, baselineOf(hpa, played[i]!, madeSeconds));
      });
    }
    await this.texts.flush();
  }

  /** @returns words where there is nothing to play */
  private async prepare(
    { key, ref, metrics, bounds, idle }: BaselineWorkload,
    ledger: BaselineTask['ledger'],
    nowSeconds: number,
  ): Promise<{ readonly hpa: BaselineHpa; readonly task: BaselineTask } | string> {
    const { history, hpaOf, startupOf, log } = this.parts;
    if (idle !== undefined && ledger.length < LEAST_HOURS) return idle;
    try {
      const podCapacities = metrics.flatMap(({ podCapacity }) => podCapacity ?? []);
      if (metrics.length === 0 || podCapacities.length < metrics.length) return 'what one pod serves is not known';
      const demand = (await Promise.all(metrics.map(({ id }) => history.read(id)))).flatMap((one) => one ?? []);
      if (demand.length < metrics.length) return 'no history of its demand is kept yet';
      const hpa = baselineHpa(await hpaOf(ref), metrics, bounds);
      const week = demand.map((one) => since(one, nowSeconds - WEEK_SECONDS));
      const { rule, metric } = hpa;
      const startup = startupOf(key);
      return { hpa, task: { demand: week, podCapacities, rule, metric, startup, seed: hashOf(key), ledger } };
    } catch (error) {
      log.warn('a baseline could not be made', { workload: key, error });
      return `it could not be made: ${messageOf(error)}`;
    }
  }

  private keep(key: string, baseline: Baseline | NoBaseline): void {
    this.known.set(key, baseline);
    this.texts.change(key, () => encodeBaseline(baseline));
  }
}

function baselineOf(
  { source, name, note }: BaselineHpa,
  played: PlayedBaseline,
  madeSeconds: number,
): Baseline | NoBaseline {
  if (typeof played === 'string') return { why: played, madeSeconds };
  const { own, hpa } = played;
  const savedShare = hpa.podHours > 0 ? 1 - own.podHours / hpa.podHours : null;
  return { source, name, note, ...played, savedShare, madeSeconds };
}

/** The part from then on. */
function since({ startSeconds, stepSeconds, values }: Series, fromSeconds: number): Series {
  const first = Math.max(0, Math.ceil((fromSeconds - startSeconds) / stepSeconds));
  return { startSeconds: startSeconds + first * stepSeconds, stepSeconds, values: values.slice(first) };
}
