import { durationWords, loadWords, timeWords } from '../../../addon/status/quantity-text.ts';
import { InputError, WorldError } from '../../../core/errors.ts';
import { plainText } from '../../../core/text/plain-text.ts';
import { type WorkloadRef, workloadKey } from '../../../core/workload.ts';
import { type AddonFlags, withAddon } from '../../cluster/addon-answer.ts';

import { askWorkload, askWorkloads, type ShownWorkload, type ShownWorkloads } from '../../cluster/shown.ts';

import type { OutputFlags } from '../../options/output-option.ts';
import { fitLines } from '../../terminal/fit-lines.ts';
import { writeData } from '../../terminal/output.ts';
import { CHART_MARGIN, terminalChart } from '../../terminal/terminal-chart.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { tableRows } from '../../terminal/text-table.ts';
import { writeForm } from '../../terminal/write-form.ts';

import { baselineLines } from '../status/baseline-words.ts';
import { isKnown, standbyLines } from '../status/status.ts';
import { journalLines } from './journal-words.ts';

export interface ExplainFlags extends AddonFlags, OutputFlags {
  readonly namespace?: string;
}

/** Part of a name that a person typed; what is undefined is not restricted. */
export interface NamedWorkload {
  readonly namespace: string | undefined;
  readonly kind: string | undefined;
  readonly name: string;
}

/** kubectl's short names. */
export const SHORT_KINDS: Readonly<Record<string, string>> = {
  deploy: 'deployment',
  sts: 'statefulset',
  ro: 'rollout',
};
const CHART_MINUTES = 60;
const CHART = { width: 60, height: 8 };
const SHOWN_DECISIONS = 10;

/** `prescale explain <workload>`: why so many pods now. */
export async function runExplain(argument: string, flags: ExplainFlags): Promise<void> {
  const wanted = parseWorkload(argument, flags.namespace);
  const shown = await withAddon(flags, async (ask) =>
    askWorkload(ask, chooseWorkload(wanted, await askWorkloads(ask))),
  );
  if (flags.output !== 'table') return writeForm(flags.output, { ...shown, schemaVersion: 1 });
  const columns = outColumns();
  await writeData([`${fitLines(explainText(shown, columns), columns).join('\n')}\n`]);
}

/** `shop/Deployment/web`, `deploy/web` or `web`, with --namespace. */
export function parseWorkload(text: string, namespace: string | undefined): NamedWorkload {
  const parts = text.split('/');
  if (parts.length > 3 || parts.some((part) => part === '')) {
    throw new InputError(
      `found ${JSON.stringify(text)}; expected a workload such as shop/Deployment/web, or deploy/web with -n shop`,
    );
  }
  const [name, kind, own] = parts.reverse();
  if (own !== undefined && namespace !== undefined && own !== namespace) {
    throw new InputError(`--namespace ${namespace} conflicts with ${text}: give the namespace once`);
  }
  return { namespace: own ?? namespace, kind, name: name! };
}

/** The one workload that is meant. @throws InputError where none is, or several are */
export function chooseWorkload(wanted: NamedWorkload, { workloads, leader }: ShownWorkloads): WorkloadRef {
  const kind = wanted.kind?.toLowerCase();
  const kinds = kind === undefined ? undefined : [SHORT_KINDS[kind] ?? kind, kind.replace(/s$/, '')];
  const refs = workloads.map(({ ref }) => ref);
  const found = refs.filter(
    (ref) =>
      ref.name === wanted.name &&
      [undefined, ref.namespace].includes(wanted.namespace) &&
      (kinds?.includes(ref.kind.toLowerCase()) ?? true),
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new InputError(`${wanted.name} could be ${found.map(workloadKey).join(' or ')}: say which`);
  if (!leader) throw new WorldError('no replica of prescale acts at the moment: kubectl get lease -A shows who should');
  const what = [wanted.namespace, wanted.kind, wanted.name].filter((part) => part !== undefined).join('/');
  throw new InputError(
    `${what} has not opted in (${refs.length} others have): prescale status lists them, prescale doctor says why it is left alone`,
  );
}

/** What a person reads at a terminal, as lines. @param columns of the terminal */
export function explainText(shown: ShownWorkload, columns?: number): string[] {
  const { status, chain, decisions, baseline } = shown;
  const layout = { columns, headless: true };
  const { replicas, conditions } = status;
  const age = durationWords(shown.nowSeconds - status.decidedSeconds);
  const ready = conditions.find(({ type }) => type === 'Ready');
  const read = isKnown(replicas.current);
  const pods = read
    ? `${replicas.wanted} wanted, ${replicas.current} exist, ${replicas.ready} Ready`
    : `not read, ${ready?.status === false ? ready.reason : 'not yet'}`;
  const decided = status.decidedSeconds === 0 ? 'nothing decided yet' : `decided ${age} ago`;
  return [
    ...standbyLines(shown),
    plainText(`${workloadKey(status.ref)}: ${pods} (mode ${status.mode ?? 'unknown'}, ${decided})`),
    plainText(ready?.status === false && !read ? ready.message : shown.why),
    '',
    ...tableRows(
      chain.map(({ label, value, note }) => [`  ${label}`, value, note]),
      layout,
    ).flat(),
    '',
    ...tableRows(
      conditions.map((one) => [`  ${one.type}`, one.status ? 'yes' : 'no', `${one.reason}: ${one.message}`]),
      layout,
    ).flat(),
    ...hourChart(shown, columns),
    '',
    ...baselineLines(baseline).map(plainText),
    ...(decisions.length === 0 ? [] : ['', 'Recent decisions:']),
    ...decisions
      .slice(-SHOWN_DECISIONS)
      .map(({ atSeconds, words }) => `  ${timeWords(atSeconds)}  ${plainText(words)}`),
    ...journalLines(shown.journal, shown.journalProblem),
  ];
}

/** Load and what the Ready pods can serve, in the last hour; nothing before two minutes are known. */
function hourChart({ minutes, status }: ShownWorkload, columns = Infinity): string[] {
  const last = minutes.at(-1);
  if (last === undefined || minutes.length < 2) return [];
  const load = new Float64Array(CHART_MINUTES).fill(Number.NaN);
  const capacity = new Float64Array(CHART_MINUTES).fill(Number.NaN);
  for (const minute of minutes) {
    const at = CHART_MINUTES - 1 - Math.round((last.atSeconds - minute.atSeconds) / 60);
    if (at < 0) continue;
    load[at] = minute.load ?? Number.NaN;
    capacity[at] = minute.capacity ?? Number.NaN;
  }
  const unit = status.metrics[0]?.unit ?? '';
  const now = last.load === null ? '' : `, ${loadWords(last.load, unit)} at the end`;
  const marks = [0, 0.5].map((at) => [at, timeWords(last.atSeconds - (1 - at) * 3600)] as const);
  const width = Math.min(CHART.width, columns - CHART_MARGIN);
  const lines = terminalChart([{ values: load }, { values: capacity, dotted: true }], { ...CHART, width, marks });
  return ['', `Load (line) and what Ready pods can serve (dots), the last hour${now}:`, ...lines];
}
