import type { Journal, JournalEntry } from '../../addon/journal/journal-text.ts';
import type { DecisionsAnswer, FleetAnswer, StatusAnswer, WorkloadAnswer } from '../../console/api/answers.ts';
import { messageOf, WorldError } from '../../core/errors.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { Baseline, Condition, NoBaseline, WorkloadStatus } from '../../core/workload-status.ts';
import { pathOf } from '../../kubernetes/resource-path.ts';
import type { AskAddon } from './addon-answer.ts';

/** Most rows of a page that the console gives. */
const ROWS = 1_000;
/** Of the journal's pages; a journal of 20 kB has fewer. */
const CHANGES = 1_000;

interface Shown {
  readonly version: string;
  /** Whether the replica that answers acts; one that waits shows what it sees itself. */
  readonly leader: boolean;
  /** The replica that answers: these are its figures. */
  readonly replica: string;
  /** The replica that acts; null: none does, or it is not known. */
  readonly acting: string | null;
  /** When the figures were made; 0: not yet. */
  readonly figuresSeconds: number;
  readonly nowSeconds: number;
}

/** One workload as `status` shows it; a number that the addon doesn't know is null. */
export interface ShownRow extends Pick<WorkloadStatus, 'ref' | 'mode' | 'target' | 'replicas' | 'error'> {
  readonly leadTime: Pick<WorkloadStatus['leadTime'], 'seconds' | 'source'>;
  readonly conditions: readonly Condition[];
  /** Epoch seconds; 0: nothing was decided yet. */
  readonly decidedSeconds: number;
  readonly why: string;
  /** What ran in the last week against the HPA that would have; or why there is no such comparison. */
  readonly baseline: Baseline | NoBaseline;
}

/** What `status` shows. By namespace, kind and name. */
export interface ShownWorkloads extends Shown {
  readonly workloads: readonly ShownRow[];
}

/** What `explain` shows. */
export interface ShownWorkload extends Shown, Pick<WorkloadAnswer, 'chain' | 'minutes' | 'why'> {
  readonly status: WorkloadStatus;
  /** Oldest first. */
  readonly decisions: readonly { readonly atSeconds: number; readonly words: string }[];
  /** Changes of replicas in the last eight days; null: none are kept. */
  readonly journal: Pick<Journal, 'sinceSeconds' | 'entries'> | null;
  /** Why the journal can't be read; null: it can. */
  readonly journalProblem: string | null;
  readonly baseline: Baseline | NoBaseline;
}

/** The console's rows of all workloads. By namespace, kind and name. */
export interface ShownFleet extends Shown {
  readonly rows: FleetAnswer['rows'];
}

/** All workloads. @throws WorldError where what answers is not an addon of this kind */
export async function askWorkloads(ask: AskAddon): Promise<ShownWorkloads> {
  const { rows, ...head } = await askFleet(ask);
  return { ...head, workloads: rows.map(shownRow) };
}

/** The same as the console has them. @throws WorldError where what answers is not an addon of this kind */
export async function askFleet(ask: AskAddon): Promise<ShownFleet> {
  const head = await askHead(ask);
  const rows: FleetAnswer['rows'] = [];
  for (let cursor = ''; ; ) {
    const page = (await ask(`/api/v1/fleet?limit=${ROWS}${cursor}`)) as Partial<FleetAnswer> | undefined;
    if (!Array.isArray(page?.rows)) throw noPrescale();
    rows.push(...page.rows);
    if (typeof page.next !== 'string') break;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  return { ...head, rows };
}

/** One workload, with its last decisions. @throws WorldError where it is gone */
export async function askWorkload(ask: AskAddon, ref: WorkloadRef): Promise<ShownWorkload> {
  const path = `/api/v1/workloads${pathOf(workloadKey(ref).split('/'))}`;
  const head = await askHead(ask);
  const found = (await ask(path)) as WorkloadAnswer | undefined;
  if (found === undefined) throw new WorldError(`${workloadKey(ref)} opted out just now`);
  return {
    ...head,
    chain: found.chain,
    minutes: found.minutes,
    why: found.why,
    decisions: found.decisions,
    // As JSON has it: what is not known is null, and shown as such.
    status: found.status as unknown as WorkloadStatus,
    baseline: found.row.baseline,
    ...(await askJournal(ask, path)),
  };
}

/** A store that doesn't answer keeps nobody from the rest. */
async function askJournal(ask: AskAddon, path: string): Promise<Pick<ShownWorkload, 'journal' | 'journalProblem'>> {
  try {
    const page = (await ask(`${path}/decisions?limit=${CHANGES}`)) as DecisionsAnswer | undefined;
    if (!page || page.sinceSeconds === null) return { journal: null, journalProblem: null };
    const entries = page.decisions.map(
      ({ reason, ...entry }): JournalEntry => ({ ...entry, reason: (reason ?? undefined) as JournalEntry['reason'] }),
    );
    return { journal: { sinceSeconds: page.sinceSeconds, entries: entries.reverse() }, journalProblem: null };
  } catch (error) {
    return { journal: null, journalProblem: messageOf(error) };
  }
}

async function askHead(ask: AskAddon): Promise<Shown> {
  const status = (await ask('/api/v1/status')) as Partial<StatusAnswer> | undefined;
  if (typeof status?.leads !== 'boolean') throw noPrescale();
  const { version, leads, replica, leader, figuresSeconds, nowSeconds } = status as StatusAnswer;
  return { version, leader: leads, replica, acting: leader, figuresSeconds: figuresSeconds ?? 0, nowSeconds };
}

function noPrescale(): WorldError {
  return new WorldError(
    'what answers is no console of prescale, or of another version: it listens on console.listen, 127.0.0.1:8082',
  );
}

function shownRow(row: FleetAnswer['rows'][number]): ShownRow {
  const {
    ref,
    mode,
    target,
    replicas,
    error,
    leadTimeSeconds,
    leadTimeSource,
    conditions,
    decidedSeconds,
    why,
    baseline,
  } = row;
  return {
    ref,
    target,
    why,
    baseline,
    mode: mode ?? undefined,
    replicas: replicas as ShownRow['replicas'],
    error: error ?? undefined,
    leadTime: { seconds: leadTimeSeconds ?? Number.NaN, source: leadTimeSource },
    conditions: conditions as readonly Condition[],
    decidedSeconds: decidedSeconds ?? 0,
  };
}
