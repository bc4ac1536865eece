/** What a JSON document holds, before anybody knows what it is. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function asList(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** A value as the cell of a table: what is no number and no text is shown as it is, and refused where a number is needed. */
export function asCell(value: unknown): string | number | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number' || typeof value === 'string') return value;
  return JSON.stringify(value) ?? null;
}

/** The same as text; nothing is ''. */
export function asText(value: unknown): string {
  const cell = asCell(value);
  return cell === null ? '' : String(cell);
}

/** `{service="shop"}`, with the metric's name before it: how Prometheus writes a series. */
export function labelsText(labels: JsonObject | undefined, nameLabel = '__name__'): string {
  const { [nameLabel]: name, ...rest } = labels ?? {};
  const parts = Object.entries(rest).map(([label, value]) => `${label}="${asText(value)}"`);
  return `${asText(name)}${parts.length > 0 || name === undefined ? `{${parts.join(',')}}` : ''}`;
}

/** Whether a text begins as a JSON document does. */
export function isJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

/** The object of a line, where it is one. */
export function parseObject(line: string | undefined): JsonObject | undefined {
  if (line === undefined || !/^\s*\{/.test(line)) return undefined;
  try {
    return asObject(JSON.parse(line));
  } catch {
    return undefined;
  }
}
