import { shown } from '../../series-rows.ts';
import type { LineFormat } from '../format.ts';

const SERIES = /^(\S.*|) =>\s*(.*)$/;
const POINT = /^(\S+) @\[(\d+(?:\.\d+)?)\]$/;

/** `promtool query range`: a line for each series, then a line for each of its values. */
export const promtool: LineFormat = {
  name: 'promtool',
  title: 'the output of promtool query range',
  reads: 'lines',
  detect: ({ lines }) =>
    SERIES.test(lines[0] ?? '') && POINT.test(lines[1] ?? SERIES.exec(lines[0] ?? '')?.[2] ?? '') ? 1 : 0,
  reader(rows) {
    let series = '';
    return {
      line(text, line) {
        const plain = text.trim();
        if (plain === '') return;
        const head = SERIES.exec(plain);
        if (head) {
          series = head[1]!;
          if (head[2] === '') return;
        }
        const point = POINT.exec(head ? head[2]! : plain);
        if (!point)
          throw rows.refusal(line, `found ${shown(plain)}; expected a value and its time such as 35.02 @[1778457600]`);
        rows.add(series, point[2]!, point[1]!, line);
      },
      end: () => undefined,
    };
  },
};
