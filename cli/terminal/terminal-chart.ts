/** The dots of a braille cell by column and row, as bits above U+2800. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const BLANK = 0x2800;

/** Columns left of the chart: the scale. */
export const CHART_MARGIN = 9;

/** A line to draw: NaN leaves a hole. Solid, or dotted (every other dot). */
export interface ChartLine {
  readonly values: Float64Array;
  readonly dotted?: boolean;
}

/** How large a chart is, in characters, and what stands under it. */
export interface ChartFrame {
  readonly width: number;
  readonly height: number;
  /** Labels under the x axis by position, 0…1, ascending. */
  readonly marks: readonly (readonly [position: number, label: string])[];
}

/**
 * Lines over one another in braille, two dots a character across and four down; the y axis starts at 0.
 * All lines have as many values; each column of dots shows the largest value that falls on it, so no peak is lost.
 */
export function terminalChart(lines: readonly ChartLine[], { width, height, marks }: ChartFrame): string[] {
  const cells = Array.from({ length: height }, () => new Uint16Array(width).fill(BLANK));
  const columns = width * 2;
  const rows = height * 4;
  const tallest = Math.max(
    ...lines.map(({ values }) => values.reduce((max, v) => (Number.isNaN(v) ? max : Math.max(max, v)), 0)),
  );
  const top = tallest > 0 ? tallest : 1;
  for (const line of lines) {
    let below = -1;
    for (let x = 0; x < columns; x++) {
      const value = columnPeak(line.values, x, columns);
      if (Number.isNaN(value)) {
        below = -1;
        continue;
      }
      const y = Math.round((value / top) * (rows - 1));
      if (!line.dotted) rise(cells, x, below < 0 ? y : below, y, rows);
      else if (x % 2 === 0) dot(cells, x, y, rows);
      below = y;
    }
  }
  const label = (row: number) => (row === 0 ? compact(top) : row === height - 1 ? '0' : '').padStart(7);
  const body = cells.map((row, i) => `${label(i)} ┤${String.fromCharCode(...row)}`);
  return [...body, `${' '.repeat(8)}└${'─'.repeat(width)}`, `${' '.repeat(9)}${axis(marks, width)}`.trimEnd()];
}

/** Joins two neighbouring columns, so that a steep rise is a line and not two dots. */
function rise(cells: Uint16Array[], x: number, from: number, to: number, rows: number): void {
  const step = to >= from ? 1 : -1;
  for (let y = from === to ? to : from + step; ; y += step) {
    dot(cells, x, y, rows);
    if (y === to) return;
  }
}

function dot(cells: Uint16Array[], x: number, y: number, rows: number): void {
  const fromTop = rows - 1 - y;
  const row = cells[fromTop >> 2]!;
  row[x >> 1]! |= DOTS[(x & 1) as 0 | 1][fromTop & 3]!;
}

/** The largest value of a column of dots; NaN where it has none. */
function columnPeak(values: Float64Array, x: number, columns: number): number {
  const from = Math.floor((x * values.length) / columns);
  const to = Math.max(from + 1, Math.floor(((x + 1) * values.length) / columns));
  let peak = Number.NaN;
  for (let i = from; i < to; i++) if (!(values[i]! <= peak) && !Number.isNaN(values[i]!)) peak = values[i]!;
  return peak;
}

function axis(marks: ChartFrame['marks'], width: number): string {
  let text = '';
  for (const [position, label] of marks) {
    const at = Math.round(position * width);
    if (at >= text.length && at + label.length <= width) text = text.padEnd(at) + label;
  }
  return text;
}

/** 1234567 → "1.23M". */
function compact(value: number): string {
  return new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}
