import { samplesSha256 } from '../collector/canonical-csv.ts';
import { readTraceCsv, type Trace } from '../collector/csv.ts';
import { InputError } from '../core/errors.ts';
import { plainText } from '../core/plain-text.ts';
import { exampleTrace } from '../replay/example.ts';
import { progressBar } from './progress.ts';
import type { PrometheusRequest } from './prometheus-options.ts';

/** What writes into the pipe may be a query over months. */
const STDIN_SILENT_SECONDS = 600;

/** A trace file by its path, or standard input for "-". */
export async function readTraceArgument(argument: string): Promise<Trace> {
  if (argument !== '-') return readTraceCsv(argument);
  if (process.stdin.isTTY) throw new InputError('"-" reads the trace from a pipe, and standard input is a terminal');
  return readTraceCsv({ name: 'stdin', open: () => process.stdin, silentSeconds: STDIN_SILENT_SECONDS });
}

/** The generated trace that a replay without arguments plays. */
export function embeddedExample(): Trace {
  const samples = exampleTrace();
  return { samples, source: 'embedded example', sha256: samplesSha256(samples), where: 'embedded example' };
}

/** A trace from range queries; its SHA-256 is that of its canonical CSV. */
export async function queryTrace({ access, query, range }: PrometheusRequest): Promise<Trace> {
  const { prometheusSource } = await import('../collector/prometheus.ts');
  const source = prometheusSource(access);
  const progress = progressBar('Reading from Prometheus');
  try {
    const samples = await source.history(query, range, progress.update);
    return { samples, source: plainText(query), sha256: samplesSha256(samples), where: access.url };
  } finally {
    progress.done();
    await source.close();
  }
}
