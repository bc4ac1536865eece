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

/** Commander wraps descriptions beside their options; where that leaves no room, fit-lines.ts puts them under these. */
export function helpColumns(columns: number | undefined): number {
  if (columns === undefined) return 80;
  return columns < 80 ? Number.MAX_SAFE_INTEGER : columns;
}
