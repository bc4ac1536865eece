import type { Trace } from '../../../collector/trace/read-trace.io.ts';
import type { Calendar } from '../../../core/calendar/calendar.ts';
import { medianStepSeconds } from '../../../core/series.ts';
import type { StartupLatency } from '../../../core/startup.ts';
import { plainJson } from '../../../core/text/plain-text.ts';
import type { LeadTimeModel } from '../../../forecaster/lead-time/neural/neural-model.ts';
import type { PriceBook } from '../../../replay/cost/price-book.ts';
import { readPriceBook } from '../../../replay/cost/price-book-file.io.ts';
import { replay } from '../../../replay/replay.ts';
import { buildReport } from '../../../replay/report/build.ts';
import { readPageAssets } from '../../../replay/report/page/assets.io.ts';
import { renderHtml } from '../../../replay/report/page/html.ts';
import { timelineCsv } from '../../../replay/report/timeline-csv.ts';
import type { ReplayResult, Report } from '../../../replay/result.ts';
import { parseCalendar } from '../../options/calendar-option.ts';
import { parseStartup } from '../../options/startup-option.ts';
import { packageVersion } from '../../package-root.ts';
import { parseNeural } from './neural-option.ts';
import type { OutFile } from './out-folder.ts';
import { priceBookFile, pricedBySize } from './price-option.ts';
import { replayFindings } from './replay-findings.ts';
import { type Flags, fitToTrace, parseReplayOptions, type ReplayOptions } from './replay-options.ts';

/** All that the options of a replay say, read and checked; the same for every trace. */
export interface ReplayWork {
  readonly options: ReplayOptions;
  readonly startup: StartupLatency;
  readonly neural: LeadTimeModel | 'none';
  readonly prices: PriceBook;
  readonly calendar: Calendar | undefined;
}

/** A replayed trace: its report, and the files that are made of it. */
export interface PlayedTrace {
  readonly report: Report;
  readonly result: ReplayResult;
  readonly files: readonly OutFile<string>[];
}

/** @param isExample no trace was named, so the pod size has a default @throws InputError naming the option */
export async function readReplayWork(flags: Flags, isExample: boolean): Promise<ReplayWork> {
  return {
    options: parseReplayOptions(flags, isExample),
    startup: await parseStartup({ option: '--startup', text: flags.startup! }),
    neural: await parseNeural({ option: '--neural', text: flags.neural! }),
    prices: pricedBySize(readPriceBook(priceBookFile(flags.price)), flags.podSize),
    calendar: await parseCalendar(flags),
  };
}

/** Replays one trace. @param query the PromQL that it was read with @throws InputError where the trace does not go with the options */
export function playTrace(
  trace: Trace,
  { options, startup, neural, prices, calendar }: ReplayWork,
  onProgress: (fraction: number) => void,
  query?: string,
): PlayedTrace {
  const { samples, settings } = fitToTrace(trace, options);
  const findings = replayFindings({
    samples,
    historySeconds: settings.historySeconds,
    isSizedByPeak: 'peakPods' in options.podSize,
    reading: trace.findings,
    where: trace.where,
  });
  const result = replay(samples, startup, { ...settings, neural, ...(calendar && { calendar }) }, onProgress);
  const { source, sha256 } = trace;
  const stepSeconds = medianStepSeconds(samples.times) ?? Number.NaN;
  const asked = query === undefined ? {} : { query };
  const report = buildReport(result, {
    source,
    sha256,
    version: packageVersion(),
    prices,
    stepSeconds,
    findings,
    ...asked,
  });
  const files = [
    { name: 'report.json', pieces: [`${plainJson(report, 2)}\n`] },
    { name: 'timeline.csv', pieces: timelineCsv(result.timeline) },
    { name: 'report.html', pieces: [renderHtml(report, result, readPageAssets(), options.language)] },
  ];
  return { report, result, files };
}
