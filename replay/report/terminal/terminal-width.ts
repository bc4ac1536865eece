import type pc from 'picocolors';
import { plainText } from '../../../core/text/plain-text.ts';

/** Nothing that is written for a terminal is wider. */
export const TEXT_COLUMNS = 100;

/** Colours, or none where they are not wanted. */
export type Colours = ReturnType<typeof pc.createColors>;

/** What a terminal shows two columns wide: Chinese, and the punctuation that goes with it. */
const WIDE =
  '\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\ua4cf\\uac00-\\ud7a3\\uf900-\\ufaff\\ufe30-\\ufe6f\\uff00-\\uff60\\uffe0-\\uffe6';
const WIDE_CHARACTERS = new RegExp(`[${WIDE}]`, 'gu');
/** May not begin a line. */
const CLOSING = '，。；：、）！？”》';
/** May not end a line. */
const OPENING = '（“《';
/** What a line may break after: white space, a wide character with its punctuation, a word. */
const PIECES = new RegExp(
  `[ \\n\\t]+|[${OPENING}]*(?:[^ \\n\\t${WIDE}${OPENING}${CLOSING}]+|[${WIDE}]|$)[${CLOSING}]*`,
  'gu',
);

/** Columns of a terminal. */
export function displayWidth(text: string): number {
  return [...text].length + (text.match(WIDE_CHARACTERS)?.length ?? 0);
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text;
}

/**
 * Breaks at spaces and between Chinese characters, but not between a figure and its unit where a no-break space stands;
 * what is wider than the line is cut.
 */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  let space = '';
  for (const piece of pieces(plainText(text), columns)) {
    if (/^[ \n\t]/.test(piece)) {
      space = ' ';
      continue;
    }
    if (line !== '' && displayWidth(line) + space.length + displayWidth(piece) > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? piece : `${line}${space}${piece}`;
    space = '';
  }
  if (line !== '') lines.push(line);
  return lines.map((kept) => kept.replaceAll('\u00a0', ' '));
}

function pieces(text: string, columns: number): string[] {
  const cut = new RegExp(`.{1,${columns}}`, 'gsu');
  return (text.match(PIECES) ?? []).filter((piece) => piece !== '').flatMap((piece) => piece.match(cut) ?? []);
}
