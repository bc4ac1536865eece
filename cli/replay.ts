import { join } from 'node:path';
import type { Trace } from '../collector/csv.ts';
import { InputError } from '../core/errors.ts';
import { plainJson } from '../core/plain-text.ts';
import { medianStepSeconds } from '../core/series.ts';
import { readPriceBook } from '../replay/price-book-file.ts';
import { replay } from '../replay/replay.ts';
import { readPageAssets } from '../replay/report/assets.ts';
import { buildReport } from '../replay/report/build.ts';
import { renderHtml } from '../replay/report/html.ts';
import { renderText } from '../replay/report/text.ts';
import { timelineCsv } from '../replay/report/timeline-csv.ts';
import { parseNetwork } from './network-option.ts';
import { checkWritable, writeOutFiles } from './out-folder.ts';
import { wantsColours, writeData, writeStyled } from './output.ts';
import { packageVersion } from './package-root.ts';
import { priceBookFile } from './price-option.ts';
import { progressBar } from './progress.ts';
import { type PrometheusRequest, parsePrometheus } from './prometheus-options.ts';
import { type Flags, fitToTrace, parseReplayOptions } from './replay-options.ts';
import { parseStartup } from './startup-option.ts';
import { embeddedExample, queryTrace, readTraceArgument } from './trace-input.ts';

/** `prescale replay [trace]`: everything is checked before any work, and nothing is written before all of it is done. */
export async function runReplay(argument: string | undefined, flags: Flags): Promise<void> {
  const prometheus = parsePrometheus(flags, process.env, Date.now() / 1000);
  if (argument !== undefined && prometheus)
    throw new InputError('--prometheus conflicts with a trace file: give one of the two');
  const options = parseReplayOptions(flags, argument === undefined && !prometheus);
  const startup = await parseStartup({ option: '--startup', text: flags.startup! });
  const network = await parseNetwork({ option: '--network', text: flags.network! });
  const prices = readPriceBook(priceBookFile(flags.price));
  const out = flags.out!;
  if (out === '') throw new InputError('--out: found nothing; expected a folder');
  await checkWritable(out);
  const trace = await readTrace(argument, prometheus);
  const { samples, settings } = fitToTrace(trace, options);

  const progress = progressBar('Replaying');
  const result = replay(samples, startup, { ...settings, network }, progress.update);
  progress.done();

  const { source, sha256 } = trace;
  const stepSeconds = medianStepSeconds(samples.times) ?? Number.NaN;
  const query = prometheus === undefined ? {} : { query: prometheus.query };
  const report = buildReport(result, { source, sha256, version: packageVersion(), prices, stepSeconds, ...query });
  const json = `${plainJson(report, 2)}\n`;
  await writeOutFiles(out, [
    { name: 'report.json', pieces: [json] },
    { name: 'timeline.csv', pieces: timelineCsv(result.timeline) },
    { name: 'report.html', pieces: [renderHtml(report, result, readPageAssets())] },
  ]);
  if (options.format === 'json') return writeData([json]);
  const text = renderText(report, wantsColours(process.stdout, process.env));
  await writeStyled(text);
  await writeData([`\nThe report: ${join(out, 'report.html')} (with report.json and timeline.csv beside it)\n`]);
}

function readTrace(argument: string | undefined, prometheus: PrometheusRequest | undefined): Promise<Trace> | Trace {
  if (prometheus) return queryTrace(prometheus);
  return argument === undefined ? embeddedExample() : readTraceArgument(argument);
}
