import { samplesSha256 } from '../../collector/trace/csv/canonical-csv.ts';
import { demandOf, refuseCounter, type TraceKind } from '../../collector/trace/findings/series-kind.ts';
import { readTrace as readTraceFile, type Trace } from '../../collector/trace/read-trace.io.ts';
import type { ReadingOptions } from '../../collector/trace/reading-options.ts';
import { InputError } from '../../core/errors.ts';
import { plainText } from '../../core/text/plain-text.ts';
import { exampleTrace } from '../../replay/example.ts';
import { progressBar } from '../terminal/progress.ts';
import type { PrometheusRequest } from './prometheus-options.ts';

/** What writes into the pipe may be a query over months. */
const STDIN_SILENT_SECONDS = 600;

/** Where a trace is to be read, and what it is: the choice of `replay` and `inspect`. */
export interface TraceRequest {
  /** A file, or "-"; undefined, and no request to Prometheus: the embedded example. */
  readonly argument: string | undefined;
  readonly prometheus: PrometheusRequest | undefined;
  /** What a person says it is. */
  readonly kind: TraceKind | undefined;
  /** What a person says of the file. */
  readonly reading: ReadingOptions;
}

/** The load, whatever it is: a counter of which nobody said so is shown as it stands. @throws InputError, WorldError */
export async function readLoad(request: TraceRequest): Promise<Trace> {
  return asLoad(await readTrace(request), request.kind);
}

/** The load to compute with. @throws InputError for a counter too, unless the request says what it is */
export async function readPlayable(request: TraceRequest): Promise<Trace> {
  const trace = await readTrace(request);
  if (request.kind === undefined) refuseCounter(trace.samples, trace.where, request.prometheus !== undefined);
  return asLoad(trace, request.kind);
}

/** A trace as the load it stands for. */
function asLoad(trace: Trace, kind: TraceKind | undefined): Trace {
  const { samples, findings } = demandOf(trace.samples, kind, trace.where);
  return { ...trace, samples, findings: [...findings, ...trace.findings] };
}

function readTrace({ argument, prometheus, reading }: TraceRequest): Promise<Trace> | Trace {
  if (argument !== undefined && prometheus)
    throw new InputError('--prometheus conflicts with a trace file: give one of the two');
  if (prometheus) return queryTrace(prometheus);
  return argument === undefined ? embeddedExample() : readTraceArgument(argument, reading);
}

/** A trace file by its path, or standard input for "-". */
async function readTraceArgument(argument: string, reading: ReadingOptions): Promise<Trace> {
  if (argument !== '-') return readTraceFile(argument, reading);
  if (process.stdin.isTTY) throw new InputError('"-" reads the trace from a pipe, and standard input is a terminal');
  const input = { name: 'stdin', open: () => process.stdin, silentSeconds: STDIN_SILENT_SECONDS };
  return readTraceFile(input, reading);
}

/** The generated trace that a replay without arguments plays. */
function embeddedExample(): Trace {
  const samples = exampleTrace();
  return {
    samples,
    source: 'embedded example',
    sha256: samplesSha256(samples),
    where: 'embedded example',
    findings: [],
  };
}

/** A trace from range queries; its SHA-256 is that of its canonical CSV. */
async function queryTrace({ access, query, range }: PrometheusRequest): Promise<Trace> {
  const { prometheusSource } = await import('../../collector/prometheus/range-source.io.ts');
  const source = prometheusSource(access);
  const progress = progressBar('Reading from Prometheus');
  try {
    const samples = await source.history(query, range, progress.update);
    return { samples, source: plainText(query), sha256: samplesSha256(samples), where: access.url, findings: [] };
  } finally {
    progress.done();
    await source.close();
  }
}
