import type { DecisionsAnswer, FleetAnswer, StatusAnswer, WorkloadAnswer } from '../../console/api/answers.ts';
import { WorldError } from '../../core/errors.ts';
import { type WorkloadRef, workloadKey } from '../../core/workload.ts';
import type { Condition, WorkloadStatus } from '../../core/workload-status.ts';
import { pathOf } from '../../kubernetes/resource-path.ts';
import type { AskAddon } from './addon-answer.ts';

/** Most rows of a page that the console gives. */
const ROWS = 1_000;
const DECISIONS = 10;

interface Shown {
  readonly version: string;
  /** Only the replica that acts knows workloads. */
  readonly leader: boolean;
  readonly nowSeconds: number;
}

/** One workload as `status` shows it; a number that the addon doesn't know is null. */
export interface ShownRow extends Pick<WorkloadStatus, 'ref' | 'mode' | 'target' | 'replicas' | 'error'> {
  readonly lead: Pick<WorkloadStatus['lead'], 'seconds' | 'source'>;
  readonly conditions: readonly Condition[];
  /** Epoch seconds; 0: nothing was decided yet. */
  readonly decidedSeconds: number;
  readonly why: string;
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
}

/** All workloads. @throws WorldError where what answers is not an addon of this kind */
export async function askWorkloads(ask: AskAddon): Promise<ShownWorkloads> {
  const head = await askHead(ask);
  const rows: FleetAnswer['rows'] = [];
  for (let cursor = ''; ; ) {
    const page = (await ask(`/api/v1/fleet?limit=${ROWS}${cursor}`)) as Partial<FleetAnswer> | undefined;
    if (!Array.isArray(page?.rows)) throw noPrescale();
    rows.push(...page.rows);
    if (typeof page.next !== 'string') break;
    cursor = `&cursor=${encodeURIComponent(page.next)}`;
  }
  return { ...head, workloads: rows.map(shownRow) };
}

/** One workload, with its last decisions. @throws WorldError where it is gone */
export async function askWorkload(ask: AskAddon, ref: WorkloadRef): Promise<ShownWorkload> {
  const path = `/api/v1/workloads${pathOf(workloadKey(ref).split('/'))}`;
  const head = await askHead(ask);
  const found = (await ask(path)) as WorkloadAnswer | undefined;
  if (found === undefined) throw new WorldError(`${workloadKey(ref)} opted out just now`);
  const page = (await ask(`${path}/decisions?limit=${DECISIONS}`)) as DecisionsAnswer | undefined;
  const decisions = [...(page?.decisions ?? [])].reverse();
  return {
    ...head,
    ...{ chain: found.chain, minutes: found.minutes, why: found.why },
    // As JSON has it: what is not known is null, and shown as such.
    status: found.status as unknown as WorkloadStatus,
    decisions: decisions.map(({ atSeconds, from, to, by, why }) => ({
      atSeconds,
      words: `${from} → ${to}${by === 'external' ? ' by another writer' : ''}${why === '' ? '' : `: ${why}`}`,
    })),
  };
}

async function askHead(ask: AskAddon): Promise<Shown> {
  const status = (await ask('/api/v1/status')) as Partial<StatusAnswer> | undefined;
  if (typeof status?.leads !== 'boolean') throw noPrescale();
  const { version, leads, nowSeconds } = status as StatusAnswer;
  return { version, leader: leads, nowSeconds };
}

function noPrescale(): WorldError {
  return new WorldError(
    'what answers is no console of prescale, or of another version: it listens on console.listen, 127.0.0.1:8082',
  );
}

function shownRow(row: FleetAnswer['rows'][number]): ShownRow {
  const { ref, mode, target, replicas, error, leadSeconds, leadSource, conditions, decidedSeconds, why } = row;
  return {
    ...{ ref, target, why },
    mode: mode ?? undefined,
    replicas: replicas as ShownRow['replicas'],
    error: error ?? undefined,
    lead: { seconds: leadSeconds ?? Number.NaN, source: leadSource },
    conditions: conditions as readonly Condition[],
    decidedSeconds: decidedSeconds ?? 0,
  };
}
