/* Prometheus' text format, version 0.0.4. */

/** Labels of a sample as they are printed, without the braces: `namespace="shop",kind="Deployment"`. */
export type LabelText = string;
export type Sample = readonly [labels: LabelText, value: number];

/** A histogram whose buckets were counted elsewhere. */
export interface LabelledHistogram {
  readonly labels: LabelText;
  readonly boundsSeconds: readonly number[];
  /** Cumulative, one for each bound. */
  readonly buckets: readonly number[];
  readonly sumSeconds: number;
  readonly count: number;
}

export function labelText(labels: Readonly<Record<string, string>>): LabelText {
  let text = '';
  for (const [name, value] of Object.entries(labels)) text += `${text && ','}${name}="${escaped(value)}"`;
  return text;
}

/** Of a metric, before its samples. @param help one without line breaks and backslashes */
export function headLines(name: string, help: string, type: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}

export function sampleLine(name: string, [labels, value]: Sample): string {
  return labels === '' ? `${name} ${numberText(value)}` : `${name}{${labels}} ${numberText(value)}`;
}

export function* histogramLines(name: string, histogram: LabelledHistogram): Iterable<string> {
  const { labels, boundsSeconds, buckets, sumSeconds, count } = histogram;
  const bucket = (bound: string, upTo: number) =>
    sampleLine(`${name}_bucket`, [`le="${bound}"${labels && ','}${labels}`, upTo]);
  for (const [i, upTo] of buckets.entries()) yield bucket(String(boundsSeconds[i]), upTo);
  yield bucket('+Inf', count);
  yield sampleLine(`${name}_sum`, [labels, sumSeconds]);
  yield sampleLine(`${name}_count`, [labels, count]);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

const TO_ESCAPE = /[\\\n"]/;

function escaped(value: string): string {
  if (!TO_ESCAPE.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
