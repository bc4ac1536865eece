import { DAY_SECONDS } from '../../../core/series.ts';
import { isNamespaceName, isObjectName } from '../../../core/text/object-name.ts';
import type { Texts } from '../../../replay/report/texts/en.ts';
import type { Bill, Report } from '../../../replay/result.ts';
import type { BoundFigures, SavingBound } from '../../../replay/saving-bound.ts';
import type { ClusterWorkload } from './cluster-workloads.ts';
import type { OwnBaseline } from './own-baseline.ts';
import type { Sentence, Skipped } from './skipped.ts';

/** One side of a comparison. */
export interface SavingsSide {
  /** What 30 days cost, extrapolated; in the currency of the report. */
  readonly costPer30Days: number;
  /** Of the demand, 0…1. */
  readonly servedShare: number;
  readonly startsPerDay: number;
}

/** A workload: what it costs, and what it would. @typeParam Words sentences, or texts once the language is chosen */
export interface SavingsRow<Words = string> {
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly optedIn: boolean;
  /** `replayed`: Prescale was replayed by the minute. `bound`: nobody can save more than this; Prescale was not replayed. */
  readonly basis: 'replayed' | 'bound';
  readonly baseline: OwnBaseline['kind'];
  readonly baselineLabel: Words;
  readonly today: SavingsSide;
  /** Null: not replayed. */
  readonly prescale: SavingsSide | null;
  /** Of `replayed` what Prescale saves; of `bound` the most that could be. */
  readonly savedPer30Days: number;
  /** Of the bill of today; null: it costs nothing. */
  readonly savedShare: number | null;
  /** What was compared. */
  readonly days: number;
  readonly keepsSlo: boolean | null;
  readonly notes: readonly Words[];
  /** Below the folder of all; null: not replayed. */
  readonly report: string | null;
  /** Ends in what to type; null: nothing is to be saved, or it was not replayed. */
  readonly annotate: string | null;
}

/** index.json, and what `-o json` prints; its schema is schemas/savings.schema.json. */
export interface Savings<Words = string> {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'prescale'; readonly version: string };
  readonly prometheus: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Requests to Prometheus. */
  readonly queries: number;
  readonly currency: string;
  readonly prices: { readonly book: string; readonly source: string; readonly date: string };
  readonly unmetTargetBp: number;
  readonly totals: SavingsTotals;
  readonly rows: readonly SavingsRow<Words>[];
  readonly skipped: readonly Skipped<Words>[];
}

export interface SavingsTotals {
  readonly found: number;
  readonly replayed: number;
  readonly boundOnly: number;
  readonly skipped: number;
  /** Of the replayed: what they cost today, and what Prescale saves of it where it saves any. */
  readonly todayPer30Days: number;
  readonly savedPer30Days: number;
}

/** With less served by what it has, its pods do more than their CPU requests say. */
const MUCH_UNMET_BP = 100;

/** The row of a workload of which only the bound is known. @param podHour the price of one of its pods */
export function boundRow(
  workload: ClusterWorkload,
  own: OwnBaseline,
  bound: SavingBound,
  podHour: number,
): SavingsRow<Sentence> {
  const { baseline, oracle, knownHours } = bound;
  const perHour = (figures: BoundFigures) => (knownHours === 0 ? 0 : (figures.podHours / knownHours) * podHour);
  const today = perHour(baseline) * 24 * 30;
  const saved = today - perHour(oracle) * 24 * 30;
  return {
    ...identity(workload, own),
    basis: 'bound',
    today: {
      costPer30Days: today,
      servedShare: 1 - baseline.unmetBp / 10_000,
      startsPerDay: baseline.startsPerDay,
    },
    prescale: null,
    savedPer30Days: saved,
    savedShare: today > 0 ? saved / today : null,
    days: knownHours / 24,
    keepsSlo: null,
    notes: [...own.notes, ...workload.notes, ...(baseline.unmetBp > MUCH_UNMET_BP ? [overRequest] : [])],
    report: null,
    annotate: null,
  };
}

const overRequest: Sentence = (texts) => texts.overRequest;

/** The row after its replay. @param folder of its report @returns the bound's row with a note where Prescale or the baseline did not run */
export function replayedRow(
  row: SavingsRow<Sentence>,
  report: Report,
  folder: string,
  min: number,
  max: number,
): SavingsRow<Sentence> {
  const { policies, money, verdict, unmetTargetBp, breakEven, trace } = report;
  const { have } = verdict;
  const [own, before] = [policies.predictive, have === null ? undefined : policies[have]];
  if (own === undefined || before === undefined || have === null) return noted(row, (texts) => texts.nothingToCompare);
  const [bill, billBefore] = [money.policies.predictive!, money.policies[have]!];
  const saved = billBefore.per30Days - bill.per30Days;
  const most = Number.isFinite(max) ? max : 2 * Math.max(1, breakEven.hoursPerDay.length);
  return {
    ...row,
    basis: 'replayed',
    today: sideOf(before, billBefore),
    prescale: sideOf(own, bill),
    savedPer30Days: saved,
    savedShare: billBefore.per30Days > 0 ? saved / billBefore.per30Days : null,
    days: (trace.end - trace.start) / DAY_SECONDS,
    keepsSlo: own.unmetBp <= unmetTargetBp,
    report: `${folder}/report.html`,
    annotate: saved > 0 && !row.optedIn ? annotateLine(row, min, most) : null,
  };
}

export function noted(row: SavingsRow<Sentence>, note: Sentence): SavingsRow<Sentence> {
  return { ...row, notes: [...row.notes, note] };
}

function sideOf(
  { unmetBp, startsPerDay }: { unmetBp: number; startsPerDay: number },
  { per30Days }: Bill,
): SavingsSide {
  return { costPer30Days: per30Days, servedShare: 1 - unmetBp / 10_000, startsPerDay };
}

function identity({ ref, optedIn }: ClusterWorkload, own: OwnBaseline) {
  const { namespace, kind, name } = ref;
  return { namespace, kind, name, optedIn, baseline: own.kind, baselineLabel: own.label };
}

/** As it was replayed: a pod serves all that it requests. It only observes until somebody lets it act. */
function annotateLine({ namespace, kind, name }: SavingsRow<Sentence>, min: number, max: number): string | null {
  // Somebody is going to paste it into a shell.
  if (!isNamespaceName(namespace) || !isObjectName(name) || !/^\w+$/.test(kind)) return null;
  const words = ['enabled=true', 'mode=observe', 'target=100%', `min-replicas=${min}`, `max-replicas=${max}`];
  return `kubectl -n ${namespace} annotate ${kind.toLowerCase()}/${name} ${words.map((word) => `prescale.dev/${word}`).join(' ')}`;
}

/** What is replayed first: the largest bounds; nothing is to be found where even the oracle saves nothing. */
export function byBound<Words>(rows: readonly SavingsRow<Words>[]): SavingsRow<Words>[] {
  return rows.filter(({ savedPer30Days }) => savedPer30Days > 0).sort(bySaving);
}

/** The replayed by what they save, then the others by their bound: each of these is a ceiling, not a saving. */
export function ranked<Words>(rows: readonly SavingsRow<Words>[]): SavingsRow<Words>[] {
  const of = (basis: SavingsRow['basis']) => rows.filter((row) => row.basis === basis).sort(bySaving);
  return [...of('replayed'), ...of('bound')];
}

function bySaving(a: SavingsRow<unknown>, b: SavingsRow<unknown>): number {
  return b.savedPer30Days - a.savedPer30Days || (nameOf(a) < nameOf(b) ? -1 : 1);
}

/** `shop/Deployment/web` */
export function nameOf({ namespace, kind, name }: Pick<SavingsRow<unknown>, 'namespace' | 'kind' | 'name'>): string {
  return `${namespace}/${kind}/${name}`;
}

/** @param skipped workloads of which not even the bound is known */
export function totalsOf(rows: readonly SavingsRow<unknown>[], skipped: number): SavingsTotals {
  const replayed = rows.filter(({ basis }) => basis === 'replayed');
  const sum = (of: (row: SavingsRow<unknown>) => number) => replayed.reduce((total, row) => total + of(row), 0);
  return {
    found: rows.length + skipped,
    replayed: replayed.length,
    boundOnly: rows.length - replayed.length,
    skipped,
    todayPer30Days: sum(({ today }) => today.costPer30Days),
    savedPer30Days: sum(({ savedPer30Days }) => Math.max(0, savedPer30Days)),
  };
}

/** In the language of the texts. */
export function worded(savings: Savings<Sentence>, { savings: texts }: Texts): Savings {
  const { rows, skipped } = savings;
  return {
    ...savings,
    rows: rows.map((row) => ({
      ...row,
      baselineLabel: row.baselineLabel(texts),
      notes: row.notes.map((note) => note(texts)),
    })),
    skipped: skipped.map(({ workload, why, fault }) => ({ workload: workload(texts), why: why(texts), fault })),
  };
}
