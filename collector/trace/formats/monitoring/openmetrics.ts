import { shown } from '../../series-rows.ts';
import type { LineFormat } from '../format.ts';

/** A name, labels, a value, a time: all that a line may have but an exemplar. */
const SAMPLE =
  /^((?:[a-zA-Z_:][\w:.]*)?\s*(?:\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?)\s+(\S+)\s+(\d+(?:\.\d+)?)(?:\s+#.*)?$/;

/** Samples with times in Prometheus' text formats: `promtool tsdb dump`, `tsdb dump-openmetrics`, a federation. */
export const openmetrics: LineFormat = {
  name: 'openmetrics',
  title: 'samples in OpenMetrics text',
  reads: 'lines',
  detect: ({ lines }) => {
    const first = lines.find((line) => !line.startsWith('#'));
    // A scrape has no times: it is refused with what would be right.
    if (/^# (?:HELP|TYPE) [a-zA-Z_:]/.test(lines[0] ?? '')) return 0.8;
    return first !== undefined &&
      /^(?:\{|[a-zA-Z_:])/.test(first) &&
      SAMPLE.test(first) &&
      Number(SAMPLE.exec(first)![3]) > 1e8
      ? 0.85
      : 0;
  },
  reader: (rows) => ({
    line(text, line) {
      const plain = text.trim();
      if (plain === '' || plain.startsWith('#')) return;
      const sample = SAMPLE.exec(plain);
      if (!sample)
        throw rows.refusal(
          line,
          `found ${shown(plain)}; expected a name, a value and a time such as http_requests_total{job="shop"} 35 1778457600`,
        );
      rows.add(sample[1]!.trim(), sample[3]!, sample[2]!, line);
    },
    end: () => undefined,
  }),
};
