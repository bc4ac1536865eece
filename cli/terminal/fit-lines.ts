import { displayWidth, wrapText } from '../../replay/report/terminal/terminal-width.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const STYLES = /\u001b\[\d+m/g;
/** A term and its text, two spaces or more between them. */
const TWO_COLUMNS = /^(\s*)(\S.*?)\s{2,}(\S.*)$/;
const DEEPER = 4;

/** Lines that a terminal would break anywhere, broken between words. @param columns of the terminal; undefined: no limit */
export function fitLines(lines: readonly string[], columns: number | undefined): string[] {
  if (columns === undefined) return [...lines];
  return lines.flatMap((line) => (displayWidth(line.replace(STYLES, '')) <= columns ? [line] : broken(line, columns)));
}

/** The same of a whole text. */
export function fitText(text: string, columns: number | undefined): string {
  return fitLines(text.split('\n'), columns).join('\n');
}

/** A style around the whole line stays; others would end on another line than they began. */
function broken(styled: string, columns: number): string[] {
  const line = styled.replace(STYLES, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
  const [, start = '', end = ''] = /^((?:\u001b\[\d+m)+)[^\u001b]*((?:\u001b\[\d+m)+)$/.exec(styled) ?? [];
  return underEachOther(line, columns).map((part) => `${start}${part}${end}`);
}

function underEachOther(line: string, columns: number): string[] {
  const [, indent = '', term = '', text = ''] = TWO_COLUMNS.exec(line) ?? [];
  if (text === '') return under(line, columns);
  const deeper = ' '.repeat(indent.length + DEEPER);
  return [...under(`${indent}${term}`, columns), ...under(`${deeper}${text}`, columns)];
}

/** Further lines under the first one; a shell command goes on after a backslash. */
function under(line: string, columns: number): string[] {
  const [, indent = '', text = ''] = /^(\s*)(.*)$/.exec(line) ?? [];
  if (displayWidth(line) <= columns) return [line];
  if (!text.startsWith('$ ')) return wrapText(text, columns - indent.length).map((part) => `${indent}${part}`);
  const parts = wrapText(text, columns - indent.length - DEEPER - 2);
  return parts.map((part, i) => {
    const begin = i === 0 ? indent : `${indent}${' '.repeat(DEEPER)}`;
    return i === parts.length - 1 ? `${begin}${part}` : `${begin}${part.replace(/ ?\\$/, '')} \\`;
  });
}
