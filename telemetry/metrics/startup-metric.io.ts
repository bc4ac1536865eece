import { Histogram } from 'prom-client';
import type { LabelledHistogram } from './workload-series.ts';

type Labels = Readonly<Record<string, string>>;

interface Value {
  readonly metricName: string;
  readonly labels: Labels;
  readonly sharedLabels: Labels;
  readonly value: number;
}

/** A histogram whose buckets were counted elsewhere: prom-client's own can only be filled an observation at a time. */
export class StartupMetric extends Histogram {
  private readonly read: () => Iterable<LabelledHistogram>;
  private readonly own: { readonly name: string; readonly help: string };

  constructor(config: ConstructorParameters<typeof Histogram>[0], read: () => Iterable<LabelledHistogram>) {
    super(config);
    this.own = { name: config.name, help: config.help };
    this.read = read;
  }

  /** Where prom-client's text and its `get` take the values from (lib/histogram.js of 15.1; its types don't name it). */
  async getForPromString() {
    const values = [...this.read()].flatMap((histogram) => this.values(histogram));
    return { ...this.own, type: 'histogram', values, aggregator: 'sum' };
  }

  private values({ labels: sharedLabels, boundsSeconds, buckets, sumSeconds, count }: LabelledHistogram): Value[] {
    const value = (suffix: string, value: number, labels: Labels = {}) => ({
      metricName: `${this.own.name}_${suffix}`,
      labels,
      sharedLabels,
      value,
    });
    return [
      ...buckets.map((upTo, i) => value('bucket', upTo, { le: String(boundsSeconds[i]) })),
      value('bucket', count, { le: '+Inf' }),
      value('sum', sumSeconds),
      value('count', count),
    ];
  }
}
