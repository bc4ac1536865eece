import type { ConsoleData, JournalPage, WorkloadDetail, WorkloadSeries } from '../../addon/console/console-data.ts';
import { InputError } from '../../core/errors.ts';
import type { Source } from '../fleet/fleet-message.ts';
import type { FleetRow } from '../fleet/fleet-row.ts';
import type { FleetTable, RowHead } from '../fleet/fleet-table.ts';
import type { StatusAnswer } from './answers.ts';
import { keyOf, pageOf } from './cursor.ts';
import { NotYet } from './not-yet.ts';
import type { SavingsAnswer } from './savings.ts';
import { type KindIn, kindName } from './viewer.ts';

export interface FleetQuestion {
  readonly cursor?: string | undefined;
  readonly limit: number;
  readonly namespace?: string | undefined;
  readonly mode?: string | undefined;
  readonly attention?: 'true' | 'false' | undefined;
  readonly q?: string | undefined;
}

/** A tick's length: the first one takes longer where there is much to read. */
const STARTING_RETRY_SECONDS = 15;

/** Whose figures the newest are, another object after each tick. @throws NotYet before the first one: nothing is known, which is no empty fleet */
export function newestOf({ source }: FleetTable): Source {
  if (!source) throw new NotYet('it is starting: no tick has ended yet', STARTING_RETRY_SECONDS);
  return source;
}

function originOf(fleet: FleetTable) {
  const { version, replica, leads, leader, figuresSeconds, stored, note, faults } = newestOf(fleet);
  return { version, replica, leads, leader, figuresSeconds, stored, note, faults };
}

/** @param seen namespaces and kinds that are shown, as kindName has them */
export function statusOf(fleet: FleetTable, seen: ReadonlySet<string>, auth: StatusAnswer['auth'], nowSeconds: number) {
  const origin = originOf(fleet);
  let workloads = 0;
  let attention = 0;
  for (const head of shownHeads(fleet, seen)) {
    workloads++;
    if (head.attention.length > 0) attention++;
  }
  return { ...origin, nowSeconds, auth, workloads, attention };
}

export function wrongCursor(): InputError {
  return new InputError('cursor: expected the `next` of the page before');
}

/** A page, and how its rows are made of their heads, now or later. @throws InputError for a cursor that is none */
export function fleetOf(fleet: FleetTable, seen: ReadonlySet<string>, question: FleetQuestion) {
  const origin = originOf(fleet);
  const { cursor, limit } = question;
  const after = cursor === undefined ? undefined : keyOf(cursor);
  if (cursor !== undefined && after === undefined) throw wrongCursor();
  const wanted = { ...question, q: question.q?.toLowerCase() };
  const matching = shownHeads(fleet, seen).filter((head) => matches(head, wanted));
  const { rows, next } = pageOf(matching, ({ key }) => key, after, limit);
  return { page: { ...origin, total: matching.length, next }, heads: rows, rowOf: fleet.rowMaker() };
}

/** The namespace and kind that a key names. */
export function kindOf({ key }: { readonly key: string }): KindIn {
  const [namespace = '', kind = ''] = key.split('/');
  return { namespace, kind };
}

/** @param seen namespaces and kinds that are shown, as kindName has them. @throws InputError for a cursor that is none */
export function savingsOf(
  bounds: ReturnType<ConsoleData['bounds']>,
  seen: ReadonlySet<string>,
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): SavingsAnswer {
  if ('why' in bounds) {
    const nothing = { madeSeconds: null, prometheus: null, fromSeconds: null, toSeconds: null };
    return { ...nothing, startupSeconds: null, queries: null, unlisted: [], ...bounds, total: 0, rows: [], next: null };
  }
  const after = cursor === undefined ? undefined : keyOf(cursor);
  if (cursor !== undefined && after === undefined) throw wrongCursor();
  const { rows, unknown, failed, unlisted, ...head } = bounds;
  const shown = [...rows, ...unknown]
    .filter((row) => seen.has(kindName(kindOf(row))))
    .sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  const page = pageOf(shown, ({ key }) => key, after, limit);
  return { ...head, unlisted: [...unlisted], why: failed, total: shown.length, rows: [...page.rows], next: page.next };
}

function shownHeads(fleet: FleetTable, seen: ReadonlySet<string>): readonly RowHead[] {
  const all = fleet.heads();
  // Most see everything, and names of thousands need not be made.
  if (fleet.kinds().every((kind) => seen.has(kindName(kind)))) return all;
  return all.filter(({ ref }) => seen.has(kindName(ref)));
}

/** @param q in small letters */
function matches(row: RowHead, { namespace, mode, attention, q }: FleetQuestion): boolean {
  return (
    (namespace === undefined || row.ref.namespace === namespace) &&
    (mode === undefined || row.mode === mode) &&
    (attention === undefined || row.attention.length > 0 === (attention === 'true')) &&
    (q === undefined || row.searched.includes(q))
  );
}

export function workloadOf(fleet: FleetTable, row: FleetRow, { row: found, ...detail }: WorkloadDetail) {
  const { status, why } = found;
  // Its own: it may be of the tick before the fleet's.
  const { figuresSeconds } = detail;
  const { chain, minutes, decisions, decisionsTruncated, startup, stages } = detail;
  return {
    ...originOf(fleet),
    figuresSeconds,
    row,
    status,
    why,
    chain,
    minutes,
    decisions,
    decisionsTruncated,
    startup,
    stages,
  };
}

export function decisionsOf(page: JournalPage | undefined) {
  if (!page) return undefined;
  const { entries, sinceSeconds, nextBeforeSeconds } = page;
  return { decisions: entries, sinceSeconds, next: nextBeforeSeconds === null ? null : String(nextBeforeSeconds) };
}

export function seriesOf(series: WorkloadSeries | undefined, fromSeconds: number, toSeconds: number) {
  if (series === undefined) return undefined;
  const metrics = series.metrics.map(({ weeks: _, ...shown }) => shown);
  return { fromSeconds, toSeconds, ...series, metrics };
}
