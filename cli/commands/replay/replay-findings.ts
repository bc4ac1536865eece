import type { Finding, FindingOf } from '../../../collector/trace/findings/finding.ts';
import { traceFindings } from '../../../collector/trace/findings/findings.ts';
import { profileTrace } from '../../../collector/trace/profile/profile.ts';
import { peakOf } from '../../../collector/trace/profile/top.ts';
import { InputError } from '../../../core/errors.ts';
import type { Samples } from '../../../core/series.ts';
import type { FindingName } from '../../../core/trace-finding-values.ts';
import type { Report, FindingOf as ReportFinding } from '../../../replay/result.ts';

/** What is replayed, and how. */
export interface Replayed {
  readonly samples: Samples;
  readonly historySeconds: number;
  /** The size of a pod is the history's peak ÷ n. */
  readonly isSizedByPeak: boolean;
  /** What the reading of the trace must be told with. */
  readonly reading: readonly Finding[];
  /** File and line, or the server. */
  readonly where: string;
}

/** What must be known of a trace before the figures of its replay are read. @throws InputError where it can't be replayed */
export function replayFindings({
  samples,
  historySeconds,
  isSizedByPeak,
  reading,
  where,
}: Replayed): Report['findings'] {
  const { times, values } = samples;
  const first = times.findIndex((time) => time >= times[0]! + historySeconds);
  const part = (from: number, end?: number) => {
    const cut = { times: times.subarray(from, end), values: values.subarray(from, end) };
    return cut.values.some((value) => value > 0) ? peakOf(cut) : undefined;
  };
  const context = { historyPeak: part(0, first), replayedPeak: part(first), isSizedByPeak };
  const findings = traceFindings(profileTrace(samples), context, reading);
  const coarse = findings.find(({ name }) => name === 'too-coarse');
  if (coarse) {
    const [found, needed] = [coarse.what, coarse.meaning].map((text) => text[0]!.toLowerCase() + text.slice(1, -1));
    throw new InputError(`${where}: found ${found}; ${needed}`);
  }
  return findings.map(reported);
}

function reported<Name extends FindingName>({ name, severity, what, meaning, values }: FindingOf<Name>) {
  const known: ReportFinding<Name> = {
    name,
    severity: severity === 'note' ? 'note' : 'warning',
    text: `${what} ${meaning}`,
    values,
  };
  return known as Report['findings'][number];
}
