import pc from 'picocolors';
import type { Finding } from '../../../collector/trace/findings/finding.ts';
import { traceFindings } from '../../../collector/trace/findings/findings.ts';
import { words } from '../../../collector/trace/findings/wording.ts';
import { profileTrace, type TraceProfile } from '../../../collector/trace/profile/profile.ts';
import { formatInstant } from '../../../core/timestamp.ts';
import type { OutputFlags } from '../../options/output-option.ts';
import { type PrometheusFlags, parsePrometheus } from '../../options/prometheus-options.ts';
import { parseReading } from '../../options/reading-flags.ts';
import type { ReadingFlags } from '../../options/reading-options.ts';
import { readLoad } from '../../options/trace-input.ts';
import { parseKind, type TraceKindFlags } from '../../options/trace-options.ts';
import { checkFrameFile, writeFrame } from '../../terminal/data-frame.ts';
import { fitLines } from '../../terminal/fit-lines.ts';
import { heatMap } from '../../terminal/heat-map.ts';
import { wantsColours, writeNote, writeStyled } from '../../terminal/output.ts';
import { outColumns } from '../../terminal/terminal-columns.ts';
import { wrapWords } from '../../terminal/text-table.ts';
import { writeForm } from '../../terminal/write-form.ts';

const TEXT_COLUMNS = 100;
/** With two characters an hour. */
const HEAT_MAP_COLUMNS = 54;

type Colours = ReturnType<typeof pc.createColors>;

/** As they were typed. */
export interface InspectFlags extends PrometheusFlags, TraceKindFlags, ReadingFlags, OutputFlags {
  readonly frame?: string;
}

/** `prescale inspect [trace]`: what is in a trace, and what is wrong with it. */
export async function runInspect(argument: string | undefined, flags: InspectFlags): Promise<void> {
  const { frame, output } = flags;
  const kind = parseKind(flags);
  const prometheus = parsePrometheus(flags, process.env, Date.now() / 1000);
  if (frame !== undefined) checkFrameFile(frame);
  const reading = parseReading(flags, argument !== undefined);
  const trace = await readLoad({ argument, prometheus, kind, reading });
  if (frame !== undefined) {
    const rows = await writeFrame(frame, trace.samples);
    writeNote(`${frame}: ${count(rows)} rows`);
  }
  const profile = profileTrace(trace.samples);
  const findings = traceFindings(profile, undefined, trace.findings);
  if (output !== 'table') {
    const { source, sha256 } = trace;
    return writeForm(output, { schemaVersion: 1, trace: { source, sha256 }, ...jsonProfile(profile), findings });
  }
  const colours = pc.createColors(wantsColours(process.stdout, process.env));
  const columns = outColumns();
  const lines = [
    ...[trace.source, '', ...facts(profile), '', ...picture(profile, colours, columns)],
    ...['', ...verdict(findings, colours, columns)],
  ];
  await writeStyled(`${fitLines(lines, columns).join('\n')}\n`);
}

function jsonProfile({ hourOfWeek, ...profile }: TraceProfile): object {
  return { ...profile, hourOfWeek: Array.from(hourOfWeek, (mean) => (Number.isNaN(mean) ? null : mean)) };
}

function facts(profile: TraceProfile): string[] {
  const { values, gaps, stepSeconds } = profile;
  const span = profile.endSeconds - profile.startSeconds;
  const share = (part: number, whole: number) => (whole > 0 ? `${((100 * part) / whole).toFixed(2)} %` : '0 %');
  const rows: [string, string][] = [
    ['rows', count(profile.rows)],
    ['span', `${formatInstant(profile.startSeconds)} to ${formatInstant(profile.endSeconds)} (${words(span)})`],
    [
      'step',
      stepSeconds === undefined
        ? 'unknown (one row)'
        : `${words(stepSeconds)}, ${share(profile.irregularFraction, 1)} of the rows off it`,
    ],
    [
      'gaps',
      gaps.longest
        ? `${count(gaps.count)}, ${share(gaps.seconds, span)} of the span, the longest ${words(gaps.longest.seconds)}`
        : 'none',
    ],
    ['zeros', profile.zeros === 0 ? 'none' : `${count(profile.zeros)} rows, ${share(profile.zeros, profile.rows)}`],
    [
      'values',
      `min ${short(values.min)}, median ${short(values.median)}, mean ${short(values.mean)}, p99 ${short(values.p99)}`,
    ],
    [
      'peak',
      `${short(values.max)} at ${formatInstant(values.maxAtSeconds)}${values.mean > 0 ? `, ${short(values.max / values.mean)} × the mean` : ''}`,
    ],
  ];
  return rows.map(([name, text]) => `  ${name.padEnd(8)}${text}`);
}

function picture({ hourOfWeek }: TraceProfile, colours: Colours, columns = Infinity): string[] {
  const title = 'Mean by hour of the week (UTC), light to dark; ·· no data';
  return [
    `  ${colours.bold(title)}`,
    ...heatMap(hourOfWeek, columns < HEAT_MAP_COLUMNS ? 1 : 2).map((line) => `  ${line}`),
  ];
}

function verdict(findings: readonly Finding[], colours: Colours, columns = TEXT_COLUMNS): string[] {
  if (findings.length === 0) return [colours.green('Nothing is wrong with it: a replay can take it as it is.')];
  const paint = { error: colours.red, warning: colours.yellow, note: colours.dim };
  const title = colours.bold('What is odd, and what it means for a replay');
  return [
    title,
    ...findings.flatMap(({ severity, what, meaning }) => [
      `${paint[severity](severity.padStart(8))}  ${what}`,
      ...wrapWords(meaning, Math.min(TEXT_COLUMNS, columns - 10)).map((line) => `          ${line}`),
    ]),
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 4 });
}
