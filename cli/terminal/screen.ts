import { plainText } from '../../core/text/plain-text.ts';

/** Another screen than the shell's, without a cursor; and back. */
const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
/** From the top; the rest of each line, and what is below, is empty. */
const HOME = '\u001b[H';
const END_OF_LINE = '\u001b[K\r\n';
const BELOW = '\u001b[K\u001b[J';
/** Of some terminals the size is not known, and reads as 0. */
const USUAL_ROWS = 24;
const USUAL_COLUMNS = 80;

/** Takes the whole terminal, until `leaveScreen`. */
export function enterScreen(): void {
  process.stdout.write(ENTER);
}

/** Gives the shell its screen back. */
export function leaveScreen(): void {
  process.stdout.write(LEAVE);
}

/** Rows and columns. */
export function screenSize(): { readonly rows: number; readonly columns: number } {
  const { rows, columns } = process.stdout;
  return { rows: rows || USUAL_ROWS, columns: columns || USUAL_COLUMNS };
}

/** Draws all of it anew. What a line holds that a terminal acts on is left out, whoever wrote it. */
export function drawScreen(lines: readonly string[]): void {
  process.stdout.write(`${HOME}${lines.map((line) => plainText(line)).join(END_OF_LINE)}${BELOW}`);
}
