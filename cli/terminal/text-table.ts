import { plainText } from '../../core/text/plain-text.ts';
import { displayWidth, padEnd, padStart, wrapText } from '../../replay/report/terminal/terminal-width.ts';

/** Least width of a last column whose text is wrapped; with less, each row is a card. */
const LEAST_LAST = 24;
const GAP = '   ';

export interface TableLayout {
  /** Columns that are aligned to the right. */
  readonly figures?: readonly number[];
  /** The terminal's; undefined: as wide as it is. */
  readonly columns?: number | undefined;
  /** There is no row of titles. */
  readonly headless?: boolean;
}

/** Columns three spaces apart, as kubectl's, each cell one line of plain text; the last one is not padded. @param figures columns that are aligned to the right */
export function textTable(
  cells: readonly (readonly string[])[],
  figures: readonly number[] = [],
  columns?: number,
): string[] {
  return tableRows(cells, { figures, columns }).flat();
}

/**
 * The same by rows, the head first. Where a terminal is too narrow, the text of the last column goes on under itself; where that is not
 * enough, each row stands as a card: a line for each cell beside its title.
 */
export function tableRows(
  cells: readonly (readonly string[])[],
  { figures = [], columns, headless }: TableLayout,
): string[][] {
  const rows = cells.map((row) => row.map(plainText));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
  }
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + GAP.length, 0);
  const most = columns ?? Infinity;
  if (before + (widths.at(-1) ?? 0) <= most) return rows.map((row) => [line(row, widths, figures)]);
  if (most - before >= LEAST_LAST && !figures.includes(widths.length - 1)) {
    return rows.map((row) => {
      if (row.length < widths.length) return wrapText(line(row, widths, figures), most);
      const [first = '', ...rest] = wrapText(row.at(-1)!, most - before);
      const indent = ' '.repeat(before);
      return [line([...row.slice(0, -1), first], widths, figures), ...rest.map((part) => `${indent}${part}`)];
    });
  }
  if (headless) return rows.map((row) => hanging(row, most));
  const [head = [], ...body] = rows;
  return [[], ...body.map((row) => card(head, row, most))];
}

function line(row: readonly string[], widths: readonly number[], figures: readonly number[]): string {
  return row
    .map((cell, i) => {
      if (figures.includes(i)) return padStart(cell, widths[i]!);
      return i === row.length - 1 ? cell : padEnd(cell, widths[i]!);
    })
    .join(GAP)
    .trimEnd();
}

/** The cells one after the other, further lines indented under the first. */
function hanging(row: readonly string[], columns: number): string[] {
  const [, indent = '', text = ''] = /^( *)(.*)$/.exec(row.filter((cell) => cell.trim() !== '').join('  ')) ?? [];
  return wrapText(text, columns - indent.length - 4).map((part, i) => `${indent}${i === 0 ? '' : '    '}${part}`);
}

/** `WORKLOAD  Deployment/web`, a line for each cell that holds something, and an empty one after. */
function card(head: readonly string[], row: readonly string[], columns: number): string[] {
  const shown = row.flatMap((cell, i) => (cell === '' ? [] : [[head[i] ?? '', cell] as const]));
  const titles = Math.min(Math.max(...shown.map(([title]) => displayWidth(title))), Math.floor(columns / 3));
  const lines = shown.flatMap(([title, cell]) => {
    const names = wrapText(title, titles);
    const texts = wrapText(cell, columns - titles - 2);
    return Array.from({ length: Math.max(names.length, texts.length) }, (_, i) =>
      `${padEnd(names[i] ?? '', titles)}  ${texts[i] ?? ''}`.trimEnd(),
    );
  });
  return [...lines, ''];
}

/** Words on lines of at most so many characters; a longer word has its line alone. */
export function wrapWords(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
