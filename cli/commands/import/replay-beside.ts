import pc from 'picocolors';
import { InputError } from '../../../core/errors.ts';
import { annotation } from '../../../core/policy/annotations.ts';
import { formatPercent, parsePercent, parseQuantity } from '../../../core/quantity.ts';
import type { Migration } from '../../../migration/migration.ts';
import { TEXT_COLUMNS, wrapText } from '../../../replay/report/terminal/terminal-width.ts';
import { textTable } from '../../../replay/report/terminal/text-table.ts';
import { texts } from '../../../replay/report/texts/texts.ts';
import { threeDigits } from '../../../replay/report/wording.ts';
import { type PrometheusFlags, parsePrometheus } from '../../options/prometheus-options.ts';
import { parseReading } from '../../options/reading-flags.ts';
import type { ReadingFlags } from '../../options/reading-options.ts';
import { readPlayable } from '../../options/trace-input.ts';
import { parseKind, type TraceKindFlags } from '../../options/trace-options.ts';
import { progressBar } from '../../terminal/progress.ts';
import { replayDefaults } from '../replay/replay-defaults.ts';
import type { Flags } from '../replay/replay-options.ts';
import { demandPodHours, replayRow } from '../replay/replay-rows.ts';
import { playTrace, readReplayWork } from '../replay/replay-work.ts';

/** What says which load is replayed, and how large a pod is. */
export interface BesideFlags extends PrometheusFlags, ReadingFlags, TraceKindFlags {
  readonly replay?: string;
  readonly podCapacity?: string;
  readonly peakPods?: string;
  readonly startup: string;
  readonly price: string;
}

/** The saving beside the annotations. */
export interface Beside {
  /** For a terminal; ends with a newline. */
  readonly text: string;
  /** Its first sentence. */
  readonly headline: string;
  readonly figures: Readonly<Record<string, unknown>>;
}

/** What the manifest's autoscaler is beside. */
const POLICIES = 'predictive,hpa,fixed-max,oracle';

const DEFAULT_TARGET = '70%';
/** Less is no target of an HPA's in a replay. */
const LEAST_SHARE = 0.01;

/** Replays the load with what the annotations say; undefined: nobody asked. @throws InputError naming the option */
export async function replayBeside(
  flags: BesideFlags,
  migrations: readonly Migration[],
  colours: boolean,
): Promise<Beside | undefined> {
  const { replay, prometheus: url } = flags;
  if (replay === undefined && url === undefined) return undefined;
  if (replay !== undefined && url !== undefined)
    throw new InputError('--prometheus conflicts with --replay: give one of the two');
  if (replay === '-') throw new InputError('--replay reads a file; "-" is for the manifests');
  const [migration, ...others] = migrations;
  if (others.length > 0) {
    const option = replay === undefined ? '--prometheus' : '--replay';
    throw new InputError(
      `${option}: found ${migrations.length} workloads; expected one, as a load is that of one workload`,
    );
  }
  const asked = { ...flags, ...(url === undefined || flags.query !== undefined ? {} : ownQuery(migration!)) };
  const prometheus = parsePrometheus(asked, process.env, Date.now() / 1000);
  const reading = parseReading(flags, replay !== undefined);
  const work = await readReplayWork({ ...replayDefaults(), ...settingsOf(migration!, flags) }, false);
  const trace = await readPlayable({ argument: replay, prometheus, kind: parseKind(flags), reading });
  const progress = progressBar('Replaying');
  const { report, result } = playTrace(trace, work, progress.update, prometheus?.query);
  progress.done();

  const words = texts('en');
  const row = replayRow(migration!.workload.name, trace.source, report, demandPodHours(result));
  const target = targetWords(migration!);
  const lines = [
    ...wrapText(
      `On ${trace.source}, beside an HPA with the same bounds and its target, ${target}; not beside the old autoscaler's own forecast:`,
      TEXT_COLUMNS,
    ),
    '',
    ...textTable(report, words, pc.createColors(colours)),
    '',
    ...wrapText(words.recommendation(report).join(' '), TEXT_COLUMNS),
    '',
    ...wrapText(
      `Prescale fills pods to what one serves, ${threeDigits(report.podCapacity)} of the trace's unit. The target above is the manifest's own: where it leaves headroom, set it to what a pod serves to get this.`,
      TEXT_COLUMNS,
    ),
  ];
  const { saving, cost, baselineCost, currency, days, unmetBp, startsPerDay, keepsSlo, verdict } = row;
  return {
    text: `${lines.join('\n')}\n`,
    headline: words.recommendation(report)[0] ?? '',
    figures: {
      trace: trace.source,
      podCapacity: report.podCapacity,
      target,
      saving,
      cost,
      baselineCost,
      currency,
      days,
      unmetBp,
      startsPerDay,
      keepsSlo,
      verdict,
    },
  };
}

/**
 * The HPA aims at the manifest's own target: a share of what a pod serves, or an amount. Prescale fills pods to what they serve.
 * An amount that nobody compared with what a pod serves is taken for just that.
 */
function settingsOf({ annotations }: Migration, { podCapacity, peakPods, startup, price }: BesideFlags): Flags {
  const min = annotations[annotation('min-replicas')];
  const max = annotations[annotation('max-replicas')];
  const target = annotations[annotation('target')] ?? DEFAULT_TARGET;
  const [share, amount] = [parsePercent(target), parseQuantity(target)];
  const capacity = podCapacity ?? (peakPods === undefined && amount !== undefined ? String(amount) : undefined);
  const own = share ?? (amount === undefined || capacity === undefined ? 1 : amount / Number(capacity));
  return {
    startup,
    price,
    policies: POLICIES,
    hpaTarget: formatPercent(Math.min(1, Math.max(LEAST_SHARE, own))),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(capacity === undefined ? {} : { podCapacity: capacity }),
    ...(peakPods === undefined ? {} : { peakPods }),
  };
}

function targetWords({ annotations }: Migration): string {
  const metric = annotations[annotation('metric')] ?? 'cpu';
  return `${metric} at ${annotations[annotation('target')] ?? DEFAULT_TARGET}`;
}

/** The PromQL of the manifest, where it stands for itself. */
function ownQuery({ templates }: Migration): { query?: string } {
  const query = templates.find(({ draft }) => draft === undefined)?.query;
  return query === undefined || query.includes('$') ? {} : { query };
}
