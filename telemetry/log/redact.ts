const SECRET_NAME = /token|passw|secret|authorization|credential|api-?key|private-?key|cookie|access-?key/i;
const HIDDEN = '[redacted]';
const MOST_DEPTH = 6;
const MOST_CHARS = 4000;

/** Credentials inside a text: what follows an authentication scheme, and a user or password in a URL. */
export function redactText(text: string): string {
  const short = text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
  return short
    .replace(/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, `$1 ${HIDDEN}`)
    .replace(/:\/\/[^\s/@:]*:[^\s/@]*@/g, `://${HIDDEN}@`)
    .replace(/([?&](?:access_?token|token|password|api_?key)=)[^&\s]+/gi, `$1${HIDDEN}`);
}

/** A value as it may stand in a log: errors as message, stack and causes; secrets by the name of their field taken out. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (value === null || typeof value !== 'object') return value;
  if (depth >= MOST_DEPTH) return '[deeper]';
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((one) => redact(one, depth + 1));
  const entries = Object.entries(value).map(([name, inner]) => [
    name,
    SECRET_NAME.test(name) && isSecret(inner) ? HIDDEN : redact(inner, depth + 1),
  ]);
  return Object.fromEntries(entries);
}

/** A count or a flag under such a name (`tokenFileSet: true`) gives nothing away. */
function isSecret(value: unknown): boolean {
  return value !== null && value !== undefined && typeof value !== 'boolean' && typeof value !== 'number';
}

function redactError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error;
  // An ApiError's status and reason, a Node error's code: what one greps for.
  const own = Object.entries(error).filter(([key]) => ['status', 'reason', 'code'].includes(key));
  return {
    name,
    message: redactText(message),
    ...Object.fromEntries(own),
    ...(stack === undefined ? {} : { stack: redactText(stack) }),
    ...(cause === undefined ? {} : { cause: redact(cause, depth + 1) }),
  };
}
