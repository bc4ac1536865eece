/** The marks that part the fields of a table, the likeliest first; a space stands for any run of them. */
export const SEPARATORS = [',', ';', '\t', '|', ' '] as const;

/** @returns the fields of a line, trimmed; undefined: a quote is not closed, or stands inside a plain field */
export function splitFields(line: string, separator: string): string[] | undefined {
  if (line.includes('"')) return splitQuoted(line, separator);
  if (separator === ' ') return line.trim().split(/[ \t]+/);
  return line.split(separator).map(trimmed);
}

function splitQuoted(line: string, separator: string): string[] | undefined {
  const fields: string[] = [];
  for (let at = afterSpaces(line, 0); ; at = afterSpaces(line, at + 1)) {
    const field = line[at] === '"' ? readQuoted(line, at) : readPlain(line, at, separator);
    if (field === undefined) return undefined;
    fields.push(field.text);
    at = separator === ' ' ? field.end : afterSpaces(line, field.end);
    if (at >= line.length) return fields;
    if (line[at] !== separator) return undefined;
  }
}

function afterSpaces(line: string, from: number): number {
  let at = from;
  while (line[at] === ' ') at++;
  return at;
}

function readPlain(line: string, start: number, separator: string): { text: string; end: number } | undefined {
  const next = line.indexOf(separator, start);
  const end = next < 0 ? line.length : next;
  const text = line.slice(start, end).trim();
  return text.includes('"') ? undefined : { text, end };
}

/** A quoted field: two quotes within it stand for one. */
function readQuoted(line: string, start: number): { text: string; end: number } | undefined {
  let text = '';
  for (let at = start + 1; ; ) {
    const quote = line.indexOf('"', at);
    if (quote < 0) return undefined;
    text += line.slice(at, quote);
    if (line[quote + 1] !== '"') return { text: text.trim(), end: quote + 1 };
    text += '"';
    at = quote + 2;
  }
}

function trimmed(field: string): string {
  return field.trim();
}
