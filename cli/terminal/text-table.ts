import { plainText } from '../../core/text/plain-text.ts';
import { displayWidth, padEnd, padStart } from '../../replay/report/terminal/terminal-width.ts';

/** Columns three spaces apart, as kubectl's, each cell one line of plain text; the last one is not padded. @param figures columns that are aligned to the right */
export function textTable(cells: readonly (readonly string[])[], figures: readonly number[] = []): string[] {
  const rows = cells.map((row) => row.map(plainText));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, displayWidth(cell));
  }
  return rows.map((row) =>
    row
      .map((cell, i) => {
        if (figures.includes(i)) return padStart(cell, widths[i]!);
        return i === row.length - 1 ? cell : padEnd(cell, widths[i]!);
      })
      .join('   ')
      .trimEnd(),
  );
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
