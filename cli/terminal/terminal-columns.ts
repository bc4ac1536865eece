import { TEXT_COLUMNS } from '../../replay/report/terminal/terminal-width.ts';

/** Nothing is narrower: below, words would be cut. */
const LEAST_COLUMNS = 40;

/**
 * How wide lines may be: the terminal's columns; where there is no terminal, those of an exported COLUMNS; undefined: no limit.
 * A pager or a file takes lines of any length.
 */
export function columnsOf(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  env: Readonly<Record<string, string | undefined>>,
): number | undefined {
  const text = stream.isTTY && stream.columns ? String(stream.columns) : (env.COLUMNS ?? '');
  return /^[1-9]\d{0,4}$/.test(text) ? Math.max(LEAST_COLUMNS, Number(text)) : undefined;
}

/** Of standard output. */
export function outColumns(): number | undefined {
  return columnsOf(process.stdout, process.env);
}

/** For prose on standard output. */
export function textColumns(): number {
  return Math.min(TEXT_COLUMNS, outColumns() ?? TEXT_COLUMNS);
}
