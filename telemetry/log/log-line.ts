import { plainText } from '../../core/text/plain-text.ts';

/** A line of JSON as a person at a terminal reads it: `09:03:00 WARN  message  key=value …`; errors under it. */
export function terminalLine(json: string): string {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json);
  } catch {
    return `${plainText(json)}\n`;
  }
  const { time, level, message, error, ...fields } = line;
  const words = Object.entries(fields).map(([name, value]) => `${plainText(name)}=${word(value)}`);
  const clock = String(time).slice(11, 19);
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${[plainText(String(message)), ...words].join('  ')}\n`;
  return head + errorLines(error);
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value)
    ? plainText(value)
    : plainText(JSON.stringify(value) ?? '');
}

function errorLines(error: unknown): string {
  if (error === undefined) return '';
  const { message, stack, cause } =
    typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const text = String(stack ?? message ?? JSON.stringify(error));
  const own = text.split('\n').map((line) => `         ${plainText(line)}\n`);
  return own.join('') + errorLines(cause);
}
