import { z } from 'zod';
import { cutText } from '../../core/text/cut-text.ts';
import { plainJson, plainText } from '../../core/text/plain-text.ts';
import type { WorkloadRef } from '../../core/workload.ts';
import type { WorkloadStatus } from '../../core/workload-status.ts';

/** UTF-8 bytes of one workload's compact status: 1,000 of them are under a third of a ConfigMap's 1 MiB. */
export const COMPACT_BYTES = 300;

const COUNT = z.number().nullable();

const SHAPE = z.object({
  /** Missing: its annotations say none that there is. */
  mode: z.enum(['observe', 'auto', 'predictive', 'reactive']).optional(),
  target: z.enum(['scale', 'hpa', 'dry-run']),
  /** Current, Ready, wanted; null: not known. */
  replicas: z.tuple([COUNT, COUNT, COUNT]),
  /** Min, max; null: not known. */
  bounds: z.tuple([COUNT, COUNT]),
  /** The rule that decided; a plain word, as a newer version may know more rules than we do. */
  why: z.string().optional(),
  /** Seconds; null: not known. */
  lead: COUNT,
  /** The types of the conditions that hold. */
  is: z.array(z.string()),
  /** Reason of its condition Ready where it is not: `NoMetric`. */
  reason: z.string().optional(),
  /** Why it is not Ready, as far as it fits. */
  problem: z.string().optional(),
  /** Epoch seconds. */
  decided: z.number(),
  written: z.number().optional(),
});

/** What of a status is kept in the cluster: enough to see how a workload stands without asking the addon. */
export type CompactStatus = z.infer<typeof SHAPE>;

/** One line of JSON with names that a person can read. */
export function compactStatus(status: WorkloadStatus): string {
  const { replicas, reasons, conditions, lead, writtenSeconds } = status;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const why = reasons.at(-1);
  const compact: CompactStatus = {
    ...(status.mode === undefined ? {} : { mode: status.mode }),
    target: status.target,
    replicas: [replicas.current, replicas.ready, replicas.wanted],
    bounds: [replicas.min, replicas.max],
    ...(why === undefined ? {} : { why }),
    lead: Math.round(lead.seconds),
    is: conditions.filter((condition) => condition.status).map(({ type }) => type),
    decided: Math.round(status.decidedSeconds),
    ...(writtenSeconds === undefined ? {} : { written: Math.round(writtenSeconds) }),
  };
  const text = plainJson(compact);
  if (ready === undefined || ready.status) return text;
  const unready = { ...compact, reason: ready.reason };
  return plainJson({ ...unready, problem: fitted(ready.message, unready) });
}

/** As many words of the message as leave the whole within its bytes. */
function fitted(message: string, compact: CompactStatus): string {
  const bytes = (problem: string) => new TextEncoder().encode(plainJson({ ...compact, problem })).length;
  return cutText(plainText(message), COMPACT_BYTES, bytes);
}

/** @returns undefined where the text is not one: cut, edited by hand, of another version. */
export function parseCompactStatus(text: string): CompactStatus | undefined {
  try {
    return SHAPE.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A workload's key in a ConfigMap, where `/` is not allowed: `shop.Deployment.web`. Only a name may have dots. */
export function compactKey({ namespace, kind, name }: Pick<WorkloadRef, 'namespace' | 'kind' | 'name'>): string {
  return `${namespace}.${kind}.${name}`;
}

/** @returns undefined where the key names no workload */
export function parseCompactKey(key: string): Pick<WorkloadRef, 'namespace' | 'kind' | 'name'> | undefined {
  const parts = /^([^.]+)\.([^.]+)\.(.+)$/.exec(key);
  return parts ? { namespace: parts[1]!, kind: parts[2]!, name: parts[3]! } : undefined;
}
