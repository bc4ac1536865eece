import { shown } from '../../series-rows.ts';
import type { LineFormat } from '../format.ts';

/** Measurement and tags, fields, time: parted by spaces that are neither escaped nor quoted. */
const LINE = /^((?:\\.|[^\s\\])+) ((?:\\.|"(?:\\.|[^"\\])*"|[^\s"\\])+) (\d+)$/;
const FIELD = /((?:\\.|[^=,\\])+)=("(?:\\.|[^"\\])*"|[^,]*)(?:,|$)/gy;
const NUMBER = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[iu]?$/;

/** InfluxDB's line protocol: `requests,service=shop value=35.02 1778457600000000000`. */
export const lineProtocol: LineFormat = {
  name: 'line-protocol',
  title: 'line protocol of InfluxDB',
  reads: 'lines',
  detect: ({ lines }) => {
    const parts = LINE.exec(lines.find((line) => !line.startsWith('#')) ?? '');
    return parts && Number(parts[3]) > 1e8 && fieldsOf(parts[2]!) !== undefined ? 0.9 : 0;
  },
  reader: (rows) => ({
    line(text, line) {
      const plain = text.trim();
      if (plain === '' || plain.startsWith('#')) return;
      const parts = LINE.exec(plain);
      const fields = parts ? fieldsOf(parts[2]!) : undefined;
      if (!parts || fields === undefined) {
        throw rows.refusal(
          line,
          `found ${shown(plain)}; expected a measurement, its fields and a time such as requests value=35 1778457600000000000`,
        );
      }
      const { valueColumn } = rows.options;
      for (const [name, value] of fields) {
        const number = NUMBER.exec(value);
        if (!number || (valueColumn !== undefined && name !== valueColumn)) continue;
        rows.add(`${parts[1]} ${name}`, parts[3]!, number[1]!, line);
      }
    },
    end: () => undefined,
  }),
};

/** Undefined where the text is no list of fields. */
function fieldsOf(text: string): [name: string, value: string][] | undefined {
  const found = [...text.matchAll(FIELD)];
  const isWhole = found.reduce((sum, [all]) => sum + all.length, 0) === text.length;
  return isWhole && found.length > 0 ? found.map(([, name, value]) => [name!, value!]) : undefined;
}
