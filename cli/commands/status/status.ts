import { durationWords } from '../../../addon/status/quantity-text.ts';
import { InputError } from '../../../core/errors.ts';
import { plainText } from '../../../core/text/plain-text.ts';

import { type AddonFlags, withAddon } from '../../cluster/addon-answer.ts';
import { askWorkloads, type ShownRow, type ShownWorkloads } from '../../cluster/shown.ts';
import type { OutputFlags } from '../../options/output-option.ts';
import { writeData } from '../../terminal/output.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { tableRows } from '../../terminal/text-table.ts';
import { writeForm } from '../../terminal/write-form.ts';

import { fleetLine, savedCell } from './baseline-words.ts';

export interface StatusFlags extends AddonFlags, OutputFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly watch?: boolean;
}

/** Conditions that are shown beside Ready where they hold. */
const SHOWN_TYPES: readonly string[] = ['Paused', 'Conflict', 'ReplicaFailure', 'Saturated'];
const HEADER = ['NAMESPACE', 'WORKLOAD', 'MODE', 'READY', 'PODS', 'WANTED', 'BOUNDS', 'LEAD', 'DECIDED', 'WHY'];

/** `prescale status`: the workloads that opted in, as the addon sees them. */
export async function runStatus(flags: StatusFlags): Promise<void> {
  const { output, namespace } = flags;
  checkNamespaces(flags);
  const shown = inNamespace(await withAddon(flags, askWorkloads), namespace);
  if (output !== 'table') return writeForm(output, { ...shown, schemaVersion: 1 });
  await writeData([`${statusTable(shown, namespace, outColumns()).join('\n')}\n`]);
}

/** @throws InputError for one namespace and all of them */
export function checkNamespaces({ allNamespaces, namespace }: StatusFlags): void {
  if (!allNamespaces || namespace === undefined) return;
  throw new InputError('--all-namespaces conflicts with --namespace: give one of the two');
}

/** Only the workloads of a namespace, where one is named. */
export function inNamespace(answer: ShownWorkloads, namespace: string | undefined): ShownWorkloads {
  return { ...answer, workloads: answer.workloads.filter(({ ref }) => [undefined, ref.namespace].includes(namespace)) };
}

const UNKNOWN = '–';

/** A number that the addon doesn't know is NaN there, and null by the time it is read from JSON. */
export function isKnown(value: number | null): boolean {
  return Number.isFinite(value);
}

function cell(values: readonly number[], separator = ''): string {
  return values.every(isKnown) ? values.join(separator) : UNKNOWN;
}

/** What it asks for, and where that is written to; nowhere to of what isn't even read. */
function modeCell({ mode, target, replicas }: ShownRow): string {
  if (mode === undefined) return UNKNOWN;
  return target === 'scale' || mode === 'observe' || !isKnown(replicas.current) ? mode : `${mode} (${target})`;
}

/** The table as lines; a sentence where there is none. @param columns of the terminal */
export function statusTable(shown: ShownWorkloads, namespace?: string, columns?: number): string[] {
  return statusRows(shown, namespace, columns).flat();
}

/** The same by rows, the head first. */
export function statusRows(shown: ShownWorkloads, namespace?: string, columns?: number): string[][] {
  const { workloads, leader, nowSeconds } = shown;
  const standby = standbyLines(shown).map((line) => [line]);
  if (!leader && workloads.length === 0) return standby;
  if (workloads.length === 0) {
    const where = namespace === undefined ? '' : ` in ${namespace}`;
    return [[`No workload${where} has opted in: kubectl annotate deployment <name> prescale.dev/enabled=true`]];
  }
  const compared = fleetLine(workloads.map(({ baseline }) => baseline));
  const rows = [HEADER, ...workloads.map((row) => cells(row, nowSeconds))];
  if (compared === undefined) return [...standby, ...tableRows(rows, { columns })];
  const saved = ['VS HPA', ...workloads.map(({ baseline }) => savedCell(baseline))];
  // Before the words, which have no end.
  const wider = rows.map((row, i) => [...row.slice(0, -1), saved[i]!, row.at(-1)!]);
  return [...standby, ...tableRows(wider, { columns }), [''], [compared]];
}

/** Whose figures they are where a replica answers that waits; no line where it acts. */
export function standbyLines(
  answer: Pick<ShownWorkloads, 'leader' | 'replica' | 'acting' | 'figuresSeconds' | 'nowSeconds'>,
): string[] {
  if (answer.leader) return [];
  const { replica, acting, figuresSeconds, nowSeconds } = answer;
  const name = replica === '' ? '' : ` (${replica})`;
  const who = acting === null ? 'another one acts, or none does yet (kubectl get lease -A)' : `${acting} acts`;
  const age = figuresSeconds === 0 ? 'of an unknown age' : `${durationWords(nowSeconds - figuresSeconds)} old`;
  const isTakingOver = replica !== '' && acting === replica;
  const state = isTakingOver ? 'takes over at this moment' : `waits: ${who}`;
  return [plainText(`This replica of prescale${name} ${state}. What is shown is what it sees itself, ${age}.`)];
}

function cells(row: ShownRow, nowSeconds: number): string[] {
  const { ref, replicas, leadTime, conditions, decidedSeconds } = row;
  const ready = conditions.find(({ type }) => type === 'Ready');
  const others = conditions.filter(({ type, status }) => status && SHOWN_TYPES.includes(type));
  const state = [ready?.status === false ? ready.reason : 'Yes', ...others.map(({ type }) => type)];
  return [
    ref.namespace,
    `${ref.kind}/${ref.name}`,
    modeCell(row),
    state.join(','),
    cell([replicas.ready, replicas.current], '/'),
    cell([replicas.wanted]),
    cell([replicas.min, replicas.max], '-'),
    isKnown(leadTime.seconds) ? durationWords(leadTime.seconds) : UNKNOWN,
    decidedSeconds === 0 ? 'never' : `${durationWords(nowSeconds - decidedSeconds)} ago`,
    ready?.status === false ? ready.message : (row.error ?? row.why),
  ];
}
