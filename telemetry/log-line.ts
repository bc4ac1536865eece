/** A line of JSON as a person at a terminal reads it: `09:03:00 WARN  message  key=value …`; errors under it. */
export function terminalLine(json: string): string {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json);
  } catch {
    return json;
  }
  const { time, level, message, error, ...fields } = line;
  const words = Object.entries(fields).map(([name, value]) => `${name}=${word(value)}`);
  const clock = String(time).slice(11, 19);
  const head = `${clock} ${String(level).toUpperCase().padEnd(5)} ${[plain(String(message)), ...words].join('  ')}\n`;
  return head + errorLines(error);
}

function word(value: unknown): string {
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? plain(value) : plain(JSON.stringify(value) ?? '');
}

function errorLines(error: unknown): string {
  if (error === undefined) return '';
  const { message, stack, cause } =
    typeof error === 'object' && error !== null ? (error as Record<string, unknown>) : {};
  const text = String(stack ?? message ?? JSON.stringify(error));
  const own = text.split('\n').map((line) => `         ${plain(line)}\n`);
  return own.join('') + errorLines(cause);
}

/** What a server said must not move the cursor of the terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}
